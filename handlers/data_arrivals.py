"""Data that arrived, from the Event Hub data-arrivals, as Event Grid delivers events of storage into it."""

from typing import List  # noqa: UP035 — the worker refuses to load a function annotated with list[…]

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="data-arrivals",
    connection="EventHubConnection",
    consumer_group="gatehouse",
    cardinality="many",
    data_type="binary",
)
@blueprint.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01", maximum_interval="00:05:00"
)
def data_arrivals(events: List[func.EventHubEvent]) -> None:  # noqa: UP006
    """Tell what each event says; only trouble of ours holds the partition, because a hub keeps no letters."""
    services.arrivals().take([event.get_body() for event in events])
