"""The change test raises false alarms no more often than asked, and sees each kind of change."""

from collections.abc import Callable

import numpy as np
import pytest

from shared.monitoring.calibration import Reference, calibrated
from shared.monitoring.change import Change, Sensitivity, change_of
from shared.monitoring.encoding import Batch
from shared.monitoring.frames import Frame, frame_of
from shared.monitoring.profiles import empty, profile_of
from shared.monitoring.strength import deviance
from tests.monitoring.samples import usual

type Rows = dict[str, np.ndarray]


def compared(reference: Reference, batch: Batch, sensitivity: Sensitivity | None = None) -> Change:
    return change_of(reference, profile_of(reference.profile.frame, batch), sensitivity)


@pytest.mark.parametrize("size", [100, 500, 2000])
def test_false_alarms_are_as_rare_as_asked(reference: Reference, size: int) -> None:
    asked = Sensitivity(alpha=0.05, minimum_effect=0, minimum_correlation=0)
    alarms = sum(compared(reference, usual(size, seed=1000 + seed), asked).changed for seed in range(60))
    assert alarms <= 8  # more has a chance below 1 in 400 at 5 %


def shifted(rows: Rows) -> None:
    rows["debt"] += 150


def scaled(rows: Rows) -> None:
    rows["age"] = 40 + (rows["age"] - 40) * 1.4


def stuck(rows: Rows) -> None:
    rows["income"][::8] = 4321.0


def emptied(rows: Rows) -> None:
    rows["age"][::16] = np.nan


def renamed(rows: Rows) -> None:
    rows["job"][rows["job"] == "smith"] = "blacksmith"


def reweighted(rows: Rows) -> None:
    rows["job"][::5] = "nurse"


def unpaired(rows: Rows) -> None:
    rows["income"] = np.random.default_rng(0).permutation(rows["income"])


@pytest.mark.parametrize(
    ("spoil", "columns"),
    [
        (shifted, ("debt",)),
        (scaled, ("age",)),
        (stuck, ("income",)),
        (emptied, ("age",)),
        (renamed, ("job",)),
        (reweighted, ("job",)),
        (unpaired, ("age", "income")),
    ],
)
def test_each_kind_of_change_is_seen_where_it_is(
    reference: Reference, spoil: Callable[[Rows], None], columns: tuple[str, ...]
) -> None:
    rows = usual(500, seed=77)
    assert not compared(reference, rows).changed
    spoil(rows)
    change = compared(reference, rows)
    assert change.changed
    assert change.p_value <= 0.01
    assert change.findings[0].columns == columns


def test_a_change_too_small_to_matter_is_not_told(reference: Reference) -> None:
    rows = usual(500, seed=77)
    shifted(rows)
    assert compared(reference, rows, Sensitivity(minimum_effect=0.9, minimum_correlation=0.9)).findings == ()


def test_a_window_below_the_smallest_calibrated_says_so(reference: Reference) -> None:
    change = compared(reference, usual(50, seed=3))
    assert (change.sufficient, change.changed) == (False, False)


def test_blocks_forgive_what_autocorrelation_does() -> None:
    def walk(rows: int, seed: int) -> Rows:
        noise = np.random.default_rng(seed).normal(size=rows)
        level = np.zeros(rows)
        for place in range(1, rows):
            level[place] = 0.95 * level[place - 1] + noise[place]
        return {"level": level}

    rows = walk(12_000, seed=1)
    frame = frame_of(rows)
    alarms = []
    for block in (1, 300):
        reference = calibrated(frame, rows, seed=1, sizes=(300,), splits=200, block=block)
        alarms.append(sum(compared(reference, walk(300, seed=50 + seed)).changed for seed in range(15)))
    assert alarms[0] > 8
    assert alarms[1] <= 2


def test_the_deviance_of_small_counts_is_near_the_exact_chance() -> None:
    found = deviance(np.array([3.0, 0.0, 50.0]), np.array([3.0, 5.0, 550.0]), 1 / 11)
    assert found[0] == pytest.approx(3.1, abs=0.2)  # 3 of 3 have a chance of 1 / 1331, or 3.2 deviations
    assert -0.5 < found[1] <= 0
    assert found[2] == 0


def test_what_cannot_be_compared_is_refused(reference: Reference, frame: Frame, rows: Batch) -> None:
    with pytest.raises(ValueError, match="count the window in the reference's frame"):
        change_of(reference, empty(frame_of(usual(50, seed=1))))
    with pytest.raises(ValueError, match="empty window"):
        change_of(reference, empty(frame))
    with pytest.raises(ValueError, match="400 splits cannot show"):
        compared(reference, usual(500, seed=1), Sensitivity(alpha=0.001))
    with pytest.raises(ValueError, match="4000 rows cannot calibrate windows of 3000"):
        calibrated(frame, rows, seed=1, sizes=(3000,))
