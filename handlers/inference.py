"""Serving telemetry from the Event Hub inference-telemetry, counted into windows."""

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, List  # noqa: UP035 — the worker refuses to load a function annotated with list[…]

import azure.functions as func

from shared import services

if TYPE_CHECKING:
    from shared.doors.serving import Arrived

blueprint = func.Blueprint()


@blueprint.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="inference-telemetry",
    connection="EventHubConnection",
    consumer_group="gatehouse",
    cardinality="many",
    data_type="binary",
)
@blueprint.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01", maximum_interval="00:05:00"
)
def inference_telemetry(events: List[func.EventHubEvent]) -> None:  # noqa: UP006
    """Count one batch; a failure blocks the partition until storage answers again, because a hub keeps no letters."""
    context = events[0].metadata.get("PartitionContext") or events[0].metadata["TriggerPartitionContext"]
    services.serving().count(str(context["PartitionId"]), arrived(events))


def arrived(events: Sequence[func.EventHubEvent]) -> "list[Arrived]":
    """The events with what counting needs to know of them."""
    from shared.doors.serving import Arrived

    return [Arrived(int(event.sequence_number or 0), event.get_body(), _taken(event)) for event in events]


def _taken(event: func.EventHubEvent) -> float:
    """When the hub took the event, in seconds since the epoch; 0 where it does not say."""
    taken = event.enqueued_time
    if taken is None:
        return 0.0
    return float((taken if taken.tzinfo else taken.replace(tzinfo=UTC)).timestamp())
