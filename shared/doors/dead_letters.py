"""Messages that the broker gave up on: kept in quarantine with its reason, from where they can be sent again."""

import logging
from collections.abc import Mapping

from shared import telemetry
from shared.doors.intake import Intake

SUB_QUEUE = "$DeadLetterQueue"

log = logging.getLogger("gatehouse.dead_letters")


class DeadLetters:
    """Empties the dead-letter queues, so that nothing lies where nobody looks."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def keep(self, queue: str, body: bytes, reason: str, deliveries: int, properties: Mapping[str, object]) -> str:
        """Keep a dead letter of `queue` with its `properties` after `deliveries` tries; the id of its case.

        Raises Unavailable.
        """
        why = f"dead letter of {queue} after {deliveries} deliveries: {reason or 'the broker gave no reason'}"
        case = self._intake.refuse(body, why, f"{queue}/{SUB_QUEUE}", door=queue, properties=properties)
        log.error("a dead letter of %s lies in quarantine as %s; look why, then send it again", queue, case)
        telemetry.count(telemetry.DEAD_LETTERS, queue=queue)
        return case
