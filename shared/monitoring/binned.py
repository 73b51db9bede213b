"""The distances of Azure ML model monitoring from two profiles: as fast as adding bins, with a bound of the error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.frames import ColumnFrame, middle_ranks
from shared.monitoring.grids import Grid
from shared.monitoring.metrics import DECILES, ChiSquared, Counts, chi_squared, jensen_shannon, psi
from shared.monitoring.profiles import Column, Profile

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """How far one column of a window is from the reference.

    Categories: PSI, Jensen–Shannon and χ² are exact over the categories the frame knows and one for all others, and
    there is no order, so `ks` and `wasserstein` are NaN, as everything is when either side is empty. Numbers: PSI,
    Jensen–Shannon and χ² are those of the ten bins whose edges are the grid's nearest to the reference's deciles; `ks`
    is too low by at most `ks_error`; `wasserstein`, in standard deviations of the reference, is off by at most
    `wasserstein_error`.
    """

    psi: float
    jensen_shannon: float
    chi_squared: ChiSquared
    ks: float = float("nan")
    ks_error: float = 0.0
    wasserstein: float = float("nan")
    wasserstein_error: float = 0.0


def distances_of(reference: Profile, window: Profile) -> dict[str, Distances]:
    """The distances of every column; raises ValueError when the profiles were counted in different frames."""
    if reference.frame.digest != window.frame.digest:
        raise ValueError(f"profiles of the frames {reference.frame.digest} and {window.frame.digest} have no distance")
    return {
        name: _distances(frame, reference.columns[name], window.columns[name])
        for name, frame in reference.frame.columns.items()
    }


def _distances(frame: ColumnFrame, reference: Column, window: Column) -> Distances:
    if frame.grid is None:
        return _histogram_distances(reference.counts, window.counts)
    coarse = _histogram_distances(_deciles(reference, reference.counts), _deciles(reference, window.counts))
    if not (reference.values and window.values):
        return coarse
    p, q = (side.counts / side.values for side in (reference, window))
    gaps = np.abs(np.cumsum(p) - np.cumsum(q))
    widths = np.diff(_ends(frame.grid, reference, window))
    deviation = _deviation(frame.grid, reference)
    inner = _between(gaps)
    return Distances(
        psi=coarse.psi,
        jensen_shannon=coarse.jensen_shannon,
        chi_squared=coarse.chi_squared,
        ks=float(gaps.max()),
        ks_error=float(np.maximum(p, q).max()),
        wasserstein=float(inner @ widths) / deviation,
        wasserstein_error=float((p + q) @ widths) / deviation,
    )


def _histogram_distances(reference: Counts, window: Counts) -> Distances:
    return Distances(
        psi=psi(reference, window),
        jensen_shannon=jensen_shannon(reference, window),
        chi_squared=chi_squared(reference, window),
    )


def _deciles(reference: Column, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """`counts` in ten bins, each of about a tenth of the reference."""
    tenths = np.minimum(middle_ranks(reference.counts / max(1, reference.values)) * DECILES, DECILES - 1).astype(
        np.intp
    )
    return np.bincount(tenths, weights=counts, minlength=DECILES).astype(np.int64)


def _ends(grid: Grid, reference: Column, window: Column) -> Floats:
    """Where the bins begin and end, the open ones at the smallest and largest number seen."""
    edges = grid.edges
    low = min(float(edges[0]), reference.low, window.low)
    high = max(float(edges[-1]), reference.high, window.high)
    return np.concatenate([[low], edges, [high]])


def _between(gaps: Floats) -> Floats:
    """The mean gap of the distribution functions within each bin, from the gaps at the bins' upper ends."""
    return np.asarray((gaps + np.concatenate([[0.0], gaps[:-1]])) / 2)


def _deviation(grid: Grid, reference: Column) -> float:
    """The standard deviation of the reference, each number taken for the middle of its bin."""
    shares = reference.counts / reference.values
    middles = np.clip(grid.middles, reference.low, reference.high)
    mean = float(shares @ middles)
    return max(float(np.sqrt(shares @ (middles - mean) ** 2)), float(np.finfo(np.float64).tiny))
