"""Tier 2 without labels: the accuracy to expect of a model's own confidences, calibrated on the reference."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

GROUPS = 200
BLOCKS = 10
STEPS = 50

type Floats = NDArray[np.float64]
type Labels = NDArray[np.generic]


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibrator:
    """A rising step function from confidence to the share of right predictions: `shares` at and above each `start`."""

    starts: Floats
    shares: Floats

    def __call__(self, confidences: Floats) -> Floats:
        """The chance in 0–1 that predictions of these confidences are right."""
        places = np.searchsorted(self.starts, confidences, side="right") - 1
        return np.asarray(self.shares[np.maximum(places, 0)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The accuracy in 0–1 to expect of `rows` predictions, with its standard error.

    `noise` is the standard deviation by which the accuracy of just these rows, once labelled, strays from it by chance.
    """

    accuracy: float
    error: float
    noise: float
    rows: int

    def interval(self, alpha: float) -> tuple[float, float]:
        """The interval that misses the accuracy to expect with a chance of `alpha`, cut to 0–1."""
        return self._around(alpha, self.error)

    def labelled_interval(self, alpha: float) -> tuple[float, float]:
        """The interval that misses the share of these rows that labels will call right with a chance of `alpha`."""
        return self._around(alpha, math.hypot(self.error, self.noise))

    def _around(self, alpha: float, deviation: float) -> tuple[float, float]:
        reach = NormalDist().inv_cdf(1 - alpha / 2) * deviation
        return max(0.0, self.accuracy - reach), min(1.0, self.accuracy + reach)


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimator:
    """How to estimate accuracy: the calibrator, the `accuracy` of the reference, and how far estimates are off.

    `error` joins what blocks of the reference showed beyond chance and what its number of rows leaves open.
    """

    calibrator: Calibrator
    accuracy: float
    error: float

    def estimate(self, confidences: Floats) -> Estimate:
        """The accuracy to expect of predictions with these confidences (0–1: the probability of the predicted class).

        Confidence-based performance estimation (NannyML's CBPE, 2022; Guillory et al. 2021): right as long as what the
        confidences mean has not changed, so pair it with labels. Raises ValueError without rows.
        """
        if not confidences.size:
            raise ValueError("no predictions, no estimate: give at least one confidence")
        chances = self.calibrator(_sound(confidences))
        noise = _chance_error(chances)
        return Estimate(accuracy=float(chances.mean()), error=self.error, noise=noise, rows=confidences.size)


def confidence(probabilities: Floats, positive: NDArray[np.bool_] | None = None) -> Floats:
    """The probability of the predicted class: the largest of each row, or p or 1 - p for a vector of a binary model.

    `positive` says which rows were predicted positive (default: p ≥ ½), for models with another threshold.
    """
    if probabilities.ndim > 1:
        return np.asarray(probabilities.max(axis=1))
    chosen = probabilities >= 0.5 if positive is None else positive
    return np.where(chosen, probabilities, 1 - probabilities)


def estimator_of(confidences: Floats, right: NDArray[np.bool_]) -> Estimator:
    """The estimator of a reference in the order of time: confidences, and whether each prediction was right.

    Each tenth of the reference is estimated by the rest of it, which shows how far off estimates are. Raises ValueError
    for fewer than 100 rows or unequal lengths.
    """
    if confidences.size != right.size or right.size < BLOCKS**2:
        raise ValueError(f"{confidences.size} confidences and {right.size} labels: both must be the same, at least 100")
    sound = _sound(confidences)
    blocks = np.array_split(np.arange(right.size), BLOCKS)
    off = [_off(sound, right, block) for block in blocks]
    calibrator = isotonic(sound, right)
    error = math.hypot(_beyond_chance(off), _chance_error(calibrator(sound)))
    return Estimator(calibrator=calibrator, accuracy=float(right.mean()), error=error)


def isotonic(confidences: Floats, right: NDArray[np.bool_]) -> Calibrator:
    """The rising step function nearest to the labels, by pooling adjacent violators (Ayer et al. 1955).

    Fitted on at most 200 groups of equally many rows, so that a reference of any size takes milliseconds.
    """
    order = np.argsort(confidences, kind="stable")
    starts = np.unique(confidences[order][(np.arange(GROUPS) * order.size) // GROUPS])
    groups = np.searchsorted(starts, confidences, side="right") - 1
    weights = np.bincount(groups, minlength=starts.size).tolist()
    sums = np.bincount(groups, weights=right, minlength=starts.size).tolist()
    pools: list[tuple[float, float, float]] = []
    for start, total, weight in zip(starts.tolist(), sums, weights, strict=True):
        pool = (float(start), float(total), float(weight))
        while pools and pools[-1][1] * pool[2] >= pool[1] * pools[-1][2]:
            start_before, total_before, weight_before = pools.pop()
            pool = (start_before, total_before + pool[1], weight_before + pool[2])
        pools.append(pool)
    return Calibrator(
        starts=np.array([start for start, _, _ in pools]),
        shares=np.array([total / weight for _, total, weight in pools]),
    )


def _off(confidences: Floats, right: NDArray[np.bool_], block: NDArray[np.intp]) -> tuple[float, float]:
    """For one block: estimate minus truth, and the standard error that chance alone explains."""
    rest = np.ones(right.size, dtype=np.bool_)
    rest[block] = False
    chances = isotonic(confidences[rest], right[rest])(confidences[block])
    return float(chances.mean() - right[block].mean()), _chance_error(chances)


def _beyond_chance(off: list[tuple[float, float]]) -> float:
    return math.sqrt(max(0.0, sum(gap**2 - error**2 for gap, error in off) / len(off)))


def _chance_error(chances: Floats) -> float:
    return math.sqrt(float(np.sum(chances * (1 - chances)))) / chances.size


def _sound(confidences: Floats) -> Floats:
    """The confidences, with what is no number as the least, so that it never helps."""
    return np.nan_to_num(confidences.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
