"""Events in the Event Grid schema and in CloudEvents 1.0, one or many, each understood or refused on its own."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.shapes import Instant, Name, convert
from shared.core.identity import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of either envelope; `time` in seconds since the epoch, `position` its index in the delivery.

    `element` is the whole event as parsed; its canonical bytes are what a claim check keeps under `digest`.
    """

    id: str
    type: str
    source: str
    subject: str
    time: float
    data: Any
    position: int
    envelope: Literal["eventgrid", "cloudevents"]
    where: str
    element: dict[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 (64 hex characters) of this event alone, whatever batch it came in and in whatever key order."""
        return digest_of(self.element)

    def canonical(self) -> bytes:
        """The bytes that `digest` is of."""
        return json.dumps(self.element, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class _EventGrid(msgspec.Struct, rename="camel"):
    id: Name
    topic: Name
    event_type: Name
    event_time: Instant
    subject: str = ""
    data: Any = None


class _CloudEvent(msgspec.Struct):
    id: Name
    source: Name
    type: Name
    time: Instant
    specversion: Literal["1.0"]
    subject: str = ""
    data: Any = None


def parse_events(body: bytes) -> list[Event | Malformed]:
    """Every event of a delivery (one object or an array) in its order; one that is refused does not hide another.

    Raises Malformed when the body as a whole is not strict JSON, not an object or array, or an empty array.
    """
    delivery = strict_json.loads(body)
    if isinstance(delivery, dict):
        return [_event(delivery, 0, "")]
    if isinstance(delivery, list) and delivery:
        return [_event(element, index, f"[{index}]") for index, element in enumerate(delivery)]
    raise Malformed("a delivery is an event or an array of at least one; send one of these")


def _event(element: strict_json.JSON, position: int, where: str) -> Event | Malformed:
    try:
        if not isinstance(element, dict):
            raise Malformed("an event is an object; send the event itself", where)
        if "specversion" in element:
            return _from_cloud_event(element, position, where)
        if "eventType" in element:
            return _from_event_grid(element, position, where)
        raise Malformed("neither an Event Grid event (no eventType) nor a CloudEvent (no specversion)", where)
    except Malformed as refused:
        return refused


def _from_cloud_event(element: dict[str, Any], position: int, where: str) -> Event:
    if "data_base64" in element:
        raise Malformed("binary data is not understood; send JSON in data", f"{where}.data_base64".removeprefix("."))
    cloud = convert(element, _CloudEvent, where)
    return Event(
        id=cloud.id,
        type=cloud.type,
        source=cloud.source,
        subject=cloud.subject,
        time=cloud.time.timestamp(),
        data=cloud.data,
        position=position,
        envelope="cloudevents",
        where=where,
        element=element,
    )


def _from_event_grid(element: dict[str, Any], position: int, where: str) -> Event:
    grid = convert(element, _EventGrid, where)
    return Event(
        id=grid.id,
        type=grid.event_type,
        source=grid.topic,
        subject=grid.subject,
        time=grid.event_time.timestamp(),
        data=grid.data,
        position=position,
        envelope="eventgrid",
        where=where,
        element=element,
    )
