"""What one deployment was asked and answered in one window, of one Event Hubs partition: counts behind a fence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from shared.monitoring.distinct import shortened
from shared.monitoring.documents import Document, profile_document, profile_from
from shared.monitoring.profiles import Profile, empty, profile_of
from shared.monitoring.references import Side, Usual
from shared.monitoring.rows import COLUMNS, Row, answer_of, batch_of, prediction_of, row_of

RAW_ROWS = 500
RAW_BYTES = 1_000_000
LABELS = 5_000
ANSWERS = 5_000
CELLS = 1_000
LONGEST_TEXT = 1_000

type Answer = tuple[str | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one record of a data collector brought: rows of inputs, outputs or labels of the request `correlation`."""

    collection: str
    correlation: str
    rows: Sequence[Any]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What was served from `start` for `seconds` (since the epoch), as one partition told it.

    `fence` is the sequence number of the last event counted. Rows are counted in the frames of the reference with the
    digest `reference`; until there is one, the first 500 rows of each side are kept as they came, by the key of their
    request. `confidences` counts probabilities of predictions in 1,000 cells. `labels` and `scores` (0–1, 1 is best)
    are by the same keys; of very many, those with the smallest hashes are kept, which are the same ones everywhere.
    """

    endpoint: str
    deployment: str
    start: float
    seconds: float
    fence: int = -1
    reference: str = ""
    inputs: Document | None = None
    outputs: Document | None = None
    confidences: list[list[int]] = []
    raw_inputs: dict[str, Any] = {}
    raw_outputs: dict[str, Any] = {}
    labels: dict[str, str] = {}
    scores: dict[str, float] = {}


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What one deployment answered on one day, as one partition told it: prediction and probability by request.

    Of more than 5,000 requests those with the smallest hashes are kept: the ones whose labels are kept, too.
    """

    endpoint: str
    deployment: str
    fence: int = -1
    answers: dict[str, Answer] = {}


@dataclass(slots=True)
class Rows:
    """The rows of some records, by side, each with the key of its request."""

    inputs: dict[str, Row] = field(default_factory=dict)
    outputs: dict[str, Row] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    odd: int = 0


def rows_of(records: Iterable[Record]) -> Rows:
    """The rows that are about inputs, outputs and labels; labels that are neither a class nor a score count as odd."""
    rows = Rows()
    for record in records:
        for place, value in enumerate(record.rows):
            key = f"{shortened(record.correlation)}#{place}"
            if record.collection == "inputs":
                rows.inputs[key] = row_of(value)
            elif record.collection == "outputs":
                rows.outputs[key] = answer_of(value)
            elif record.collection == "labels":
                _label(rows, key, value)
    return rows


def counted(window: Window, rows: Rows, fence: int, usual: Usual | None, digest: str) -> Window:
    """The window with `rows` counted, up to the event `fence`; in the frames of `usual`, known as `digest`."""
    if usual is not None and window.reference != digest:
        window = _reframed(window, usual, digest)
    confidences = _confidences(window, rows)
    raw = usual is None
    return msgspec.structs.replace(
        window,
        fence=fence,
        inputs=_added(window.inputs, usual.inputs if usual else None, rows.inputs),
        outputs=_added(window.outputs, usual.outputs if usual else None, rows.outputs),
        confidences=confidences,
        raw_inputs=_first(window.raw_inputs, rows.inputs) if raw else {},
        raw_outputs=_first(window.raw_outputs, rows.outputs) if raw else {},
        labels=smallest({**window.labels, **rows.labels}, LABELS),
        scores=smallest({**window.scores, **rows.scores}, LABELS),
    )


def answered(answers: Answers, rows: Rows, fence: int) -> Answers:
    """The answers with those of `rows`, up to the event `fence`."""
    told = {key: prediction_of(row) for key, row in rows.outputs.items()}
    kept = smallest({**answers.answers, **told}, ANSWERS)
    return msgspec.structs.replace(answers, fence=fence, answers=kept)


def profile_in(side: Side, document: Document | None) -> Profile:
    """The profile of a window's side, of no rows for None; raises ValueError when it was counted in another frame."""
    frame = side.reference.profile.frame
    return profile_from(document, frame) if document else empty(frame)


def reframed(window: Window, usual: Usual, digest: str) -> Window:
    """The window in the frames of `usual`; where it was counted in no frame yet, the rows it kept are counted now."""
    return window if window.reference == digest else _reframed(window, usual, digest)


def smallest[V](values: Mapping[str, V], most: int) -> dict[str, V]:
    """The `most` of `values` whose keys have the smallest hashes: an even sample, and of the same keys anywhere."""
    if len(values) <= most:
        return dict(values)
    return {key: values[key] for key in sorted(values, key=_rank)[:most]}


def _reframed(window: Window, usual: Usual, digest: str) -> Window:
    return msgspec.structs.replace(
        window,
        reference=digest,
        inputs=_added(None, usual.inputs, window.raw_inputs),
        outputs=_added(None, usual.outputs, window.raw_outputs),
        raw_inputs={},
        raw_outputs={},
    )


def _added(document: Document | None, side: Side | None, rows: Mapping[str, Row]) -> Document | None:
    if side is None or not rows:
        return document
    added = profile_of(side.reference.profile.frame, batch_of(side.readings, list(rows.values())))
    return profile_document(profile_in(side, document) + added if document else added)


def _confidences(window: Window, rows: Rows) -> list[list[int]]:
    chances = [chance for _, chance in map(prediction_of, rows.outputs.values()) if chance is not None]
    if not chances:
        return window.confidences
    cells = np.minimum((np.array(chances) * CELLS).astype(np.int64), CELLS - 1)
    counts = np.bincount(cells, minlength=CELLS)
    for cell, count in window.confidences:
        counts[cell] += count
    return [[cell, int(counts[cell])] for cell in np.flatnonzero(counts).tolist()]


def _first(known: Mapping[str, Any], rows: Mapping[str, Row]) -> dict[str, Any]:
    """The first 500 rows, of 64 columns and no text longer than 1,000 characters, and a megabyte of them at most."""
    kept, left = dict(known), RAW_BYTES - len(msgspec.json.encode(known))
    for key, row in rows.items():
        plain = _plain(row)
        left -= len(msgspec.json.encode(plain))
        if len(kept) >= RAW_ROWS or left < 0:
            break
        kept.setdefault(key, plain)
    return kept


def _plain(row: Row) -> dict[str, Any]:
    return {name: _bounded(value) for name, value in list(row.items())[:COLUMNS]}


def _bounded(value: object) -> object:
    """A value as it is kept: of lists and objects only how many they hold matters."""
    if isinstance(value, list | dict):
        return [0] * min(len(value), LONGEST_TEXT)
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def _label(rows: Rows, key: str, value: object) -> None:
    said = value if isinstance(value, dict) else {"label": value}
    score, truth = said.get("score"), said.get("label")
    if isinstance(score, int | float) and 0 <= score <= 1:
        rows.scores[key] = float(score)
    elif isinstance(truth, str | int) or (isinstance(truth, float) and truth.is_integer()):
        rows.labels[key] = prediction_of({"prediction": truth})[0] or ""
    else:
        rows.odd += 1


def _rank(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


_WINDOW = msgspec.json.Decoder(Window)
_ANSWERS = msgspec.json.Decoder(Answers)


def encode(document: Window | Answers) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(document)


def decode_window(body: bytes) -> Window:
    """The window in `body`; raises msgspec.ValidationError when it is none."""
    return _WINDOW.decode(body)


def decode_answers(body: bytes) -> Answers:
    """The answers in `body`; raises msgspec.ValidationError when it is none."""
    return _ANSWERS.decode(body)
