"""Documents that are written on a condition, and bytes that are kept for ever."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it is kept, and the tag that a conditional write must name.

    `age` is how many seconds ago it was written, by the storage's own clock and in whole seconds.
    """

    data: bytes
    etag: str
    age: float


class Documents(Protocol):
    """JSON documents with conditional writes."""

    def read(self, key: str) -> Stored | None:
        """The document, or None; raises Unavailable."""

    def write(self, key: str, data: bytes, etag: str | None, labels: Mapping[str, str] | None = None) -> None:
        """Write over exactly `etag`, or create when it is None; raises Conflict, or Unavailable when unsure."""

    def labelled(self, prefix: str) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Every key under `prefix` with the labels of its last write; raises Unavailable."""


class Bodies(Protocol):
    """Bytes kept for ever under their SHA-256: claim checks, reports, bodies of events."""

    def keep(self, body: bytes) -> str:
        """Keep `body`; its SHA-256 (64 hex characters). Keeping twice is free. Raises Unavailable."""

    def read(self, digest: str) -> bytes:
        """The bytes; raises Impossible when they are not there, Unavailable."""
