"""What others' monitors say, from the Event Hub monitoring-alerts and the queue monitoring-signals."""

from datetime import UTC, datetime
from typing import List  # noqa: UP035 — the worker refuses to load a function annotated with list[…]

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="monitoring-alerts",
    connection="EventHubConnection",
    consumer_group="gatehouse",
    cardinality="many",
    data_type="binary",
)
@blueprint.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01", maximum_interval="00:05:00"
)
def monitoring_alerts(events: List[func.EventHubEvent]) -> None:  # noqa: UP006
    """Tell what each event says; only trouble of ours holds the partition, because a hub keeps no letters."""
    for event in events:
        services.signals().take_from_hub(event.get_body(), _received_at(event.enqueued_time))


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="monitoring-signals", connection="ServiceBusConnection", data_type="binary"
)
def monitoring_signals(message: func.ServiceBusMessage) -> None:
    """Tell what one message says: a webhook's body, an event about a model's monitor, or a case sent again."""
    services.signals().take(message.get_body(), _received_at(message.enqueued_time_utc))


def _received_at(moment: datetime | None) -> float:
    """When the broker took it, in seconds since the epoch; the host sends UTC without saying so."""
    if moment is None:
        return services.clock().now()
    return moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=UTC).timestamp()
