"""One Event Hubs partition as a pure log: no sockets, no clock, time passed in as milliseconds since 1970."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from local.messaging import encode
from local.messaging.errors import AmqpError
from local.messaging.message import Message, annotations_section

_SELECTOR = re.compile(
    r"^amqp\.annotation\.x-opt-(?P<field>offset|sequence-number|enqueued-time(?:-utc)?) *"
    r"(?P<operator>>=?) *'?(?P<value>@latest|-?\d+)'?$"
)


class Event(NamedTuple):
    """An event in a partition; `payload` is ready to be sent, annotations included."""

    sequence: int
    offset: int  # bytes before it in the partition
    enqueued_at: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """Where a consumer wants to begin: after `value`, or at it when `inclusive`."""

    field: Literal["offset", "sequence-number", "enqueued-time", "latest"]
    value: int = -1
    inclusive: bool = False


def parse_selector(text: str | None) -> Position:
    """The position that a selector filter asks for; no filter asks for everything.

    Raises AmqpError for a filter this broker does not understand.
    """
    if text is None:
        return Position("offset")
    match = _SELECTOR.match(text)
    if match is None:
        raise AmqpError("amqp:invalid-field", f"The filter {text!r} is not one on offset, sequence number or time.")
    if match["value"] == "@latest":
        return Position("latest")
    value, inclusive = int(match["value"]), match["operator"] == ">="
    match match["field"]:
        case "offset":
            return Position("offset", value, inclusive)
        case "sequence-number":
            return Position("sequence-number", value, inclusive)
        case _:
            return Position("enqueued-time", value, inclusive)


class PartitionLog:
    """An append-only log that forgets its oldest events beyond about `max_events` or `max_bytes`."""

    def __init__(self, max_events: int = 100_000, max_bytes: int = 128 * 2**20) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._events: list[Event] = []
        self._bytes = 0
        self.next_sequence = 0
        self._next_offset = 0
        self._last_time = 0
        self._last_offset = -1

    @property
    def first_sequence(self) -> int:
        """The oldest sequence number still held (the next one to come, if none is)."""
        return self.next_sequence - len(self._events)

    @property
    def last_offset(self) -> int:
        """The offset of the newest event, −1 before the first."""
        return self._last_offset

    @property
    def last_enqueued_at(self) -> int:
        """When the newest event came, 0 before the first."""
        return self._last_time

    @property
    def is_empty(self) -> bool:
        """Whether no event is held."""
        return not self._events

    def append(self, message: Message, now: int) -> Event:
        """Add a message to the end."""
        enqueued_at = max(now, self._last_time)  # a clock set back must not unsort the log
        payload = _annotated(message, self.next_sequence, self._next_offset, enqueued_at) + message.bare
        event = Event(self.next_sequence, self._next_offset, enqueued_at, payload)
        self._events.append(event)
        self._bytes += len(payload)
        self._last_time, self._last_offset = enqueued_at, event.offset
        self.next_sequence += 1
        self._next_offset += len(payload)
        self._trim()
        return event

    def start(self, position: Position) -> int:
        """The sequence number of the first event a consumer at `position` gets."""
        if position.field == "latest":
            return self.next_sequence
        if position.field == "sequence-number":
            wanted = position.value + (not position.inclusive)
            return min(max(wanted, self.first_sequence), self.next_sequence)
        return self.first_sequence + self._index(position)

    def get(self, sequence: int) -> Event | None:
        """The event with that number, or the oldest still held if it was forgotten; None past the end."""
        index = max(sequence - self.first_sequence, 0)
        return self._events[index] if index < len(self._events) else None

    def _index(self, position: Position) -> int:
        key: Callable[[Event], int] = _offset if position.field == "offset" else _time
        bisect = bisect_left if position.inclusive else bisect_right
        return bisect(self._events, position.value, key=key)

    def _trim(self) -> None:
        if len(self._events) <= self._max_events * 1.1 and self._bytes <= self._max_bytes * 1.1:
            return
        surplus = max(len(self._events) - self._max_events, 0)
        freed = sum(len(event.payload) for event in self._events[:surplus])
        while self._bytes - freed > self._max_bytes and surplus < len(self._events) - 1:
            freed += len(self._events[surplus].payload)
            surplus += 1
        del self._events[:surplus]
        self._bytes -= freed


def _offset(event: Event) -> int:
    return event.offset


def _time(event: Event) -> int:
    return event.enqueued_at


_SEQUENCE_KEY = encode.symbol("x-opt-sequence-number")
_OFFSET_KEY = encode.symbol("x-opt-offset")
_TIME_KEY = encode.symbol("x-opt-enqueued-time")


def _annotated(message: Message, sequence: int, offset: int, enqueued_at: int) -> bytes:
    added = [
        _SEQUENCE_KEY + encode.int64(sequence),
        _OFFSET_KEY + encode.string(str(offset)),
        _TIME_KEY + encode.timestamp(enqueued_at),
    ]
    return annotations_section(message, added)
