"""Where payloads lie that did not count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """Who sent a case again (directory object id and name), and when in seconds since the epoch.

    `properties` are those that this person gave, in place of what came with the case.
    """

    person: str
    name: str
    at: float
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A payload of `size` bytes that did not count, and why; `at` is the last time it came.

    `door` is the queue it came by, "" when it cannot be sent again; `redriven` tells of each time that it was.
    `properties` came with the payload, as many as its door reads.
    """

    id: str
    source: str
    door: str
    reason: str
    at: float
    sha256: str
    size: int
    redriven: tuple[Redrive, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


class Quarantine(Protocol):
    """Where payloads that did not count lie with their reasons."""

    def keep(
        self,
        body: bytes,
        reason: str,
        source: str,
        at: float,
        door: str = "",
        *,
        properties: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Keep `body`, why and from where, and its `properties`; the id of the case. Raises Unavailable.

        The same body, reason, source and properties are the same case. One that comes again has the new time, and
        still tells when it was sent again.
        """

    def newest(self, limit: int) -> Sequence[Case]:
        """At most `limit` cases, the one that came last first; raises Unavailable."""

    def case(self, case: str) -> Case | None:
        """The case of that id, or None; raises Unavailable."""

    def body(self, case: Case, limit: int = 0) -> bytes:
        """The bytes, or the first `limit` of them where that is above 0; raises Impossible, Unavailable."""

    def redriven(self, case: str, redrive: Redrive) -> None:
        """Add to the case that it was sent again; raises Conflict, Impossible for an unknown one, Unavailable."""
