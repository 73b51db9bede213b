"""Rows of records as columns: plain values, and the lengths of texts and lists, which are too various to compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.distinct import shortened
from shared.monitoring.encoding import label

COLUMNS = 64
VARIOUS = 50
LENGTH = "length"
PREDICTION, PROBABILITY, PROBABILITIES = "prediction", "probability", "probabilities"

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a column comes from a row: the value of `key`, or the `length` of it in characters or items."""

    key: str
    length: bool = False

    @property
    def name(self) -> str:
        """What the column is called."""
        return f"{self.key} {LENGTH}" if self.length else self.key


def row_of(value: object) -> Row:
    """A record's row as names and values: a list has its places for names, a single value is a prediction."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(place): item for place, item in enumerate(value[:COLUMNS])}
    return {PREDICTION: value}


def answer_of(value: object) -> Row:
    """A row of outputs with `prediction` and `probability` (of the prediction, 0–1) as far as it tells them.

    `probabilities`, one for each class by name or in a list, become those two.
    """
    row = row_of(value)
    chances = row.get(PROBABILITIES)
    if isinstance(chances, list):
        chances = {str(place): chance for place, chance in enumerate(chances)}
    if not isinstance(chances, dict) or not chances:
        return row
    likely = {name: chance for name, chance in chances.items() if isinstance(chance, int | float)}
    rest = {name: item for name, item in row.items() if name != PROBABILITIES}
    if not likely:
        return rest
    best = max(likely, key=lambda name: likely[name])
    return {PREDICTION: best, PROBABILITY: likely[best], **rest}


def prediction_of(row: Row) -> tuple[str | None, float | None]:
    """The predicted class as its label, and its probability (0–1); None for what the row does not tell.

    A label of more than 80 characters, as a written answer is, is known by its start and hash.
    """
    said, chance = row.get(PREDICTION), row.get(PROBABILITY)
    sure = float(chance) if isinstance(chance, int | float) and 0 <= chance <= 1 else None
    name = label(said) if isinstance(said, str | int | float) else None
    return (None if name is None else shortened(name)), sure


def readings_of(rows: Sequence[Row]) -> tuple[Reading, ...]:
    """How to read rows like these: the first 64 keys, of texts with too many different values and lists the length."""
    keys = list(dict.fromkeys(key for row in rows for key in row))[:COLUMNS]
    return tuple(Reading(key=key, length=_various([row.get(key) for row in rows])) for key in keys)


def batch_of(readings: Sequence[Reading], rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    """The rows as columns; a key that a row lacks is a null, so that it does not matter which rows came together."""
    return {reading.name: _column([_read(reading, row) for row in rows]) for reading in readings}


def _various(values: Sequence[object]) -> bool:
    texts = [value for value in values if isinstance(value, str)]
    if any(isinstance(value, list | dict) for value in values):
        return True
    return len(set(texts)) > max(VARIOUS, len(values) // 10)


def _read(reading: Reading, row: Row) -> object:
    value = row.get(reading.key)
    if not reading.length:
        return value
    return len(value) if isinstance(value, str | list | dict) else None


def _column(values: list[object]) -> NDArray[Any]:
    """Numbers as floats where all are, so that counting them is quick; everything else as it is."""
    if all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values):
        try:
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        except OverflowError:  # an integer that no float holds
            pass
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
