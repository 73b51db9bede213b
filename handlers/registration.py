"""Model registrations, as Event Grid delivers them into the queue model-events."""

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="model-events", connection="ServiceBusConnection", data_type="binary"
)
def model_events(message: func.ServiceBusMessage) -> None:
    """Tell the facts of one delivery of model events."""
    services.intake().model_events(message.get_body())
