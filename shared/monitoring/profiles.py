"""Profiles of data: mergeable counts of every column and of their dependence, in memory that rows do not grow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.dependence import PAIRED, products_of
from shared.monitoring.distinct import Distinct, distinct
from shared.monitoring.encoding import Batch, labels, numbers
from shared.monitoring.frames import SCORES, ColumnFrame, Frame, Kind

CHUNK = 16_384  # rows at a time: sums of products of scores up to 31 stay whole in single precision

type Ints = NDArray[np.int64]
type Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Column:
    """What was counted of one column: `counts` per cell of its frame, and the rest of its rows.

    `nulls` had no value, `wrong` a value of another type, `absent` no such column; `low` and `high` bound the numbers
    (inf and -inf when there was none); `others` are the categories that the frame does not know.
    """

    counts: Ints
    nulls: int = 0
    wrong: int = 0
    absent: int = 0
    low: float = np.inf
    high: float = -np.inf
    others: Distinct = field(default_factory=Distinct)

    def __add__(self, other: "Column") -> "Column":
        """Both together."""
        return Column(
            counts=self.counts + other.counts,
            nulls=self.nulls + other.nulls,
            wrong=self.wrong + other.wrong,
            absent=self.absent + other.absent,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            others=self.others + other.others,
        )

    @property
    def values(self) -> int:
        """How many rows had a value of the right type."""
        return int(self.counts.sum())


@dataclass(frozen=True, eq=False, kw_only=True)
class Profile:
    """What was counted of some rows in a frame. Profiles of one frame add up, in any order and grouping, exactly.

    `products` sums over the rows the products of the scores of the first 32 columns, shape (2 × columns, 2 × columns).
    """

    frame: Frame
    rows: int
    columns: Mapping[str, Column]
    products: Ints

    def __add__(self, other: "Profile") -> "Profile":
        """The profile of the rows of both; raises ValueError when they were counted in different frames."""
        if self.frame.digest != other.frame.digest:
            raise ValueError(
                f"profiles of the frames {self.frame.digest} and {other.frame.digest} cannot be merged: "
                "count both sets of rows in one frame"
            )
        columns = {name: column + other.columns[name] for name, column in self.columns.items()}
        products = self.products + other.products
        return Profile(frame=self.frame, rows=self.rows + other.rows, columns=columns, products=products)

    def update(self, batch: Batch) -> "Profile":
        """This profile with the rows of `batch`; see `profile_of`."""
        return self + profile_of(self.frame, batch)


def empty(frame: Frame) -> Profile:
    """The profile of no rows."""
    columns = {name: Column(counts=np.zeros(column.size, np.int64)) for name, column in frame.columns.items()}
    scores = SCORES * min(PAIRED, len(columns))
    return Profile(frame=frame, rows=0, columns=columns, products=np.zeros((scores, scores), np.int64))


def merged(frame: Frame, profiles: Iterable[Profile]) -> Profile:
    """All `profiles` of one frame as one."""
    return reduce(Profile.__add__, profiles, empty(frame))


def profile_of(frame: Frame, batch: Batch) -> Profile:
    """The profile of a batch of columns of one length; columns that the frame does not have are left out.

    A column that the batch does not have counts as absent in every row. Raises ValueError for unequal lengths.
    """
    lengths = {len(values) for values in batch.values()}
    if len(lengths) > 1:
        raise ValueError(f"columns of {min(lengths)} to {max(lengths)} rows are no batch: all must be of one length")
    rows = lengths.pop() if lengths else 0
    tallies = {name: Tally(column) for name, column in frame.columns.items()}
    products = empty(frame).products
    for start in range(0, rows, CHUNK):
        stop = min(start + CHUNK, rows)
        codes = [
            tally.count(batch[name][start:stop]) if name in batch else tally.miss(stop - start)
            for name, tally in tallies.items()
        ]
        if frame.referred:
            products = products + products_of(_scores(frame, codes))
    columns = {name: tally.column() for name, tally in tallies.items()}
    return Profile(frame=frame, rows=rows, columns=columns, products=products)


def _scores(frame: Frame, codes: Sequence[Codes]) -> NDArray[np.float32]:
    """The scores of every paired column, two after another, shape (scores, rows)."""
    paired = list(frame.columns.values())[:PAIRED]
    scores = np.empty((SCORES * len(paired), len(codes[0])), dtype=np.float32)
    for place, column in enumerate(paired):
        for part in range(SCORES):
            column.scores[part].take(codes[place], out=scores[SCORES * place + part], mode="clip")
    return scores


class Tally:
    """One column while a batch is counted."""

    def __init__(self, frame: ColumnFrame) -> None:
        """Nothing counted yet."""
        self.frame = frame
        self.counts = np.zeros(frame.size + 1, dtype=np.int64)
        self.wrong = self.absent = 0
        self.low, self.high = np.inf, -np.inf
        self.others: dict[str, int] = {}

    def count(self, values: NDArray[Any]) -> Codes:
        """Count some values and return the code of each."""
        codes = self._numbers(values) if self.frame.kind is Kind.NUMBER else self._categories(values)
        self.counts += np.bincount(codes, minlength=self.frame.size + 1)
        return codes

    def miss(self, rows: int) -> Codes:
        """Count rows without this column and return their codes, those of nulls."""
        self.absent += rows
        return np.full(rows, self.frame.size)

    def column(self) -> Column:
        """The tally as it is kept."""
        return Column(
            counts=self.counts[:-1],
            nulls=int(self.counts[-1]) - self.wrong,
            wrong=self.wrong,
            absent=self.absent,
            low=self.low,
            high=self.high,
            others=distinct(self.others.items()),
        )

    def _numbers(self, values: NDArray[Any]) -> Codes:
        assert self.frame.grid is not None
        read, wrong = numbers(values)
        self.wrong += wrong
        low, high = float(read.min()), float(read.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            finite = read[np.isfinite(read)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (np.inf, -np.inf)
        self.low, self.high = min(self.low, low), max(self.high, high)
        return self.frame.grid.codes(read)

    def _categories(self, values: NDArray[Any]) -> Codes:
        names, places = labels(values)
        known, size = self.frame.code_of, self.frame.size
        code_of = np.array([size if name is None else known.get(name, size - 1) for name in names], dtype=np.int64)
        for name, count in zip(names, np.bincount(places, minlength=len(names)).tolist(), strict=True):
            if name is not None and name not in known:
                self.others[name] = self.others.get(name, 0) + count
        return code_of[places]
