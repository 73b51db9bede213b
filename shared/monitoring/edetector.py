"""Tier 2 with labels that come late: an e-detector of a rate that rises above what it was, at any time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

BETS = (0.05, 0.1, 0.2, 0.4, 0.8)
LEAST_GAP = 1e-6

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """What is watched: losses in [`low`, `high`], whose mean is at most `mean` while nothing is wrong.

    `run_length` is the least average number of losses until a false alarm, about 1,000 for one in 1,000 labels.
    """

    mean: float
    run_length: float
    low: float = 0.0
    high: float = 1.0

    def bets(self) -> Floats:
        """What is staked on each unit above the mean: shares of the largest stake that no loss can make negative."""
        return np.array(BETS) / max(LEAST_GAP, self.mean - self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a stretch of losses says, and all that is kept of it: for each bet the logarithm of its `gain` and `value`.

    From a value v before the stretch, a bet has gain × v + value behind it, so stretches join, in order, associatively.
    `peak` is the highest logarithm of the evidence seen at any moment since the start, when fed loss by loss.
    """

    losses: int = 0
    total: float = 0.0
    gain: tuple[float, ...] = ()
    value: tuple[float, ...] = ()
    peak: float = -math.inf

    @property
    def mean(self) -> float:
        """The mean loss; NaN without any."""
        return self.total / self.losses if self.losses else math.nan

    @property
    def level(self) -> float:
        """The logarithm of the evidence now: the mean over the bets."""
        return _log_mean(np.array(self.value)) if self.value else -math.inf


def evidence_of(detector: Detector, losses: Floats) -> Evidence:
    """The evidence in a stretch of losses, in their order; raises ValueError for a loss out of bounds or no number.

    Each bet is a Shiryaev–Roberts e-process R ← (1 + R) × (1 + λ (loss − mean)), an e-detector, and so is their mean
    (Shin, Ramdas & Rinaldo 2024): it reaches the run length, on average, only after as many losses without harm.
    """
    if not losses.size:
        return Evidence()
    if not (losses.min() >= detector.low and losses.max() <= detector.high):
        raise ValueError(
            f"losses from {losses.min():g} to {losses.max():g} are out of bounds: the detector is for "
            f"{detector.low:g} to {detector.high:g}"
        )
    steps = np.log1p(detector.bets()[:, None] * (losses - detector.mean))
    wealth = np.cumsum(steps, axis=1)
    before = np.concatenate([np.zeros((len(wealth), 1)), wealth[:, :-1]], axis=1)
    values = wealth + np.logaddexp.accumulate(-before, axis=1)
    return Evidence(
        losses=losses.size,
        total=float(losses.sum()),
        gain=tuple(wealth[:, -1].tolist()),
        value=tuple(values[:, -1].tolist()),
        peak=float(np.logaddexp.reduce(values, axis=0).max()) - math.log(len(values)),
    )


def joined(first: Evidence, then: Evidence) -> Evidence:
    """The evidence of two stretches, the second right behind the first.

    Its peak is the highest of the peaks of both alone and of the level at the end: never more than loss by loss.
    """
    if not (first.losses and then.losses):
        return then if then.losses else first
    value = np.logaddexp(np.array(then.gain) + np.array(first.value), np.array(then.value))
    return Evidence(
        losses=first.losses + then.losses,
        total=first.total + then.total,
        gain=tuple((np.array(first.gain) + np.array(then.gain)).tolist()),
        value=tuple(value.tolist()),
        peak=max(first.peak, then.peak, _log_mean(value)),
    )


def alarmed(detector: Detector, evidence: Evidence) -> bool:
    """Whether the evidence reached the run length at any moment."""
    return evidence.peak >= math.log(detector.run_length)


def corrected(judged: Floats, labels: Floats, share: float) -> Floats:
    """Losses by a fallible judge, made unbiased by people's labels of a random `share` of them (0–1].

    `labels` are NaN where nobody looked. Where somebody did, the loss is judged + (label − judged) / share, so those
    in 0–1 come to lie from 1 − 1 / share to 1 / share: see `corrected_detector` (prediction-powered inference:
    Angelopoulos et al. 2023).
    """
    return np.where(np.isnan(labels), judged, judged + (np.nan_to_num(labels) - judged) / share)


def corrected_detector(mean: float, run_length: float, share: float) -> Detector:
    """The detector for losses `corrected` with labels of a `share` of them."""
    return Detector(mean=mean, run_length=run_length, low=1 - 1 / share, high=1 / share)


def evidence_document(evidence: Evidence) -> dict[str, Any]:
    """The evidence as a document; `evidence_from` reads it back."""
    document: dict[str, Any] = msgspec.to_builtins(evidence)
    return {**document, "peak": None if math.isinf(evidence.peak) else evidence.peak}


def evidence_from(document: Mapping[str, Any]) -> Evidence:
    """The evidence of a document; raises msgspec.ValidationError when it is none."""
    peak = document.get("peak")
    return msgspec.convert({**document, "peak": -math.inf if peak is None else peak}, Evidence)


def _log_mean(logarithms: Floats) -> float:
    return float(np.logaddexp.reduce(logarithms)) - math.log(logarithms.size)
