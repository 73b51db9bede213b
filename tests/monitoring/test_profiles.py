"""Profiles add up in any order, cost the same for any number of rows, and survive being written down."""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.monitoring.dependence import products_of
from shared.monitoring.distinct import LIMIT, distinct
from shared.monitoring.documents import frame_document, frame_from, profile_document, profile_from
from shared.monitoring.encoding import Batch
from shared.monitoring.frames import Frame, frame_of
from shared.monitoring.grids import quantile_grid
from shared.monitoring.profiles import Profile, empty, merged, profile_of
from tests.monitoring.samples import usual

ROWS = usual(900, seed=4)


def part(start: int, stop: int) -> dict[str, NDArray[Any]]:
    return {name: values[start:stop] for name, values in ROWS.items()}


def written(profile: Profile) -> str:
    return json.dumps(profile_document(profile), allow_nan=False)


@given(cuts=st.lists(st.integers(0, 900), max_size=6), chance=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_parts_add_up_to_the_whole_in_any_order(frame: Frame, cuts: list[int], chance: Any) -> None:
    ends = [0, *sorted(cuts), 900]
    parts = [profile_of(frame, part(start, stop)) for start, stop in pairwise(ends)]
    chance.shuffle(parts)
    assert written(merged(frame, parts)) == written(profile_of(frame, ROWS))


@given(
    values=st.lists(st.tuples(st.integers(0, 3000).map(str), st.integers(1, 5)), max_size=900), cut=st.integers(0, 900)
)
@settings(max_examples=25)
def test_distinct_values_add_up_to_the_whole(values: list[tuple[str, int]], cut: int) -> None:
    def one_by_one(some: Iterable[tuple[str, int]]) -> Any:
        return distinct(some)

    assert one_by_one(values[:cut]) + one_by_one(values[cut:]) == one_by_one(values)


def test_the_number_of_distinct_values_is_estimated_when_there_are_too_many_to_keep() -> None:
    summary = distinct((f"user-{number}", 1) for number in range(20_000))
    assert len(summary.counts) == LIMIT
    assert summary.estimate == pytest.approx(20_000, rel=0.2)
    assert distinct([("a", 3), ("b", 1)]).estimate == 2


def test_a_profile_costs_the_same_for_any_number_of_rows(frame: Frame) -> None:
    small = profile_of(frame, usual(1000, seed=1))
    many = merged(frame, [small] * 2000)
    assert many.rows == 2_000_000
    assert len(written(many)) < 2 * len(written(small))


def test_the_document_of_twenty_columns_stays_near_a_hundred_kilobytes() -> None:
    chance = np.random.default_rng(0)
    rows = {f"c{number}": chance.normal(size=50_000) for number in range(20)}
    frame = frame_of(rows)
    assert len(json.dumps(profile_document(profile_of(frame, rows)), separators=(",", ":"))) < 120_000


def test_documents_are_read_back_as_they_were(frame: Frame) -> None:
    profile = profile_of(frame, part(0, 300))
    again = frame_from(json.loads(json.dumps(frame_document(frame))))
    assert written(profile_from(json.loads(written(profile)), again)) == written(profile)


def test_a_document_of_another_frame_is_refused(frame: Frame) -> None:
    other = frame_of(part(0, 100))
    document = profile_document(profile_of(frame, ROWS))
    with pytest.raises(ValueError, match=f"not in {other.digest}"):
        profile_from(document, other)
    with pytest.raises(ValueError, match="cannot be merged"):
        _ = profile_of(frame, ROWS) + profile_of(other, ROWS)
    with pytest.raises(ValueError, match="take it from its source again"):
        frame_from(frame_document(frame) | {"digest": other.digest})


def test_a_document_tells_people_what_the_column_holds(frame: Frame, rows: Batch) -> None:
    columns = profile_document(profile_of(frame, rows))["columns"]
    ages = rows["age"]
    assert columns["age"]["low"] == ages.min()
    assert columns["age"]["quantiles"]["p95"] == pytest.approx(np.quantile(ages, 0.95), rel=0.01)
    assert columns["debt"]["nulls"] == int(np.isnan(rows["debt"]).sum())
    assert columns["job"]["categories"]["nurse"] == int((rows["job"] == "nurse").sum())


def test_odd_values_are_counted_where_they_belong(frame: Frame) -> None:
    batch = {
        "age": np.array(["41", "old", None, "-3", "inf"], dtype=object),
        "income": np.array([np.nan, np.inf, -np.inf, 1.0, 1e300]),
        "debt": np.array([1, 2, 3, 4, 5]),
        "job": np.array(["pilot", None, "pilot", "clerk", float("nan")], dtype=object),
    }
    columns = profile_of(frame, batch).columns
    assert (columns["age"].values, columns["age"].wrong, columns["age"].nulls) == (3, 1, 1)
    assert (columns["age"].low, columns["age"].high) == (-3, 41)
    assert (columns["income"].values, columns["income"].nulls, columns["income"].high) == (4, 1, 1e300)
    assert (columns["job"].nulls, dict(columns["job"].others.counts)) == (2, {"pilot": 2})
    assert columns["children"].absent == 5


def test_whole_numbers_keep_their_labels_when_a_null_makes_them_float() -> None:
    frame = frame_of({"code": np.array([1, 1, 2])}, categories=["code"])
    column = profile_of(frame, {"code": np.array([1.0, np.nan, 2.0, 3.0])}).columns["code"]
    assert column.counts.tolist() == [1, 1, 1]
    assert (column.nulls, dict(column.others.counts)) == (1, {"3": 1})


@given(values=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60))
@settings(max_examples=60)
def test_a_grid_counts_exactly_for_its_own_edges(values: list[float]) -> None:
    numbers = np.array(values)
    grid = quantile_grid(numbers)
    order = np.argsort(numbers)
    assert (np.diff(grid.codes(numbers)[order].astype(int)) >= 0).all()
    assert grid.codes(np.array([np.nan, -np.inf, np.inf])).tolist() == [grid.size, 0, grid.size - 1]
    assert 0 not in grid.codes(numbers)


def test_sums_of_products_are_exact() -> None:
    scores = np.random.default_rng(0).integers(-31, 32, (24, 16_384)).astype(np.float32)
    whole = scores.astype(np.int64)
    assert (products_of(scores) == whole @ whole.T).all()


def test_columns_of_unequal_length_are_refused(frame: Frame) -> None:
    with pytest.raises(ValueError, match="2 to 3 rows"):
        profile_of(frame, {"age": np.ones(2), "debt": np.ones(3)})
    with pytest.raises(ValueError, match="at least one row"):
        frame_of({"age": np.array([])})
    assert empty(frame).rows == 0
