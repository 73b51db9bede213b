"""What every order has, and the lanes that they travel."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.core.identity import digest_of


class Lane(StrEnum):
    """The queues of orders, one per kind of work, so that one kind cannot starve another."""

    VALIDATION = "validation"
    QUARANTINE = "quarantine"
    DEPLOYMENT = "deployment"
    ROLLBACK = "rollback"
    MAINTENANCE = "maintenance"
    DATA = "data"
    NOTIFICATIONS = "notifications"


LONG_WORK = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Something to do for the document `document`, outstanding there under `key` until a fact answers it.

    `given` is when it was decided and `not_before` (0 for now) when it may start, in seconds since the epoch. A
    `lasting` order survives a change of stage; any other is dropped with the stage that gave it. An order without an
    answer after `patience` seconds is overdue.
    """

    lane: ClassVar[Lane]
    lasting: ClassVar[bool] = False
    patience: ClassVar[float] = 300.0

    document: str = ""
    key: str = ""
    given: float = 0.0
    not_before: float = 0.0

    def message_id(self, attempt: str) -> str:
        """The broker's id of one sending; a new `attempt` makes a new id, because brokers drop one they have seen."""
        return digest_of([self.document, self.key, attempt])
