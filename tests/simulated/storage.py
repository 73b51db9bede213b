"""Storage in memory: documents with conditional writes, bodies under their digest, and the quarantine."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from shared.core.identity import case_id
from shared.ledgers import Kept
from shared.ports import Case, Clock, Conflict, Impossible, Redrive, Stored
from tests.simulated.faults import Faults


class SimulatedDocuments:
    """Documents whose tag is the number of the write, dated by `clock`; each one is shown to `watchers` as it lands."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults, self._clock = faults, clock
        self._kept: dict[str, tuple[Stored, Mapping[str, str]]] = {}
        self._written: dict[str, float] = {}
        self._writes = 0
        self.watchers: list[Callable[[str, bytes], None]] = []

    def read(self, key: str) -> Stored | None:
        """The document, or None."""
        with self._faults.around("documents.read"):
            if key not in self._kept:
                return None
            stored = self._kept[key][0]
            return Stored(stored.data, stored.etag, self._clock.now() - self._written[key])

    def write(self, key: str, data: bytes, etag: str | None, labels: Mapping[str, str] | None = None) -> None:
        """Write over exactly `etag`, or create when it is None; raises Conflict."""
        with self._faults.around("documents.write"):
            if etag != (self._kept[key][0].etag if key in self._kept else None):
                raise Conflict(f"{key} was written by somebody else")
            self._writes += 1
            self._kept[key] = (Stored(data, str(self._writes), 0.0), dict(labels or {}))
            self._written[key] = self._clock.now()
            for watch in self.watchers:
                watch(key, data)

    def labelled(self, prefix: str) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Every key under `prefix` with its labels, in the order of keys."""
        with self._faults.around("documents.labelled"):
            return [(key, self._kept[key][1]) for key in sorted(self._kept) if key.startswith(prefix)]

    def overwrite(self, key: str, data: bytes) -> None:
        """Change a document past its tag, as nobody should."""
        stored, labels = self._kept[key]
        self._kept[key] = (Stored(data, stored.etag, 0.0), labels)

    def remove(self, key: str) -> None:
        """Delete a document, as nobody should."""
        del self._kept[key]

    def under(self, prefix: str) -> dict[str, bytes]:
        """What is kept under `prefix`, for looking at it from outside the simulation."""
        return {key: stored.data for key, (stored, _) in sorted(self._kept.items()) if key.startswith(prefix)}


class SimulatedLedgers:
    """Exported ledgers, added to at their exact end only."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._kept: dict[str, bytes] = {}

    def read(self, key: str, newest: int = 0) -> Kept:
        """All of a ledger, or its newest bytes."""
        with self._faults.around("ledgers.read"):
            data = self._kept.get(key, b"")
            return Kept(data[-newest:] if newest else data, len(data))

    def append(self, key: str, lines: bytes, position: int, entries: int) -> None:
        """Add lines at exactly `position`; raises Conflict."""
        with self._faults.around("ledgers.append"):
            if position != len(self._kept.get(key, b"")):
                raise Conflict(f"the ledger of {key} is of another length")
            self._kept[key] = self._kept.get(key, b"") + lines

    def lengths(self, prefix: str) -> Mapping[str, int]:
        """How many entries each ledger under `prefix` has."""
        with self._faults.around("ledgers.lengths"):
            return {key: data.count(b"\n") for key, data in self._kept.items() if key.startswith(prefix)}

    def overwrite(self, key: str, data: bytes) -> None:
        """Change what is kept, as nobody should."""
        self._kept[key] = data

    def cut(self, key: str, length: int) -> None:
        """Take away all but the first `length` bytes, as nobody should."""
        self._kept[key] = self._kept[key][:length]


class SimulatedBodies:
    """Bytes under their SHA-256."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._kept: dict[str, bytes] = {}

    def keep(self, body: bytes) -> str:
        """Keep `body`; its SHA-256."""
        with self._faults.around("bodies.keep"):
            digest = hashlib.sha256(body).hexdigest()
            self._kept[digest] = body
            return digest

    def read(self, digest: str) -> bytes:
        """The bytes; raises Impossible when they are not there."""
        with self._faults.around("bodies.read"):
            if digest not in self._kept:
                raise Impossible(f"no body {digest} is kept")
            return self._kept[digest]

    def lose(self, digest: str) -> None:
        """Delete a body, as nobody should."""
        del self._kept[digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCase(Case):
    """A case with its body."""

    body: bytes


class SimulatedQuarantine:
    """Cases by an id made of their body, reason and source."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.cases: dict[str, SimulatedCase] = {}

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
        """Keep `body` and why; the id of the case."""
        with self._faults.around("quarantine.keep"):
            digest = hashlib.sha256(body).hexdigest()
            case = case_id(digest, reason, source, properties)
            known = self.cases[case].redriven if case in self.cases else ()
            self.cases[case] = SimulatedCase(
                id=case,
                source=source,
                door=door,
                reason=reason,
                at=at,
                sha256=digest,
                size=len(body),
                redriven=known,
                properties=dict(properties),
                body=body,
            )
            return case

    def newest(self, limit: int) -> Sequence[Case]:
        """At most `limit` cases, the one that came last first."""
        with self._faults.around("quarantine.newest"):
            return sorted(self.cases.values(), key=lambda case: case.at, reverse=True)[:limit]

    def case(self, case: str) -> Case | None:
        """The case of that id, or None."""
        with self._faults.around("quarantine.case"):
            return self.cases.get(case)

    def body(self, case: Case, limit: int = 0) -> bytes:
        """The bytes, or the first `limit` of them; raises Impossible when they are not what was kept."""
        with self._faults.around("quarantine.body"):
            part = 0 < limit < case.size
            if not part and hashlib.sha256(self.cases[case.id].body).hexdigest() != case.sha256:
                raise Impossible(f"the body of case {case.id} was changed in storage")
            if case.id not in self.cases:
                raise Impossible(f"there is no body of quarantine case {case.id}")
            return self.cases[case.id].body[: limit or None]

    def redriven(self, case: str, redrive: Redrive) -> None:
        """Add to the case that it was sent again; raises Impossible for an unknown one."""
        with self._faults.around("quarantine.redriven"):
            if case not in self.cases:
                raise Impossible(f"there is no quarantine case {case}")
            known = self.cases[case]
            self.cases[case] = replace(known, redriven=(*known.redriven, redrive))
