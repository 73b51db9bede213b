"""Data sets with labels in the order of time, read from the CSV and Parquet files that NannyML's wheel carries."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

type Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Named:
    """How the files of one set begin and end, and what its columns are called."""

    name: str
    start: str
    targets: str
    target: str
    probabilities: tuple[str, ...]
    prediction: str


SETS = (
    Named(
        name="employment",
        start="employment_MA",
        targets="analysis_target.pq",
        target="employed",
        probabilities=("predicted_probability",),
        prediction="prediction",
    ),
    Named(
        name="car loan",
        start="synthetic_car_loan",
        targets="analysis_target.csv",
        target="repaid",
        probabilities=("y_pred_proba",),
        prediction="y_pred",
    ),
    Named(
        name="multiclass",
        start="mc",
        targets="analysis_gt.csv",
        target="y_true",
        probabilities=tuple(f"y_pred_proba_{card}_card" for card in ("prepaid", "highstreet", "upmarket")),
        prediction="y_pred",
    ),
    Named(
        name="work from home",
        start="synthetic_sample",
        targets="analysis_gt.csv",
        target="work_home_actual",
        probabilities=("y_pred_proba",),
        prediction="y_pred",
    ),
    Named(
        name="california",
        start="california_housing",
        targets="analysis_gt.csv",
        target="clf_target",
        probabilities=("y_pred_proba",),
        prediction="y_pred",
    ),
)
NOT_FEATURES = {"id", "timestamp", "period", "year", "partition"}


@dataclass(frozen=True, kw_only=True)
class Side:
    """One part of a set: its features, how sure each prediction was (0–1), and whether it was right."""

    features: Columns
    confidences: NDArray[np.float64]
    right: NDArray[np.bool_]


def sides(folder: Path, named: Named) -> tuple[Side, Side]:
    """The reference and what came after it, whose labels lie in a file of their own in the same order."""
    ending = "pq" if named.targets.endswith("pq") else "csv"
    reference = read(folder / f"{named.start}_reference.{ending}")
    after = read(folder / f"{named.start}_analysis.{ending}")
    labels = read(folder / f"{named.start}_{named.targets}")
    if not (labels["id"] == after["id"]).all():
        raise ValueError(f"{named.name}: the labels are in another order than the rows")
    return _side(reference, reference[named.target], named), _side(after, labels[named.target], named)


def read(path: Path) -> Columns:
    """The columns of a file; a Parquet file needs pyarrow."""
    if path.suffix == ".pq":
        from pyarrow import parquet  # type: ignore[import-not-found]

        table = parquet.read_table(path)
        return {name: _column(table[name].to_pylist()) for name in table.schema.names}
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    columns = zip(header, zip(*rows, strict=True), strict=True)
    return {name: _column([value or None for value in values]) for name, values in columns}


def _column(values: list[Any]) -> NDArray[Any]:
    """Numbers when all that is not null is one, else objects."""
    try:
        return np.array([np.nan if value is None else float(value) for value in values])
    except (TypeError, ValueError):
        return np.array(values, dtype=object)


def _side(columns: Columns, target: NDArray[Any], named: Named) -> Side:
    probabilities = np.stack([columns[name] for name in named.probabilities], axis=1)
    predicted = columns[named.prediction]
    confidences = probabilities.max(axis=1)
    if len(named.probabilities) == 1:
        confidences = np.where(predicted > 0.5, probabilities[:, 0], 1 - probabilities[:, 0])
    left_out = NOT_FEATURES | {named.target, named.prediction, *named.probabilities}
    features = {name: values for name, values in columns.items() if name not in left_out}
    return Side(features=features, confidences=confidences, right=np.asarray(predicted == target))
