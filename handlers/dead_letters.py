"""The dead-letter queue of every queue, one function each: whatever lies there is kept in quarantine."""

import azure.functions as func

from shared import services

blueprint = func.Blueprint()

QUEUES = (
    "model-events",
    "registry-events",
    "scan-results",
    "monitoring-signals",
    "facts",
    "validation",
    "quarantine",
    "deployment",
    "rollback",
    "maintenance",
    "data",
    "notifications",
)
REASON, DESCRIPTION = "DeadLetterReason", "DeadLetterErrorDescription"


def _watch(queue: str) -> None:
    @blueprint.function_name(f"dead_letters_of_{queue.replace('-', '_')}")
    @blueprint.service_bus_queue_trigger(
        arg_name="message",
        queue_name=f"{queue}/$DeadLetterQueue",
        connection="ServiceBusConnection",
        data_type="binary",
    )
    def dead_letter(message: func.ServiceBusMessage) -> None:
        """Keep one dead letter in quarantine."""
        told = message.application_properties or {}
        reason = ": ".join(str(told[name]) for name in (REASON, DESCRIPTION) if told.get(name))
        services.dead_letters().keep(queue, message.get_body(), reason, message.delivery_count or 0, told)


for _queue in QUEUES:
    _watch(_queue)
