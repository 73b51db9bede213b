"""The distances of Azure ML model monitoring between two samples, exact: PSI, Jensen–Shannon, Wasserstein, KS, χ²."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Counts = NDArray[np.int64] | NDArray[np.float64]

PSI_FLOOR = 1e-4
DECILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquared:
    """Pearson's statistic of a contingency table and its degrees of freedom."""

    statistic: float
    freedom: int


def psi(reference: Counts, window: Counts) -> float:
    """The population stability index ≥ 0 of two histograms over the same bins (Siddiqi 2006).

    Shares below 1e-4 count as 1e-4, so an empty bin costs much but not infinity. NaN when either is empty.
    """
    p, q = (np.maximum(_shares(side), PSI_FLOOR) for side in (reference, window))
    return float(np.sum((q - p) * np.log(q / p)))


def jensen_shannon(reference: Counts, window: Counts) -> float:
    """The Jensen–Shannon distance, in natural logarithms, of two histograms: 0 to √ln 2 (Endres & Schindelin 2003)."""
    p, q = _shares(reference), _shares(window)
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return float(np.sqrt(np.maximum(divergence, 0.0)))


def chi_squared(reference: Counts, window: Counts) -> ChiSquared:
    """Pearson's χ² (1900) of the table of both histograms, without correction, over bins not empty in both.

    Both sides are samples: taking the reference for the truth doubles the statistic and the false alarms with it. NaN
    when either is empty.
    """
    table = np.asarray([reference, window], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if not table.sum(axis=1).all():
        return ChiSquared(statistic=float("nan"), freedom=0)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = float(np.sum((table - expected) ** 2 / expected))
    return ChiSquared(statistic=statistic, freedom=max(0, table.shape[1] - 1))


def kolmogorov_smirnov(reference: Floats, window: Floats) -> float:
    """The largest difference (0–1) of the distribution functions of two samples (Smirnov 1939); NaN when empty."""
    if not (reference.size and window.size):
        return float("nan")
    first, second = np.sort(reference), np.sort(window)
    everywhere = np.concatenate([first, second])
    shares = [np.searchsorted(side, everywhere, side="right") / side.size for side in (first, second)]
    return float(np.max(np.abs(shares[0] - shares[1])))


def wasserstein(reference: Floats, window: Floats) -> float:
    """The first Wasserstein distance ≥ 0 of two samples, in their unit (Vallender 1974); NaN when either is empty."""
    if not (reference.size and window.size):
        return float("nan")
    first, second = np.sort(reference), np.sort(window)
    everywhere = np.sort(np.concatenate([first, second]))
    shares = [np.searchsorted(side, everywhere[:-1], side="right") / side.size for side in (first, second)]
    return float(np.sum(np.abs(shares[0] - shares[1]) * np.diff(everywhere)))


def normalised_wasserstein(reference: Floats, window: Floats) -> float:
    """The Wasserstein distance in standard deviations of the reference; infinite when a constant reference is left."""
    distance, deviation = wasserstein(reference, window), float(np.std(reference)) if reference.size else float("nan")
    if deviation == 0:
        return float("inf") if distance > 0 else 0.0
    return distance / deviation


def decile_counts(reference: Floats, window: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Both samples counted in the ten bins between the reference's deciles, the outer ones open, for PSI."""
    edges = np.unique(np.quantile(reference, np.arange(1, DECILES) / DECILES))
    return _counted(edges, reference), _counted(edges, window)


def _counted(edges: Floats, values: Floats) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=edges.size + 1).astype(np.int64)


def _shares(counts: Counts) -> Floats:
    total = counts.sum()
    return counts / total if total else np.full(counts.shape, np.nan)


def _relative_entropy(p: Floats, q: Floats) -> np.floating[Any]:
    seen = p > 0
    return np.sum(p[seen] * np.log(p[seen] / q[seen])) if not np.isnan(p).any() else np.float64("nan")
