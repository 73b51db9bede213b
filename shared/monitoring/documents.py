"""Frames and profiles as plain JSON documents that people can read: names, counts, ranges and quantiles."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.monitoring.distinct import Distinct
from shared.monitoring.frames import ColumnFrame, Frame, Kind
from shared.monitoring.grids import Grid
from shared.monitoring.profiles import Column, Profile

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
SHOWN = 4

type Document = dict[str, Any]
type Ints = NDArray[np.int64]


type Count = Annotated[int, msgspec.Meta(ge=0)]


class _Others(msgspec.Struct):
    counts: dict[str, Count] = {}
    total: Count = 0
    full: bool = False


class _Counted(msgspec.Struct):
    """A column of a profile, as it is read back; what a person reads in the document beside it is left out."""

    nulls: Count
    wrong: Count
    absent: Count
    low: float = math.inf
    high: float = -math.inf
    bins: list[list[Count]] = []
    categories: dict[str, Count] = {}
    others: _Others = msgspec.field(default_factory=_Others)


def frame_document(frame: Frame) -> Document:
    """The frame as a document; `frame_from` reads it back."""
    return {"digest": frame.digest, "columns": {name: _frame_column(column) for name, column in frame.columns.items()}}


def frame_from(document: Mapping[str, Any]) -> Frame:
    """The frame of a document; raises ValueError when its content does not have the digest it names."""
    frame = Frame({name: _column_frame(column) for name, column in document["columns"].items()})
    if frame.digest != document["digest"]:
        raise ValueError(
            f"the frame says it is {document['digest']} but is {frame.digest}: take it from its source again"
        )
    return frame


def profile_document(profile: Profile) -> Document:
    """The profile as a document, without its frame, which it names; `profile_from` reads it back."""
    columns = {
        name: _column(profile.frame.columns[name], column, profile.rows) for name, column in profile.columns.items()
    }
    lower = [profile.products[row, : row + 1].tolist() for row in range(len(profile.products))]
    return {"frame": profile.frame.digest, "rows": profile.rows, "columns": columns, "products": lower}


def profile_from(document: Mapping[str, Any], frame: Frame) -> Profile:
    """The profile of a document; raises ValueError when it was counted in another frame.

    And msgspec.ValidationError where the document has other values than counts.
    """
    if document["frame"] != frame.digest:
        raise ValueError(f"the profile was counted in the frame {document['frame']}, not in {frame.digest}")
    columns = {name: _column_from(document["columns"][name], column) for name, column in frame.columns.items()}
    return Profile(
        frame=frame,
        rows=msgspec.convert(document["rows"], Count),
        columns=columns,
        products=_symmetric(document["products"]),
    )


def quantiles_of(frame: ColumnFrame, column: Column) -> dict[str, float]:
    """Some quantiles of a column of numbers by name (p1 to p99), each as near as its bin is narrow."""
    if frame.grid is None or not column.values:
        return {}
    shares = np.cumsum(column.counts) / column.values
    places = np.searchsorted(shares, QUANTILES)
    values = np.clip(frame.grid.middles[places], column.low, column.high).tolist()
    return {f"p{share * 100:g}": float(f"{value:.{SHOWN}g}") for share, value in zip(QUANTILES, values, strict=True)}


def _column(frame: ColumnFrame, column: Column, rows: int) -> Document:
    told = {"values": column.values, "nulls": column.nulls, "wrong": column.wrong, "absent": column.absent}
    shares = {"null_rate": round(column.nulls / rows, 6) if rows else 0.0}
    if frame.kind is Kind.NUMBER:
        bounds = {"low": column.low, "high": column.high} if column.low <= column.high else {}
        return {**told, **shares, **bounds, "quantiles": quantiles_of(frame, column), "bins": _sparse(column.counts)}
    known = {name: count for name, count in zip(frame.known, column.counts.tolist(), strict=False) if count}
    others = column.others
    unknown = {"total": others.total, "distinct": round(others.estimate), "counts": dict(others.counts)}
    return {**told, **shares, "categories": known, "others": {**unknown, "full": others.full}}


def _column_from(document: Mapping[str, Any], frame: ColumnFrame) -> Column:
    told = msgspec.convert(document, _Counted)
    others = told.others
    if frame.kind is Kind.NUMBER:
        counts = _dense(told.bins, frame.size)
    else:
        known = [told.categories.get(name, 0) for name in frame.known]
        counts = np.array([*known, others.total], dtype=np.int64)
    return Column(
        counts=counts,
        nulls=told.nulls,
        wrong=told.wrong,
        absent=told.absent,
        low=told.low,
        high=told.high,
        others=Distinct(counts=others.counts, total=others.total, full=others.full),
    )


def _sparse(counts: Ints) -> list[list[int]]:
    """Runs of filled bins: each the number of its first bin and then the counts."""
    runs: list[list[int]] = []
    last = -2
    for place in np.flatnonzero(counts).tolist():
        if place != last + 1:
            runs.append([place])
        runs[-1].append(int(counts[place]))
        last = place
    return runs


def _dense(runs: Sequence[Sequence[int]], size: int) -> Ints:
    counts = np.zeros(size, dtype=np.int64)
    for first, *run in runs:
        counts[first : first + len(run)] = run
    return counts


def _symmetric(lower: Sequence[Sequence[int]]) -> Ints:
    half = np.zeros((len(lower), len(lower)), dtype=np.int64)
    for row, values in enumerate(lower):
        half[row, : row + 1] = values
    return half + np.tril(half, -1).T


def _frame_column(column: ColumnFrame) -> Document:
    if column.grid is None:
        return {"kind": str(column.kind), "known": list(column.known), "weights": column.weights.tolist()}
    cuts = column.grid.cuts
    steps = [int(cuts[0]), *np.diff(cuts).tolist()]
    return {
        "kind": str(column.kind),
        "centre": column.grid.centre,
        "steps": steps,
        "weights": _sparse(column.weights),
    }


def _column_frame(document: Mapping[str, Any]) -> ColumnFrame:
    kind = Kind(document["kind"])
    if kind is Kind.CATEGORY:
        weights = np.array(document["weights"], dtype=np.int64)
        return ColumnFrame(kind=kind, weights=weights, known=tuple(document["known"]))
    grid = Grid(document["centre"], np.array(list(accumulate(document["steps"])), dtype=np.int64))
    return ColumnFrame(kind=kind, weights=_dense(document["weights"], grid.size), grid=grid)
