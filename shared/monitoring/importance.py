"""Which columns matter for being right, and how much accuracy the shift of each alone should cost."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.encoding import Batch
from shared.monitoring.frames import Frame
from shared.monitoring.profiles import Profile, Tally
from shared.monitoring.strength import CELLS, Floats, Layout, sums_of

LEAST_ROWS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """One column: `weight` is how much accuracy varies with it in the reference (0–1, the correlation ratio).

    `cost` is the accuracy that the shift of this column alone, with all else as in the reference, should have cost.
    """

    column: str
    weight: float
    cost: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Importance:
    """For each column the accuracy in each of its coarse cells (shape (20,)), and its weight."""

    layout: Layout
    accuracies: Mapping[str, Floats]
    weights: Mapping[str, float]


def importance_of(frame: Frame, reference: Batch, right: NDArray[np.bool_]) -> Importance:
    """Learn from a reference where the model is right; cells with fewer than ten rows count as the whole.

    The weight is Pearson's correlation ratio (1905): the standard deviation of the cells' accuracy over that of a row.
    """
    layout = Layout(frame)
    groups = layout.groups.reshape(len(frame.columns), layout.size) % CELLS
    accuracies, weights = {}, {}
    for place, (name, column) in enumerate(frame.columns.items()):
        codes = Tally(column).count(reference[name]).astype(np.intp)
        valued = codes < column.size
        cells = groups[place][codes[valued]]
        rows = np.bincount(cells, minlength=CELLS)
        hits = np.bincount(cells, weights=right[valued], minlength=CELLS)
        accuracies[name] = np.where(rows >= LEAST_ROWS, hits / np.maximum(rows, 1), right.mean())
        spread = float(np.sum(rows * (accuracies[name] - right.mean()) ** 2)) / max(1, right.size)
        weights[name] = float(np.sqrt(spread / max(float(right.var()), 1e-12)))
    return Importance(layout=layout, accuracies=accuracies, weights=weights)


def blame(importance: Importance, reference: Profile, window: Profile) -> tuple[Blame, ...]:
    """Every column with what its shift should have cost, the costliest first.

    Each column's shares of rows are weighted by the reference's accuracy there (importance weighting by one covariate:
    Shimodaira 2000), so a column that shifts where the model does equally well costs nothing.
    """
    before, after = (sums_of(importance.layout, side) for side in (reference, window))
    shifts = after.cells / np.maximum(after.values, 1)[:, None] - before.cells / np.maximum(before.values, 1)[:, None]
    found = [
        Blame(column=name, weight=importance.weights[name], cost=-float(shift @ importance.accuracies[name]))
        for name, shift in zip(importance.accuracies, shifts, strict=True)
    ]
    return tuple(sorted(found, key=lambda item: (-item.cost, item.column)))
