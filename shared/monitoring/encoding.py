"""Columns of a batch as arrays of numbers or as labels with codes, whatever numpy type they arrived in."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

type Batch = Mapping[str, NDArray[Any]]
type Label = str | None


def numbers(values: NDArray[Any]) -> tuple[NDArray[np.float64], int]:
    """The values as floats, NaN for null, and how many were neither null nor a number (they become NaN too).

    Dates become seconds since the epoch. Text is read as a number when it is one.
    """
    if values.dtype.kind in "fiub":
        return values.astype(np.float64, copy=False), 0
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[us]").astype(np.float64) / 1e6
        return np.where(np.isnat(values), np.nan, seconds), 0
    read = [_number(value) for value in values.tolist()]
    return np.array([np.nan if value is None else value for value in read], dtype=np.float64), read.count(None)


def labels(values: NDArray[Any]) -> tuple[list[Label], NDArray[np.intp]]:
    """The labels that occur, None for null, and for each value the index of its label.

    Whole floats are written like integers, so a column of integers keeps its labels when a null makes it float.
    """
    if values.dtype.kind not in "OUS":
        unique, codes = np.unique(values, return_inverse=True)
        return [label(value) for value in unique.tolist()], codes
    seen: dict[object, int] = {}
    try:
        codes = np.array([seen.setdefault(value, len(seen)) for value in values.tolist()], dtype=np.intp)
    except TypeError:  # something unhashable among them
        seen.clear()
        codes = np.array([seen.setdefault(repr(value), len(seen)) for value in values.tolist()], dtype=np.intp)
    return [label(value) for value in seen], codes


def label(value: object) -> Label:
    """How one value of a category is written; None for a null."""
    if value is None or value != value:  # noqa: PLR0124 - only NaN and NaT differ from themselves
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _number(value: object) -> float | None:
    """The number that `value` is, NaN for a null; None for what is neither."""
    if value is None:
        return float("nan")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
