"""Which windows of a set were harmful, and which of them the estimate without labels and the late labels told."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.drift.sets import SETS, Named, sides
from shared.core.verdicts import Outcome
from shared.monitoring.edetector import Detector, Evidence, alarmed, evidence_of, joined
from shared.monitoring.estimate import estimator_of
from shared.monitoring.harm import Allowance, harm

WINDOW = 1000
DEVIATIONS = 3
ALPHAS = (0.01, 0.05, 0.2)
SHARES = (1.0, 0.1, 0.02)
RUN_WINDOWS = 100

type Line = dict[str, Any]


def measure(folder: Path) -> list[Line]:
    """For every set and α one line, and one for every share of labels.

    A window of 1,000 rows is harmful when its accuracy lies more than three standard deviations of the reference's
    windows below the reference's accuracy: NannyML's own rule.
    """
    return [line for named in SETS for line in _of_set(folder, named)]


def _of_set(folder: Path, named: Named) -> list[Line]:
    reference, after = sides(folder, named)
    estimator = estimator_of(reference.confidences, reference.right)
    bar = estimator.accuracy - DEVIATIONS * float(np.std(_accuracies(reference.right)))
    truth = _accuracies(after.right)
    estimates = [estimator.estimate(part) for part in _windows(after.confidences)]
    told = {
        alpha: [
            harm("w", Allowance(bar=bar, fail_alpha=alpha), estimate=one).outcome is Outcome.FAIL for one in estimates
        ]
        for alpha in ALPHAS
    }
    lines = [
        {"set": named.name, "alpha": alpha, **_score(np.array(alarms), truth < bar)} for alpha, alarms in told.items()
    ]
    off = np.abs(np.array([one.accuracy for one in estimates]) - truth)
    lines.append({"set": named.name, "bar": round(bar, 4), "mean_error_of_estimate": round(float(off.mean()), 4)})
    return lines + [_of_labels(named, after.right, 1 - estimator.accuracy, share, truth < bar) for share in SHARES]


def _of_labels(named: Named, right: NDArray[np.bool_], usual: float, share: float, harmful: NDArray[np.bool_]) -> Line:
    """When the e-detector alarms, with labels of a share of the rows and one false alarm allowed in 100 windows."""
    labelled = np.random.default_rng(0).random(right.size) < share
    detector = Detector(mean=usual, run_length=RUN_WINDOWS * WINDOW * share)
    evidence, first = Evidence(), None
    for number, (losses, known) in enumerate(zip(_windows(1.0 - right), _windows(labelled), strict=True)):
        evidence = joined(evidence, evidence_of(detector, losses[known]))
        if first is None and alarmed(detector, evidence):
            first = number
    places = np.flatnonzero(harmful).tolist()
    return {"set": named.name, "labels": share, "first_alarm": first, "first_harmful": places[:3]}


def _windows(values: NDArray[Any]) -> list[NDArray[Any]]:
    return [values[start : start + WINDOW] for start in range(0, values.size - WINDOW + 1, WINDOW)]


def _accuracies(right: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.array([part.mean() for part in _windows(right)])


def _score(alarms: NDArray[np.bool_], harmful: NDArray[np.bool_]) -> Line:
    hits = int((alarms & harmful).sum())
    return {
        "windows": harmful.size,
        "harmful": int(harmful.sum()),
        "alarms": int(alarms.sum()),
        "precision": round(hits / int(alarms.sum()), 3) if alarms.any() else None,
        "recall": round(hits / int(harmful.sum()), 3) if harmful.any() else None,
    }
