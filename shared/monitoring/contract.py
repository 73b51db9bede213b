"""Tier 0, the data contract: what rates of nulls, wrong types, strange numbers and new categories are still usual."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.monitoring.frames import Kind
from shared.monitoring.profiles import Column, Profile
from shared.monitoring.rates import each_of, most_by_chance, upper_bound

TESTS = 3  # of each column: wrong, null and outside; absent columns need no statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnContract:
    """What one column may hold: rates (0–1] that the true rate surely does not exceed while nothing changed.

    `outside` is the rate of numbers beyond `low` and `high` or of categories not in `known`; `had_nulls` says whether
    the reference had any.
    """

    kind: Kind
    wrong: float
    null: float
    outside: float
    had_nulls: bool
    low: float | None = None
    high: float | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The columns a batch must have and their tolerances; `alpha` is the chance that a sound batch breaches any."""

    frame: str
    rows: int
    alpha: float
    columns: Mapping[str, ColumnContract]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One aspect of one column of a batch: `count` of `rows`, and the `most` that chance explains at the tolerance."""

    column: str
    aspect: str
    count: int
    rows: int
    tolerance: float
    most: int

    @property
    def breached(self) -> bool:
        """Whether there are more than chance explains."""
        return self.count > self.most

    @property
    def rate(self) -> float:
        """The rate found, 0–1."""
        return self.count / self.rows if self.rows else 0.0

    @property
    def reason(self) -> str:
        """The check in a sentence part."""
        return f"{self.column}: {self.rate:.2%} {self.aspect} against {self.tolerance:.3%} tolerated"


def learned(reference: Profile, alpha: float = 0.01) -> Contract:
    """The contract of a reference: tolerances are upper confidence bounds of its own rates, so never 0.

    They hold for all columns together: half of `alpha` is spent on the bounds, half on judging a batch by them. Raises
    ValueError for a reference without rows.
    """
    if not reference.rows:
        raise ValueError("a contract cannot be learned from a reference without rows")
    risk = each_of(alpha / 2, TESTS * len(reference.columns))
    frames = reference.frame.columns
    columns = {
        name: _tolerances(frames[name].kind, frames[name].known, column, reference.rows, risk)
        for name, column in reference.columns.items()
    }
    return Contract(frame=reference.frame.digest, rows=reference.rows, alpha=alpha, columns=columns)


def checks(contract: Contract, batch: Profile) -> tuple[Check, ...]:
    """Every aspect of every column of a batch; breached where chance at the tolerated rate does not explain the count.

    Raises ValueError when the batch was counted in another frame than the reference.
    """
    if batch.frame.digest != contract.frame:
        raise ValueError(f"the batch was counted in the frame {batch.frame.digest}, the contract in {contract.frame}")
    risk = each_of(contract.alpha / 2, TESTS * len(contract.columns))
    return tuple(
        check
        for name, column in contract.columns.items()
        for check in _checked(name, column, batch.columns[name], batch.rows, risk)
    )


def breaches(contract: Contract, batch: Profile) -> tuple[Check, ...]:
    """The breached checks of a batch, worst first; empty when the batch keeps the contract."""
    broken = [check for check in checks(contract, batch) if check.breached]
    return tuple(sorted(broken, key=lambda check: -check.count / (check.most + 1)))


def distance_to_bar(found: tuple[Check, ...]) -> float:
    """How far the worst of `found` is from a breach: 1 for a faultless batch, 0 for the least breach, then below 0."""
    return 1 - max((check.count / (check.most + 1) for check in found), default=0.0)


def contract_document(contract: Contract) -> dict[str, Any]:
    """The contract as a document; `contract_from` reads it back."""
    document: dict[str, Any] = msgspec.to_builtins(contract)
    return document


def contract_from(document: Mapping[str, Any]) -> Contract:
    """The contract of a document; raises msgspec.ValidationError when it is none."""
    return msgspec.convert(document, Contract)


def _tolerances(kind: Kind, known: tuple[str, ...], column: Column, rows: int, risk: float) -> ColumnContract:
    found = column.low <= column.high
    return ColumnContract(
        kind=kind,
        wrong=upper_bound(column.wrong, rows, risk),
        null=upper_bound(column.nulls, rows, risk),
        outside=upper_bound(min(rows, outside(kind, column) + _singletons(kind, column)), rows, risk),
        had_nulls=column.nulls > 0,
        low=column.low if found else None,
        high=column.high if found else None,
        known=known,
    )


def _checked(name: str, contract: ColumnContract, column: Column, rows: int, risk: float) -> Iterator[Check]:
    counts = {
        "absent": column.absent,
        "wrong": column.wrong,
        "null": column.nulls,
        "outside": outside(contract.kind, column),
    }
    tolerances = {"absent": 0.0, "wrong": contract.wrong, "null": contract.null, "outside": contract.outside}
    for aspect, count in counts.items():
        tolerance = tolerances[aspect]
        most = most_by_chance(rows, tolerance, risk)
        yield Check(column=name, aspect=aspect, count=count, rows=rows, tolerance=tolerance, most=most)


def outside(kind: Kind, column: Column) -> int:
    """How many numbers lie beyond all that the frame's reference held, or categories that it did not know."""
    return int(column.counts[-1] + (column.counts[0] if kind is Kind.NUMBER else 0))


def _singletons(kind: Kind, column: Column) -> int:
    """The categories seen once: as often a new one is to be expected among as many rows (Good 1953)."""
    if kind is Kind.NUMBER:
        return 0
    return int((column.counts[:-1] == 1).sum()) + sum(count == 1 for count in column.others.counts.values())
