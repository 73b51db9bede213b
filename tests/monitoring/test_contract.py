"""A learned contract forgives what is usual, tells what is not, and says it row by row."""

import json

import numpy as np
import pytest

from shared.monitoring.bad_rows import bad_rows
from shared.monitoring.contract import (
    Contract,
    breaches,
    checks,
    contract_document,
    contract_from,
    distance_to_bar,
    learned,
)
from shared.monitoring.encoding import Batch
from shared.monitoring.frames import Frame, frame_of
from shared.monitoring.profiles import empty, profile_of
from tests.monitoring.samples import usual


@pytest.fixture(scope="module")
def contract(frame: Frame, rows: Batch) -> Contract:
    return learned(profile_of(frame, rows))


def broken(contract: Contract, frame: Frame, batch: Batch) -> set[tuple[str, str]]:
    return {(check.column, check.aspect) for check in breaches(contract, profile_of(frame, batch))}


def test_no_tolerance_is_zero(contract: Contract) -> None:
    for column in contract.columns.values():
        assert min(column.null, column.wrong, column.outside) > 0


@pytest.mark.parametrize("size", [100, 1000, 4000])
def test_sound_batches_of_any_size_keep_the_contract(contract: Contract, frame: Frame, size: int) -> None:
    false_alarms = sum(bool(broken(contract, frame, usual(size, seed=100 + seed))) for seed in range(20))
    assert false_alarms <= 1


def test_one_number_just_outside_the_reference_is_forgiven(contract: Contract, frame: Frame, rows: Batch) -> None:
    batch = usual(1000, seed=7)
    batch["age"][0] = rows["age"].max() + 1
    assert not broken(contract, frame, batch)


def test_each_kind_of_breach_is_told(contract: Contract, frame: Frame) -> None:
    batch = usual(1000, seed=8)
    batch["age"] = batch["age"] * 1000
    batch["debt"][:100] = np.nan
    batch["children"] = np.array(["many"] * 50 + [1] * 950, dtype=object)
    batch["job"][:30] = "pilot"
    del batch["income"]
    expected = {("age", "outside"), ("debt", "null"), ("children", "wrong"), ("job", "outside"), ("income", "absent")}
    assert broken(contract, frame, batch) == expected


def test_a_breach_says_the_rate_and_the_tolerance(contract: Contract, frame: Frame) -> None:
    batch = usual(1000, seed=8)
    batch["job"][:30] = "pilot"
    (breach,) = breaches(contract, profile_of(frame, batch))
    assert breach.reason.startswith("job: 3.00% outside against 0.")
    assert (breach.count, breach.rows) == (30, 1000)


def test_the_distance_to_the_bar_falls_as_data_gets_worse(contract: Contract, frame: Frame) -> None:
    distances = []
    for nulls in (0, 5, 400):
        batch = usual(1000, seed=9)
        batch["age"][:nulls] = np.nan
        distances.append(distance_to_bar(checks(contract, profile_of(frame, batch))))
    assert 1 > distances[0] >= distances[1] > 0 > distances[2]
    assert distance_to_bar(()) == 1


def test_rare_categories_make_new_ones_more_tolerable() -> None:
    chance = np.random.default_rng(0)
    tolerances = []
    for rare in (0, 60):
        jobs = np.array(["clerk"] * (1000 - rare) + [f"job {number}" for number in range(rare)], dtype=object)
        frame = frame_of({"job": chance.permutation(jobs)})
        tolerances.append(learned(profile_of(frame, {"job": jobs})).columns["job"].outside)
    assert tolerances[0] < 0.01
    assert tolerances[1] > 0.06


def test_bad_rows_have_reasons(contract: Contract) -> None:
    batch = usual(6, seed=8)
    batch["age"] = np.array([1e6, np.nan, 40, 40, 40, 40])
    batch["debt"][:] = np.nan
    batch["children"] = np.array([1, 2, "many", 1, 1, 1], dtype=object)
    batch["job"] = np.array(["clerk", None, "nurse", "p" * 100, "nurse", "nurse"], dtype=object)
    found = [(bad.row, bad.column, bad.reason) for bad in bad_rows(contract, batch)]
    (first, *rest) = found
    assert first[:2] == (0, "age")
    assert first[2].startswith("1e+06 lies outside ")
    assert rest == [
        (1, "age", "no value, where the reference always had one"),
        (2, "children", "'many' is no number"),
        (3, "job", f"'{'p' * 39}… is a new category"),
    ]
    assert len(bad_rows(contract, batch, most=2)) == 2


def test_contracts_are_read_back_as_they_were(contract: Contract) -> None:
    assert contract_from(json.loads(json.dumps(contract_document(contract), allow_nan=False))) == contract


def test_a_contract_needs_a_reference_and_its_frame(contract: Contract, frame: Frame) -> None:
    with pytest.raises(ValueError, match="without rows"):
        learned(empty(frame))
    other = frame_of(usual(50, seed=1))
    with pytest.raises(ValueError, match=f"in the frame {other.digest}"):
        checks(contract, empty(other))
