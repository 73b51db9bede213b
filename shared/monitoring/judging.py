"""Judge a file of data: by the limits that its policy declares, and by tolerances learned from a reference."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.core.dataset_policy import DatasetPolicy
from shared.core.facts import RowReason
from shared.core.verdicts import Outcome, Verdict
from shared.monitoring.bad_rows import bad_rows
from shared.monitoring.contract import Check, ColumnContract, Contract, checks, distance_to_bar, learned
from shared.monitoring.declared import WORST, Declared, declared_from, nothing_declared
from shared.monitoring.distinct import LONGEST, shortened
from shared.monitoring.documents import frame_document, frame_from, profile_document, profile_from
from shared.monitoring.encoding import numbers
from shared.monitoring.frames import Frame, frame_of
from shared.monitoring.profiles import Profile, profile_of
from shared.monitoring.readers import Rows, Source, Unreadable, read

GATE = "data"
SEEN = 131_072  # rows of which a frame is made where there is no reference
SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What became of a file: how many rows were read, every check, the worst rows (20 at most), and its profile.

    `profile` and `learned` are documents (JSON), b"" for none; `compared` says whether there was a reference that fits.
    `problem` says why the file could not be read, "" when it was.
    """

    rows: int
    minimum_rows: int
    found: tuple[Check, ...] = ()
    worst: tuple[RowReason, ...] = ()
    profile: bytes = b""
    learned: bytes = b""
    compared: bool = False
    problem: str = ""

    @property
    def distance(self) -> float:
        """How far the data is from the quality bar: 1 for faultless, 0 for the least that is refused, then below.

        Unreadable data is at -1.
        """
        if self.problem:
            return -1.0
        return round(distance_to_bar(self.found), 6) if self.rows >= self.minimum_rows else 0.0

    def verdict(self, dataset: str, blob: str) -> Verdict:
        """Pass where every check explains its count by chance; inconclusive with too few rows; else fail."""
        broken = sorted((check for check in self.found if check.breached), key=lambda check: check.most - check.count)
        numbers = {"rows": self.rows, "distance": self.distance, "breaches": len(broken)}
        outcome, reason = self._said(broken)
        return Verdict(gate=GATE, outcome=outcome, reason=reason, about=f"{dataset} {blob}", numbers=numbers)

    def _said(self, broken: Sequence[Check]) -> tuple[Outcome, str]:
        if self.problem:
            return Outcome.FAIL, self.problem
        if broken:
            more = f" and {len(broken) - SHOWN} more" if len(broken) > SHOWN else ""
            return Outcome.FAIL, "; ".join(check.reason for check in broken[:SHOWN]) + more
        if self.rows < self.minimum_rows:
            return Outcome.INCONCLUSIVE, f"{self.rows} rows show nothing; the policy wants {self.minimum_rows} or more"
        against = "the reference" if self.compared else "the declared limits"
        return Outcome.PASS, f"{self.rows:,} rows keep to {against}; {self.distance:.2f} from the quality bar"


@dataclass(frozen=True, kw_only=True)
class _Reference:
    """What tolerances are learned from."""

    frame: Frame
    profile: Profile
    declared: Declared
    contract: Contract


@dataclass(kw_only=True)
class _Reading:
    """A file while it is read."""

    policy: DatasetPolicy
    reference: _Reference | None
    declared: Declared = field(default_factory=nothing_declared)
    profile: Profile | None = None
    worst: list[RowReason] = field(default_factory=list)

    def read(self, source: Source) -> None:
        """Count every row; raises Unreadable, and whatever the source raises."""
        waiting: list[Rows] = []
        for rows in read(source, self.policy):
            self.declared.count(rows, self.policy.columns)
            waiting.append(rows)
            if self.profile or self.reference or sum(each.count for each in waiting) >= SEEN:
                self._profile(waiting)
                waiting = []
        if waiting:
            self._profile(waiting)

    def _profile(self, batches: Sequence[Rows]) -> None:
        for frame in self._frames(batches):
            for rows in batches:
                columns = _measured(rows, self.policy)
                counted = profile_of(frame, columns)
                self.profile = self.profile + counted if self.profile else counted
                self._remember(rows, columns)

    def _frames(self, batches: Sequence[Rows]) -> Iterator[Frame]:
        """The one frame that all rows are counted in; none where no column can be measured."""
        if self.reference or self.profile:
            yield self.reference.frame if self.reference else self.profile.frame  # type: ignore[union-attr]
        elif columns := _joined(batches, self.policy):
            yield frame_of(columns, categories=_of_type(self.policy, "category"))

    def _remember(self, rows: Rows, columns: Mapping[str, NDArray[Any]]) -> None:
        left = WORST - len(self.worst)
        if self.reference and left > 0:
            contract = self.reference.contract
            for bad in bad_rows(contract, columns, left):
                reason = _unlike(contract.columns[bad.column])
                self.worst.append(RowReason(row=rows.start + bad.row, column=bad.column, reason=reason))


def judged(source: Source, policy: DatasetPolicy, reference: bytes | None) -> Judged:
    """The file judged under its policy, compared with the kept `reference` where that fits its columns.

    Raises whatever the source raises.
    """
    known = _reference(reference, policy) if reference else None
    reading = _Reading(policy=policy, reference=known)
    try:
        reading.read(source)
    except Unreadable as problem:
        worst = tuple(reading.declared.worst)
        return Judged(rows=reading.declared.rows, minimum_rows=1, problem=str(problem), worst=worst)
    return _of(reading, policy)


def unreadable(problem: str) -> Judged:
    """What is said of a file that is not read at all."""
    return Judged(rows=0, minimum_rows=1, problem=problem)


def _of(reading: _Reading, policy: DatasetPolicy) -> Judged:
    declared, known, profile = reading.declared, reading.reference, reading.profile
    if policy.unknown_columns == "refuse" and declared.unknown:
        names = ", ".join(sorted(declared.unknown)[:5])
        problem = f"there are columns without a rule: {names[:200]}; add rules, or let unknown_columns be ignore"
        return Judged(rows=declared.rows, minimum_rows=1, problem=problem)
    alpha = policy.quality.false_alarm / 2
    found = declared.checks(policy.quality.tolerance, alpha, known.declared if known else None)
    if known and profile:
        found += checks(known.contract, profile)
    made = {"frame": frame_document(profile.frame), "profile": profile_document(profile)} if profile else {}
    teaches = profile is not None and known is None and policy.quality.learn
    return Judged(
        rows=declared.rows,
        minimum_rows=policy.quality.minimum_rows,
        found=found,
        worst=tuple([*declared.worst, *reading.worst][:WORST]),
        profile=msgspec.json.encode(made) if made else b"",
        learned=msgspec.json.encode(made | {"declared": declared.document()}) if teaches else b"",
        compared=known is not None,
    )


def _reference(body: bytes, policy: DatasetPolicy) -> _Reference | None:
    """The kept reference, None where it was made of other columns than the policy has now."""
    document = msgspec.json.decode(body)
    frame = frame_from(document["frame"])
    kinds = {name: "number" if column.grid else "category" for name, column in frame.columns.items()}
    if kinds != {name: rule.type for name, rule in policy.columns.items() if rule.type != "text"}:
        return None
    profile = profile_from(document["profile"], frame)
    contract = learned(profile, policy.quality.false_alarm / 2)
    return _Reference(frame=frame, profile=profile, declared=declared_from(document["declared"]), contract=contract)


def _unlike(column: ColumnContract) -> str:
    """What the reference never had, without the value itself: that must not stay in a ledger for ever."""
    if column.low is None or column.high is None:
        return "no value or a category that the reference never had"
    return f"no number from {column.low:g} to {column.high:g}, which the reference always had"


def _measured(rows: Rows, policy: DatasetPolicy) -> dict[str, NDArray[Any]]:
    """The columns that are profiled: numbers, and categories whose names are short enough for a profile."""
    numeric = _of_type(policy, "number")
    return {
        name: values if name in numeric else _shortened(values)
        for name, values in rows.columns.items()
        if policy.columns[name].type != "text"
    }


def _shortened(values: NDArray[Any]) -> NDArray[Any]:
    """Categories of at most 80 characters; a longer one is its beginning and its hash."""
    if values.dtype.kind != "O" or not any(isinstance(value, str) and len(value) > LONGEST for value in values):
        return values
    short = np.empty_like(values)
    short[:] = [shortened(value) if isinstance(value, str) else value for value in values]
    return short


def _joined(batches: Sequence[Rows], policy: DatasetPolicy) -> dict[str, NDArray[Any]]:
    """The columns of all batches as a frame is made of them: numbers as floats, without columns that are not there."""
    every = [_measured(rows, policy) for rows in batches]
    names = [name for name in policy.columns if all(name in columns for columns in every)]
    numeric = _of_type(policy, "number")
    return {
        name: np.concatenate([numbers(columns[name])[0] if name in numeric else columns[name] for columns in every])
        for name in names
    }


def _of_type(policy: DatasetPolicy, kind: str) -> frozenset[str]:
    return frozenset(name for name, rule in policy.columns.items() if rule.type == kind)
