"""The port to exported ledgers: lines that can be added to and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Kept:
    """An exported ledger, or its newest part; `length` is that of the whole in bytes."""

    data: bytes
    length: int


class Ledgers(Protocol):
    """Exported ledgers: lines of JSON that can be added to and never changed."""

    def read(self, key: str, newest: int = 0) -> Kept:
        """All of it, or its `newest` bytes where that is above 0; nothing for an unknown one. Raises Unavailable."""

    def append(self, key: str, lines: bytes, position: int, entries: int) -> None:
        """Add `lines` at exactly `position` (bytes), so that it has `entries` lines; making it where there is none.

        Raises Conflict when it is of another length, or Unavailable when unsure.
        """

    def lengths(self, prefix: str) -> Mapping[str, int]:
        """How many entries the ledgers under `prefix` have; never more than there are. Raises Unavailable."""
