"""What registries say about images, from the queue registry-events."""

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="registry-events", connection="ServiceBusConnection", data_type="binary"
)
def registry_events(message: func.ServiceBusMessage) -> None:
    """Follow the hints of one delivery."""
    services.registry_hints().take(message.get_body())
