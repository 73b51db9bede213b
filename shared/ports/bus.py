"""The queues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to send: `id` for duplicate detection, `not_before` in seconds since the epoch, 0 for now.

    `properties` travel beside the body.
    """

    body: bytes
    id: str
    not_before: float = 0.0
    properties: Mapping[str, str] = field(default_factory=dict)


class Bus(Protocol):
    """Queues with at-least-once delivery."""

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Send all; raises Unavailable when it is not sure that all were accepted, Impossible for one too large."""
