"""The $management node of Event Hubs: what a hub and its partitions look like from outside."""

from collections.abc import Mapping

from local.messaging import encode
from local.messaging.errors import AmqpError
from local.messaging.hub_node import HubNode
from local.messaging.requests import Request, Response

_STRING = 0xA1


def read(request: Request, hubs: Mapping[str, HubNode]) -> Response:
    """Answer a READ about a hub or one of its partitions.

    Raises AmqpError if it does not exist or the request is about something else.
    """
    name = str(request.properties.get("name"))
    hub = hubs.get(name.lower())
    if hub is None:
        raise AmqpError("amqp:not-found", f"There is no event hub '{name}'.")
    match request.properties.get("type"):
        case "com.microsoft:eventhub":
            return Response(_hub(hub))
        case "com.microsoft:partition":
            return Response(_partition(hub, str(request.properties.get("partition"))))
        case other:
            raise AmqpError("amqp:not-implemented", f"Event Hubs management cannot read a {other!r}.")


def _map(pairs: Mapping[str, bytes]) -> bytes:
    return encode.map_of([encode.string(key) + value for key, value in pairs.items()])


def _hub(hub: HubNode) -> bytes:
    count = len(hub.partitions)
    return _map(
        {
            "name": encode.string(hub.rules.name),
            "type": encode.string("com.microsoft:eventhub"),
            "created_at": encode.timestamp(hub.created_at),
            "partition_count": encode.int32(count),
            "partition_ids": encode.array_of([encode.string(str(number)) for number in range(count)], _STRING),
            "georeplication_factor": encode.int32(1),
        }
    )


def _partition(hub: HubNode, identifier: str) -> bytes:
    log = hub.partition(identifier).log
    return _map(
        {
            "name": encode.string(hub.rules.name),
            "type": encode.string("com.microsoft:partition"),
            "partition": encode.string(identifier),
            "begin_sequence_number": encode.int64(log.first_sequence),
            "last_enqueued_sequence_number": encode.int64(log.next_sequence - 1),
            "last_enqueued_offset": encode.string(str(log.last_offset)),
            "last_enqueued_time_utc": encode.timestamp(log.last_enqueued_at),
            "is_partition_empty": encode.boolean(log.is_empty),
        }
    )
