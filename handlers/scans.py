"""Documents about container images, from the queue scan-results: reports of scanners, VEX, bills of materials."""

from datetime import UTC

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="scan-results", connection="ServiceBusConnection", data_type="binary"
)
def scan_results(message: func.ServiceBusMessage) -> None:
    """Tell the facts of one document; the property `image` says the digest for formats that do not."""
    image = (message.application_properties or {}).get("image") or ""
    services.intake().scan_report(message.get_body(), str(image), _received_at(message))


def _received_at(message: func.ServiceBusMessage) -> float | None:
    """When the broker took the message, in seconds since the epoch; the host sends UTC without saying so."""
    moment = message.enqueued_time_utc
    return moment.replace(tzinfo=UTC).timestamp() if moment else None
