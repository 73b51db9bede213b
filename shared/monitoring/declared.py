"""The limits that a policy declares for columns, row by row: what is null, no number, out of range or not allowed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.core.dataset_policy import ColumnRule
from shared.core.facts import RowReason
from shared.monitoring.contract import Check
from shared.monitoring.encoding import labels, numbers
from shared.monitoring.rates import each_of, most_by_chance, upper_bound
from shared.monitoring.readers.table import Rows

WORST = 20
ROW = ""

type Faults = dict[tuple[str, str], NDArray[np.bool_]]


@dataclass(kw_only=True)
class Declared:
    """How often each limit was broken, by column and aspect, among `rows`; `worst` are the first 20 of those."""

    rows: int = 0
    counts: Counter[tuple[str, str]]
    worst: list[RowReason]
    unknown: set[str]

    def count(self, batch: Rows, rules: Mapping[str, ColumnRule]) -> None:
        """Count some rows; a broken row counts as that alone, a column that is not there as null in every row."""
        sound = np.ones(batch.count, dtype=np.bool_)
        sound[[row - batch.start for row in batch.broken]] = False
        self.rows += batch.count
        self.counts[ROW, "unreadable"] += len(batch.broken)
        self._keep(RowReason(row=row, column=ROW, reason=reason) for row, reason in batch.broken.items())
        self.unknown |= batch.unknown
        for (name, aspect), faulty in self._faults(batch, rules).items():
            places = np.flatnonzero(faulty & sound)
            self.counts[name, aspect] += len(places)
            said = _said(aspect, rules[name])
            rows = (batch.start + int(place) for place in places[:WORST])
            self._keep(RowReason(row=row, column=name, reason=said) for row in rows)

    def _faults(self, batch: Rows, rules: Mapping[str, ColumnRule]) -> Faults:
        found: Faults = {}
        for name, rule in rules.items():
            if name not in batch.columns:
                found[name, "absent"] = np.ones(batch.count, dtype=np.bool_)
            else:
                of_column = _numbers if rule.type == "number" else _labels
                found |= {(name, aspect): faulty for aspect, faulty in of_column(batch.columns[name], rule).items()}
        return found

    def _keep(self, reasons: Iterator[RowReason]) -> None:
        while len(self.worst) < WORST and (reason := next(reasons, None)):
            self.worst.append(reason)

    def checks(self, tolerance: float, alpha: float, reference: "Declared | None") -> tuple[Check, ...]:
        """Every limit against what chance explains at the reference's own rate, or at `tolerance` without one.

        A column that is not there at all is never explained.
        """
        risk = each_of(alpha / 2, max(1, len(self.counts)))
        return tuple(
            self._check(
                name,
                aspect,
                count,
                0.0 if aspect == "absent" else self._rate(name, aspect, tolerance, risk, reference),
                risk,
            )
            for (name, aspect), count in self.counts.items()
        )

    def _rate(self, name: str, aspect: str, tolerance: float, risk: float, reference: "Declared | None") -> float:
        if reference is None or not reference.rows:
            return tolerance
        return upper_bound(reference.counts[name, aspect], reference.rows, risk)

    def _check(self, name: str, aspect: str, count: int, tolerance: float, risk: float) -> Check:
        most = most_by_chance(self.rows, tolerance, risk)
        return Check(column=name or "rows", aspect=aspect, count=count, rows=self.rows, tolerance=tolerance, most=most)

    def document(self) -> dict[str, Any]:
        """The counts as a document; `declared_from` reads them back."""
        return {"rows": self.rows, "counts": [[*key, count] for key, count in sorted(self.counts.items())]}


def nothing_declared() -> Declared:
    """No rows counted yet."""
    return Declared(counts=Counter(), worst=[], unknown=set())


def declared_from(document: Mapping[str, Any]) -> Declared:
    """The counts of a document."""
    counts = Counter({(name, aspect): count for name, aspect, count in document["counts"]})
    return Declared(rows=document["rows"], counts=counts, worst=[], unknown=set())


def _numbers(values: NDArray[Any], rule: ColumnRule) -> dict[str, NDArray[np.bool_]]:
    read, wrong = numbers(values)
    empty = _empty(values)
    found = {"no number": np.isnan(read) & ~empty if wrong else np.zeros(len(read), dtype=np.bool_)}
    low, high = rule.minimum, rule.maximum
    if low is not None or high is not None:
        below = read < low if low is not None else False
        found["out of range"] = np.asarray(below | (read > high) if high is not None else below)
    return found if rule.nullable else found | {"null": empty}


def _labels(values: NDArray[Any], rule: ColumnRule) -> dict[str, NDArray[np.bool_]]:
    found = {} if rule.nullable else {"null": _empty(values)}
    if rule.categories:
        names, codes = labels(values)
        allowed = {None, *rule.categories}
        found["not allowed"] = np.isin(codes, [code for code, name in enumerate(names) if name not in allowed])
    return found


def _empty(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values are null: None, NaN and NaT."""
    if values.dtype.kind in "fM":
        return np.asarray(np.isnat(values) if values.dtype.kind == "M" else np.isnan(values))
    if values.dtype.kind != "O":
        return np.zeros(len(values), dtype=np.bool_)
    return np.fromiter((value is None or value != value for value in values), np.bool_, len(values))  # noqa: PLR0124


def _said(aspect: str, rule: ColumnRule) -> str:
    """The reason without the value itself: a row may hold what must not stay in a ledger for ever."""
    if aspect == "out of range":
        bounds = (("below", rule.minimum), ("above", rule.maximum))
        return " or ".join(f"{side} {bound:g}" for side, bound in bounds if bound is not None)
    return f"not one of {', '.join(rule.categories)[:200]}" if aspect == "not allowed" else aspect
