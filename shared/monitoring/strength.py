"""How strongly two sets of counts differ, each difference as a number that is normal (or nearly) without change."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.dependence import PAIRED
from shared.monitoring.frames import SCORES, Frame
from shared.monitoring.profiles import Profile

CELLS = 20
TAILS = (0.002, 0.01)
SINGLES = ("location", "spread", "distance", "cell", "shape", "missing")

type Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Layout:
    """What the statistics of a frame need besides the counts; shapes (columns, largest size) and alike."""

    frame: Frame

    @cached_property
    def size(self) -> int:
        """The largest number of cells of a column."""
        return max(column.size for column in self.frame.columns.values())

    @cached_property
    def scores(self) -> Floats:
        """The normal scores of every cell and their squares, shape (columns, size, 2)."""
        table = np.zeros((len(self.frame.columns), self.size, SCORES))
        for place, column in enumerate(self.frame.columns.values()):
            table[place, : column.size] = column.normal_scores.T
        return table

    @cached_property
    def codependent(self) -> Floats:
        """The scores of every cell by which dependence is measured, shape (columns, size, 2)."""
        table = np.zeros((len(self.frame.columns), self.size, SCORES))
        for place, column in enumerate(self.frame.columns.values()):
            table[place, : column.size] = column.scores[:, :-1].T
        return table

    @cached_property
    def squares(self) -> Floats:
        """The squares of the scores."""
        return self.scores**2

    @cached_property
    def groups(self) -> NDArray[np.intp]:
        """The coarse cell of every cell, numbered over all columns, flat: about 6 % of it each, and tails."""
        groups = np.zeros((len(self.frame.columns), self.size), dtype=np.intp)
        for place, column in enumerate(self.frame.columns.values()):
            groups[place, : column.size] = _coarse(column.weights, ordered=column.grid is not None)
        return (groups + CELLS * np.arange(len(groups))[:, None]).ravel()

    @cached_property
    def ordered(self) -> NDArray[np.bool_]:
        """Which columns hold numbers, whose distribution functions can be compared."""
        return np.array([column.grid is not None for column in self.frame.columns.values()])

    @cached_property
    def aspects(self) -> NDArray[np.intp]:
        """The number of the aspect of each strength: its place in `SINGLES`, and one more for dependence."""
        singles = np.tile(np.arange(len(SINGLES)), len(self.frame.columns))
        return np.append(singles, np.full(self.pairs[0].size, len(SINGLES)))

    @cached_property
    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The scores whose products are compared, as two index arrays: all of different columns."""
        first, second = np.triu_indices(SCORES * min(PAIRED, len(self.frame.columns)), 1)
        different = first // SCORES != second // SCORES
        return first[different], second[different]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sums:
    """The counts of a set of rows as the statistics read them; subtracting a part leaves the rest."""

    rows: int
    values: Floats
    cumulated: Floats
    cells: Floats
    scores: Floats
    squares: Floats
    means: Floats
    products: Floats

    def __sub__(self, part: "Sums") -> "Sums":
        """What is left without `part`."""
        return Sums(
            rows=self.rows - part.rows,
            values=self.values - part.values,
            cumulated=self.cumulated - part.cumulated,
            cells=self.cells - part.cells,
            scores=self.scores - part.scores,
            squares=self.squares - part.squares,
            means=self.means - part.means,
            products=self.products - part.products,
        )


def sums_of(layout: Layout, profile: Profile) -> Sums:
    """The sums of a profile in the frame of the layout."""
    counts = np.zeros((len(layout.frame.columns), layout.size))
    for place, name in enumerate(layout.frame.columns):
        counts[place, : layout.frame.columns[name].size] = profile.columns[name].counts
    return sums(layout, profile.rows, counts, profile.products.astype(np.float64))


def sums(layout: Layout, rows: int, counts: Floats, products: Floats) -> Sums:
    """The sums of counts per column and cell, shape (columns, size), and of products of scores."""
    columns = len(counts)
    return Sums(
        rows=rows,
        values=counts.sum(axis=1),
        cumulated=counts.cumsum(axis=1),
        cells=np.bincount(layout.groups, weights=counts.ravel(), minlength=CELLS * columns).reshape(columns, CELLS),
        scores=np.einsum("cs,csk->ck", counts, layout.scores),
        squares=np.einsum("cs,csk->ck", counts, layout.squares),
        means=np.einsum("cs,csk->ck", counts, layout.codependent)[:PAIRED].ravel(),
        products=products,
    )


def strengths(layout: Layout, window: Sums, reference: Sums) -> Floats:
    """How strongly each aspect differs: six for every column (`SINGLES`), then one for every pair of scores."""
    share = window.values / np.maximum(window.values + reference.values, 1)
    harmonic = np.sqrt(window.values * (1 - share))
    cells = deviance(window.cells, window.cells + reference.cells, share[:, None])
    nulls = [side.rows - side.values for side in (window, reference)]
    missing = deviance(nulls[0], nulls[0] + nulls[1], window.rows / (window.rows + reference.rows))
    distances = 2 * harmonic * distance(layout, window, reference)
    largest = np.abs(cells).max(axis=1)
    singles = [*_moments(window, reference, harmonic), distances, largest, _shape(cells), np.abs(missing)]
    both = np.sqrt(window.rows * reference.rows / (window.rows + reference.rows))
    return np.concatenate([np.stack(singles, axis=1).ravel(), np.abs(codependence(layout, window, reference)) * both])


def effects(layout: Layout, window: Sums, reference: Sums) -> Floats:
    """How large each difference of `strengths` is, whatever the number of rows: shares moved, or change of correlation.

    Location, spread and distance: the largest gap of the distribution functions, or for categories the share that
    moved; cell: the largest change of a cell's share; shape: the share that moved; missing: the null rate's change.
    """
    cells = np.abs(_rates(window.cells, window.values) - _rates(reference.cells, reference.values))
    moved = cells.sum(axis=1) / 2
    gap = np.where(layout.ordered, distance(layout, window, reference), moved)
    missing = np.abs(window.values / window.rows - reference.values / reference.rows)
    singles = np.stack([gap, gap, gap, cells.max(axis=1), moved, missing], axis=1).ravel()
    deviations = np.sqrt(np.maximum(np.diag(reference.products) / reference.rows, 1e-9))
    first, second = layout.pairs
    correlations = np.abs(codependence(layout, window, reference)) / (deviations[first] * deviations[second])
    return np.concatenate([singles, correlations])


def distance(layout: Layout, window: Sums, reference: Sums) -> Floats:
    """The largest gap (0–1) of the distribution functions at the bins' edges for each column of numbers, else 0."""
    gaps = np.abs(_rates(window.cumulated, window.values) - _rates(reference.cumulated, reference.values))
    return np.where(layout.ordered, gaps.max(axis=1), 0.0)


def codependence(layout: Layout, window: Sums, reference: Sums) -> Floats:
    """The difference of the covariances of every pair of scores of different columns."""
    first, second = layout.pairs
    covariances = []
    for side in (window, reference):
        means = side.means / side.rows
        covariances.append(side.products[first, second] / side.rows - means[first] * means[second])
    return np.asarray(covariances[0] - covariances[1])


def deviance(count: Floats, total: Floats, share: Floats | float) -> Floats:
    """The signed root of the deviance of `count` of `total` where `share` is expected, corrected by half a count.

    Nearly normal even for counts of one or two (McCullagh & Nelder 1989), where Pearson's residual is not.
    """
    expected = total * share
    gap = np.abs(count - expected)
    nearer = np.where(count > expected, count - np.minimum(0.5, gap), count + np.minimum(0.5, gap))
    parts = _entropy(nearer, expected) + _entropy(total - nearer, total - expected)
    return np.asarray(np.sign(count - expected) * np.sqrt(np.maximum(2 * parts, 0.0)))


def _moments(window: Sums, reference: Sums, harmonic: Floats) -> list[Floats]:
    """The differences of the means of both scores, in standard errors; 0 where the score does not vary."""
    values = window.values + reference.values
    variance = (
        _rates(window.squares + reference.squares, values) - _rates(window.scores + reference.scores, values) ** 2
    )
    gaps = np.abs(_rates(window.scores, window.values) - _rates(reference.scores, reference.values))
    errors = gaps * harmonic[:, None] / np.sqrt(np.maximum(variance, 1e-6))
    return [np.where(variance[:, part] > 1e-6, errors[:, part], 0.0) for part in range(SCORES)]


def _shape(cells: Floats) -> Floats:
    """The sum of squares of the cells' deviances, made normal by the cube root (Wilson & Hilferty 1931)."""
    freedom = np.maximum((cells != 0).sum(axis=1) - 1, 1)
    ratio = np.cbrt((cells**2).sum(axis=1) / freedom)
    return np.asarray((ratio - (1 - 2 / (9 * freedom))) / np.sqrt(2 / (9 * freedom)))


def _entropy(count: Floats, expected: Floats) -> Floats:
    return np.asarray(count * np.log(np.maximum(count, 1e-12) / np.maximum(expected, 1e-12)))


def _rates(counts: Floats, totals: Floats) -> Floats:
    return np.asarray(counts / np.maximum(totals, 1)[:, None])


def _coarse(weights: NDArray[np.int64], *, ordered: bool) -> NDArray[np.intp]:
    """The coarse cell (0–19) of every cell of a column; the rarer categories share the last."""
    if not ordered:
        return np.minimum(np.arange(weights.size), CELLS - 1)
    low, lower = TAILS
    inner = np.arange(1, CELLS - 4) / (CELLS - 4)
    limits = np.array([low, lower, *inner, 1 - lower, 1 - low])
    total = max(1, int(weights.sum()))
    return np.searchsorted(limits, (np.cumsum(weights) - weights / 2) / total).astype(np.intp)
