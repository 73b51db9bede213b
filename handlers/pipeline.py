"""The repeating steps: decide a fact, perform an order; one function per queue, so that each scales alone."""

import azure.functions as func

from shared import services

blueprint = func.Blueprint()


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="facts", connection="ServiceBusConnection", data_type="binary"
)
def decide_fact(message: func.ServiceBusMessage) -> None:
    """Apply one fact to its document."""
    services.pipeline().decide_fact(message.get_body())


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="validation", connection="ServiceBusConnection", data_type="binary"
)
def perform_validation(message: func.ServiceBusMessage) -> None:
    """Perform one order about a model."""
    services.pipeline().perform_order(message.get_body(), "validation")


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="quarantine", connection="ServiceBusConnection", data_type="binary"
)
def perform_quarantine(message: func.ServiceBusMessage) -> None:
    """Perform one order about an image."""
    services.pipeline().perform_order(message.get_body(), "quarantine")


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="deployment", connection="ServiceBusConnection", data_type="binary"
)
def perform_deployment(message: func.ServiceBusMessage) -> None:
    """Perform one order about a deployment or its traffic."""
    services.pipeline().perform_order(message.get_body(), "deployment")


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="rollback", connection="ServiceBusConnection", data_type="binary"
)
def perform_rollback(message: func.ServiceBusMessage) -> None:
    """Perform one roll-back, in a lane of its own."""
    services.pipeline().perform_order(message.get_body(), "rollback")


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="maintenance", connection="ServiceBusConnection", data_type="binary"
)
def perform_maintenance(message: func.ServiceBusMessage) -> None:
    """Perform one order that keeps the house."""
    services.pipeline().perform_order(message.get_body(), "maintenance")


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="data", connection="ServiceBusConnection", data_type="binary"
)
def perform_data(message: func.ServiceBusMessage) -> None:
    """Perform one order about a dataset."""
    services.pipeline().perform_order(message.get_body(), "data")


@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="notifications", connection="ServiceBusConnection", data_type="binary"
)
def perform_notification(message: func.ServiceBusMessage) -> None:
    """Bring one piece of news to the outside."""
    services.pipeline().perform_order(message.get_body(), "notifications")
