"""What a model's windows are compared with: how inputs and outputs were, how right the model was, and what is usual."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.calibration import SIZES, SPLITS, Reference, calibrated
from shared.monitoring.contract import Contract, learned
from shared.monitoring.estimate import Estimator, estimator_of
from shared.monitoring.frames import frame_of
from shared.monitoring.importance import Importance, importance_of
from shared.monitoring.rows import Reading, Row, batch_of, prediction_of, readings_of

LEAST_ROWS = 500
MOST_ROWS = 20_000
LEAST_LABELS = 100
SIDES = 2
CONTRACT_ALPHA = 0.01
SEED = 7


@dataclass(frozen=True, eq=False, kw_only=True)
class Side:
    """Inputs or outputs: how to read a row of them, what was usual, and what is tolerated."""

    readings: tuple[Reading, ...]
    reference: Reference
    contract: Contract


@dataclass(frozen=True, eq=False, kw_only=True)
class Usual:
    """The reference of one version, made from `rows` rows; None for what they did not tell.

    `source` says where they are from. `estimator` needs labels and probabilities, `accuracy` (0–1) labels.
    """

    source: str
    rows: int
    inputs: Side | None = None
    outputs: Side | None = None
    estimator: Estimator | None = None
    importance: Importance | None = None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One request of a reference: a row of inputs, one of outputs, whether it was right (None: unknown)."""

    inputs: Row | None = None
    outputs: Row | None = None
    right: bool | None = None


def usual_of(examples: Sequence[Example], source: str, splits: int = SPLITS) -> Usual:
    """Learn a reference from examples in the order of time, of which the first 20,000 count.

    More `splits` are needed for a rarer false alarm. Raises ValueError for fewer than 500 rows on either side.
    """
    used = examples[:MOST_ROWS]
    inputs = _side([example.inputs for example in used if example.inputs is not None], splits)
    outputs = _side([example.outputs for example in used if example.outputs is not None], splits)
    if inputs is None and outputs is None:
        raise ValueError(f"{len(used)} rows are too few for a reference: {LEAST_ROWS} are needed")
    labelled = [example for example in used if example.right is not None]
    right = np.array([example.right for example in labelled], dtype=np.bool_)
    enough = right.size >= LEAST_LABELS
    return Usual(
        source=source,
        rows=len(used),
        inputs=inputs,
        outputs=outputs,
        estimator=_estimator(labelled) if enough else None,
        importance=_importance(inputs, labelled, right) if enough else None,
        accuracy=float(right.mean()) if enough else None,
    )


def splits_for(alpha: float) -> int:
    """How many splits a calibration needs so that `alpha` (0–1) lies well within what they show, 1,000 to 10,000."""
    return min(10_000, max(SPLITS, math.ceil(5 * SIDES / alpha)))


def _side(rows: Sequence[Row], splits: int) -> Side | None:
    if len(rows) < LEAST_ROWS:
        return None
    readings = readings_of(rows)
    if not readings:
        return None
    batch = batch_of(readings, rows)
    reference = calibrated(frame_of(batch), batch, seed=SEED, sizes=SIZES, splits=splits)
    return Side(
        readings=readings, reference=reference, contract=learned(reference.profile, alpha=CONTRACT_ALPHA / SIDES)
    )


def _estimator(labelled: Sequence[Example]) -> Estimator | None:
    """The estimator of the labelled examples that tell a probability, where enough do."""
    chances = [(prediction_of(example.outputs or {})[1], example.right) for example in labelled]
    told = [(chance, bool(right)) for chance, right in chances if chance is not None]
    if len(told) < LEAST_LABELS:
        return None
    return estimator_of(np.array([chance for chance, _ in told]), np.array([right for _, right in told]))


def _importance(side: Side | None, labelled: Sequence[Example], right: NDArray[np.bool_]) -> Importance | None:
    if side is None or any(example.inputs is None for example in labelled):
        return None
    batch = batch_of(side.readings, [example.inputs or {} for example in labelled])
    return importance_of(side.reference.profile.frame, batch, right)
