"""Row by row, why a batch breaks its contract: what a person needs to mend the data."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.contract import ColumnContract, Contract
from shared.monitoring.encoding import Batch, labels, numbers
from shared.monitoring.frames import Kind

MOST = 1000
SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One value that the contract does not know: `row` counts from 0 in the batch."""

    row: int
    column: str
    reason: str


def bad_rows(contract: Contract, batch: Batch, most: int = MOST) -> tuple[BadRow, ...]:
    """The values that break the contract of their column, column by column, `most` at most in all.

    A null counts only in a column whose reference had none. Columns that the batch does not have are the whole batch's
    fault, not a row's; they are left to `contract.checks`.
    """
    found = (
        BadRow(row=row, column=name, reason=reason)
        for name, column in contract.columns.items()
        if name in batch
        for row, reason in _reasons(column, batch[name])
    )
    return tuple(islice(found, most))


def _reasons(contract: ColumnContract, values: NDArray[Any]) -> Iterator[tuple[int, str]]:
    if contract.kind is Kind.CATEGORY:
        yield from _unknown(contract, values)
    else:
        yield from _unusual(contract, values)


def _unknown(contract: ColumnContract, values: NDArray[Any]) -> Iterator[tuple[int, str]]:
    names, codes = labels(values)
    known = set(contract.known)
    reasons = {code: f"{shown(name)} is a new category" for code, name in enumerate(names) if name not in known}
    if None in names:
        reasons[names.index(None)] = "" if contract.had_nulls else "no value, where the reference always had one"
    wanted = [code for code, reason in reasons.items() if reason]
    for row in np.flatnonzero(np.isin(codes, wanted)).tolist():
        yield row, reasons[int(codes[row])]


def _unusual(contract: ColumnContract, values: NDArray[Any]) -> Iterator[tuple[int, str]]:
    read, _ = numbers(values)
    low, high = (-np.inf, np.inf) if contract.low is None or contract.high is None else (contract.low, contract.high)
    odd = (read < low) | (read > high) | np.isnan(read)
    for row in np.flatnonzero(odd).tolist():
        if reason := _fault(contract, values[row], float(read[row]), low, high):
            yield row, reason


def _fault(contract: ColumnContract, value: object, read: float, low: float, high: float) -> str:
    if not np.isnan(read):
        return f"{read:g} lies outside {low:g} to {high:g}"
    if value is None or value != value:  # noqa: PLR0124 - only NaN and NaT differ from themselves
        return "" if contract.had_nulls else "no value, where the reference always had one"
    return f"{shown(value)} is no number"


def shown(value: object) -> str:
    """A value as it may stand in a reason: its first 40 characters."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
