"""References as plain JSON documents, which travel with a model and are kept under their digest."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.monitoring.calibration import Calibration, Reference
from shared.monitoring.contract import contract_document, contract_from
from shared.monitoring.documents import Document, frame_document, frame_from, profile_document, profile_from
from shared.monitoring.estimate import Calibrator, Estimator
from shared.monitoring.frames import Frame
from shared.monitoring.importance import Importance
from shared.monitoring.references import Side, Usual
from shared.monitoring.rows import COLUMNS, Reading
from shared.monitoring.strength import CELLS, Layout

FORMAT = "gatehouse-reference-1"
DIGITS = 7

# What reading and using a document of others may raise besides ValueError, since its parts are only looked at then.
UNFIT = (
    msgspec.MsgspecError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    UnicodeDecodeError,
)

type Floats = NDArray[np.float64]


def encode_usual(usual: Usual) -> bytes:
    """The reference as JSON, the same bytes for the same reference; `decode_usual` reads it back."""
    document = {
        "format": FORMAT,
        "source": usual.source,
        "rows": usual.rows,
        "accuracy": usual.accuracy,
        "inputs": _side_document(usual.inputs) if usual.inputs else None,
        "outputs": _side_document(usual.outputs) if usual.outputs else None,
        "estimator": _estimator_document(usual.estimator) if usual.estimator else None,
        "importance": _importance_document(usual.importance) if usual.importance else None,
    }
    return msgspec.json.encode(document)


def decode_usual(body: bytes) -> Usual:
    """The reference in `body`, which may be anybody's; raises ValueError when it is none or does not fit together."""
    try:
        return _usual(msgspec.json.decode(body, type=dict[str, Any]))
    except UNFIT as odd:
        raise ValueError(f"no reference profile: {type(odd).__name__}: {odd}") from None


def _usual(document: Mapping[str, Any]) -> Usual:
    if document["format"] != FORMAT:
        raise ValueError(f"a reference profile of the format {str(document['format'])[:40]!r} is not known")
    inputs = _side_from(document["inputs"]) if document["inputs"] else None
    estimator, importance = document["estimator"], document["importance"]
    return Usual(
        source=str(document["source"])[:200],
        rows=int(document["rows"]),
        inputs=inputs,
        outputs=_side_from(document["outputs"]) if document["outputs"] else None,
        estimator=_estimator_from(estimator) if estimator else None,
        importance=_importance_from(importance, inputs.reference.layout) if importance and inputs else None,
        accuracy=None if document["accuracy"] is None else _share(document["accuracy"]),
    )


def _side_document(side: Side) -> Document:
    profile = side.reference.profile
    return {
        "readings": [{"key": reading.key, "length": reading.length} for reading in side.readings],
        "frame": frame_document(profile.frame),
        "profile": profile_document(profile),
        "contract": contract_document(side.contract),
        "calibrations": [_calibration_document(calibration) for calibration in side.reference.calibrations],
    }


def _side_from(document: Mapping[str, Any]) -> Side:
    frame = frame_from(document["frame"])
    readings = tuple(msgspec.convert(document["readings"], list[Reading]))
    contract = contract_from(document["contract"])
    if len(frame.columns) > COLUMNS or {reading.name for reading in readings} != set(frame.columns):
        raise ValueError("the columns that are read are not those of the frame")
    if contract.frame != frame.digest or set(contract.columns) != set(frame.columns):
        raise ValueError("the contract is not one of the frame")
    calibrations = tuple(_calibration_from(each, _strengths(frame)) for each in document["calibrations"])
    if not calibrations or [each.size for each in calibrations] != sorted({each.size for each in calibrations}):
        raise ValueError("calibrations must be there, for sizes that rise")
    profile = profile_from(document["profile"], frame)
    return Side(readings=readings, reference=Reference(profile=profile, calibrations=calibrations), contract=contract)


def _strengths(frame: Frame) -> int:
    return Layout(frame).aspects.size


def _calibration_document(calibration: Calibration) -> Document:
    return {
        "size": calibration.size,
        "typical": _short(calibration.typical),
        "scale": _short(calibration.scale),
        "highest": _short(calibration.highest),
    }


def _calibration_from(document: Mapping[str, Any], strengths: int) -> Calibration:
    typical, scale, highest = (_floats(document[name]) for name in ("typical", "scale", "highest"))
    if not (typical.size == scale.size == strengths and (scale > 0).all() and (np.diff(highest) >= 0).all()):
        raise ValueError("a calibration does not fit its frame")
    return Calibration(size=int(document["size"]), typical=typical, scale=scale, highest=highest)


def _estimator_document(estimator: Estimator) -> Document:
    calibrator = estimator.calibrator
    steps = {"starts": calibrator.starts.tolist(), "shares": calibrator.shares.tolist()}
    return {**steps, "accuracy": estimator.accuracy, "error": estimator.error}


def _estimator_from(document: Mapping[str, Any]) -> Estimator:
    starts, shares = _floats(document["starts"]), _floats(document["shares"])
    if not (starts.size == shares.size > 0 and (np.diff(starts) > 0).all()):
        raise ValueError("the estimator's steps do not rise")
    error = float(document["error"])
    if not error >= 0:
        raise ValueError("the estimator's error is no number of 0 or more")
    calibrator = Calibrator(starts=starts, shares=np.clip(shares, 0, 1))
    return Estimator(calibrator=calibrator, accuracy=_share(document["accuracy"]), error=error)


def _importance_document(importance: Importance) -> Document:
    return {
        "accuracies": {name: _short(cells) for name, cells in importance.accuracies.items()},
        "weights": dict(importance.weights),
    }


def _importance_from(document: Mapping[str, Any], layout: Layout) -> Importance:
    accuracies = {name: _floats(document["accuracies"][name]) for name in layout.frame.columns}
    if any(cells.size != CELLS for cells in accuracies.values()):
        raise ValueError("the importance of a column has another number of cells")
    weights = {name: float(document["weights"][name]) for name in layout.frame.columns}
    return Importance(layout=layout, accuracies=accuracies, weights=weights)


def _share(value: object) -> float:
    share = float(value)  # type: ignore[arg-type]
    if not 0 <= share <= 1:
        raise ValueError(f"an accuracy of {share} is no share of 0 to 1")
    return share


def _short(values: Floats) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]


def _floats(values: Any) -> Floats:
    found = np.array(values, dtype=np.float64)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise ValueError("a list of numbers holds something else")
    return found
