"""The frame of a profile: for each column the bins or the categories to count in, taken from a reference."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.encoding import Batch, labels, numbers
from shared.monitoring.grids import Grid, quantile_grid

KNOWN = 256
SCORES = 2
LARGEST_SCORE = 31
NORMAL_LIMIT = 3.0
RAREST = 10.0  # the kurtosis of a yes-or-no that is one of both in 8 %

type Scores = NDArray[np.float32]


class Kind(StrEnum):
    """What a column is read as."""

    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True, eq=False, kw_only=True)
class ColumnFrame:
    """How one column is counted: a grid of numbers, or the known categories, the most frequent first.

    `weights` are the reference's counts per cell: the grid's bins, or the known categories and one cell for all others.
    They are zero when there is no reference.
    """

    kind: Kind
    weights: NDArray[np.int64]
    grid: Grid | None = None
    known: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The number of cells; a null's code is this number."""
        return self.grid.size if self.grid else len(self.known) + 1

    @cached_property
    def code_of(self) -> Mapping[str, int]:
        """The cell of each known category."""
        return {value: code for code, value in enumerate(self.known)}

    @cached_property
    def scores(self) -> Scores:
        """Two whole numbers from -31 to 31 for every cell, shape (2, size + 1): what dependence is measured in.

        A number's are the first two Legendre polynomials of its rank in the reference; a category's say whether it is
        the most frequent and whether it is the second. A null's are 0, and so is a score that is nearly always the
        same: its products would be too rare to judge. Whole, so that sums of products are exact.
        """
        scores = np.zeros((SCORES, self.size + 1), dtype=np.float32)
        if self.weights.any():
            shares = self.weights / self.weights.sum()
            raw = _rank_scores(shares) if self.grid else np.eye(SCORES, shares.size)
            centred = raw - (raw @ shares)[:, None]
            centred[_kurtosis(centred, shares) > RAREST] = 0
            largest = np.maximum(np.abs(centred).max(axis=1, keepdims=True), 1e-12)
            scores[:, :-1] = np.rint(centred * (LARGEST_SCORE / largest))
        return scores

    @cached_property
    def normal_scores(self) -> NDArray[np.float64]:
        """Van der Waerden's scores (1952) of every cell of numbers, cut at ±3, and their squares; shape (2, size).

        A category's are 0 throughout.
        """
        if self.grid is None or not self.weights.any():
            return np.zeros((SCORES, self.size))
        inverse = NormalDist().inv_cdf
        ranks = np.clip(middle_ranks(self.weights / self.weights.sum()), 1e-6, 1 - 1e-6)
        normal = np.clip([inverse(rank) for rank in ranks.tolist()], -NORMAL_LIMIT, NORMAL_LIMIT)
        return np.stack([normal, normal**2])


@dataclass(frozen=True, eq=False)
class Frame:
    """What profiles that can be merged or compared have in common: the columns by name, in order."""

    columns: Mapping[str, ColumnFrame]

    @property
    def referred(self) -> bool:
        """Whether the frame comes from a reference, so that dependence between columns can be measured."""
        return any(column.weights.any() for column in self.columns.values())

    @cached_property
    def digest(self) -> str:
        """SHA-256, shortened to 16 digits, of everything the frame says."""
        sha = hashlib.sha256()
        for name, column in self.columns.items():
            cuts, centre = (column.grid.cuts.tolist(), column.grid.centre) if column.grid else ([], 0.0)
            sha.update(repr((name, str(column.kind), centre, cuts, column.known, column.weights.tolist())).encode())
        return sha.hexdigest()[:16]


def frame_of(reference: Batch, categories: Collection[str] = ()) -> Frame:
    """The frame of a reference in memory; numeric arrays are numbers unless named in `categories`, others categories.

    Raises ValueError for an empty reference: nothing can be learned from it.
    """
    if not reference or not all(len(values) for values in reference.values()):
        raise ValueError("a reference needs columns with at least one row each")
    return Frame({name: _learned(values, categorical=name in categories) for name, values in reference.items()})


def _learned(values: NDArray[Any], *, categorical: bool) -> ColumnFrame:
    if categorical or values.dtype.kind not in "iufM":
        return _categories(values)
    read, _ = numbers(values)
    if not np.isfinite(read).any():  # every number will lie outside what was seen
        return ColumnFrame(kind=Kind.NUMBER, weights=np.zeros(2, dtype=np.int64), grid=Grid(0.0, np.zeros(1, np.int64)))
    grid = quantile_grid(read)
    weights = np.bincount(grid.codes(read), minlength=grid.size + 1)[:-1].astype(np.int64)
    return ColumnFrame(kind=Kind.NUMBER, weights=weights, grid=grid)


def _categories(values: NDArray[Any]) -> ColumnFrame:
    names, codes = labels(values)
    counts = np.bincount(codes, minlength=len(names)).tolist()
    totals: dict[str, int] = {}
    for name, count in zip(names, counts, strict=True):
        if name is not None:
            totals[name] = totals.get(name, 0) + count
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    known = tuple(ranked[:KNOWN])
    weights = [totals[name] for name in known] + [sum(totals[name] for name in ranked[KNOWN:])]
    return ColumnFrame(kind=Kind.CATEGORY, weights=np.array(weights, dtype=np.int64), known=known)


def middle_ranks(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank (0–1) of the middle of every cell."""
    return np.asarray(np.cumsum(shares) - shares / 2)


def _rank_scores(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = 2 * middle_ranks(shares) - 1
    return np.stack([ranks, (3 * ranks**2 - 1) / 2])


def _kurtosis(centred: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The fourth moment of each score over its squared variance; infinite for a constant."""
    variance = centred**2 @ shares
    return np.where(variance > 1e-12, centred**4 @ shares / np.maximum(variance, 1e-12) ** 2, np.inf)
