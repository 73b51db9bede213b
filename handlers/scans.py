"""Scan reports of container images, from the queue scan-results."""

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="scan-results", connection="ServiceBusConnection", data_type="binary"
)
def scan_results(message: func.ServiceBusMessage) -> None:
    """Tell the fact of one scan report."""
    services.intake().scan_report(message.get_body())
