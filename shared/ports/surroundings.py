"""The clock, and whoever hears the news."""

from typing import Protocol


class Notices(Protocol):
    """Where people and other systems hear the news."""

    def post(self, event: bytes) -> bool:
        """Deliver one CloudEvent; False when nobody listens. Raises Unavailable, Impossible when refused for good."""


class Clock(Protocol):
    """The one clock."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
