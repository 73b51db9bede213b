"""What a queue is made of: its rules, and its messages with what happened to them so far."""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from local.messaging.message import Message

NEVER = 2**62


class State(IntEnum):
    """Where a message is in its life, as the wire numbers it."""

    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2


@dataclass(frozen=True, slots=True)
class QueueRules:
    """How a queue behaves; times in milliseconds."""

    name: str
    lock_ms: int = 60_000
    max_delivery_count: int = 10
    ttl_ms: int = NEVER
    dead_letter_on_expiry: bool = False
    duplicate_window_ms: int | None = None
    max_bytes: int = 256 * 2**20


@dataclass(slots=True, eq=False)
class Entry:
    """One message in a queue; `lock_token` is set while somebody holds it."""

    message: Message
    sequence: int
    enqueued_at: int
    expires_at: int
    state: State = State.ACTIVE
    delivery_count: int = 0
    lock_token: UUID | None = None
    locked_until: int = 0


def dead_letter_rules(rules: QueueRules) -> QueueRules:
    """The rules of a queue's dead-letter queue: nothing in it expires or is detected as a duplicate."""
    name = f"{rules.name}/$DeadLetterQueue"
    return QueueRules(name=name, lock_ms=rules.lock_ms, max_delivery_count=rules.max_delivery_count)
