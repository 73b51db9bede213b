"""How often the change test alarms when nothing changed, over many references and windows drawn from the same rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from bench.drift.sets import SETS, Columns, read, sides
from shared.monitoring.calibration import calibrated
from shared.monitoring.change import Sensitivity, change_of
from shared.monitoring.frames import frame_of
from shared.monitoring.profiles import profile_of
from shared.monitoring.rates import upper_bound

ALPHA = 0.01
SIZES = (100, 300, 1000, 3000)
MOST_ROWS = 10_000
WINDOWS = 10
SPLITS = 300

type Line = dict[str, Any]


def measure(folder: Path | None, splits: int) -> Iterator[Line]:
    """One line for every set and window size: the share of windows that alarm, without a minimum effect.

    Each of `splits` times the rows are drawn into a reference of at most 10,000 and a pool of at least as many as a
    window needs. `passed` when the share is at most α, or above it by no more than chance: what came lies within the
    upper 95 % bound of α.
    """
    return (line for name, rows in _sets(folder) for line in _of_set(name, rows, splits))


def _sets(folder: Path | None) -> Iterator[tuple[str, Columns]]:
    chance = np.random.default_rng(0)
    digits = load_digits().data
    yield "digits, 20 pixels", {f"p{column}": digits[:, column] for column in range(18, 38)}
    yield "normal, 20 columns", {f"c{column}": chance.normal(size=40_000) for column in range(20)}
    if folder is not None:
        yield from ((named.name, sides(folder, named)[0].features) for named in SETS if _readable(folder, named.start))


def _readable(folder: Path, start: str) -> bool:
    try:
        return bool(read(next(folder.glob(f"{start}_reference.*"))))
    except (StopIteration, ImportError):
        return False


def _of_set(name: str, rows: Columns, splits: int) -> list[Line]:
    count = len(next(iter(rows.values())))
    reference_rows = min(MOST_ROWS, count * 2 // 3)
    sizes = [size for size in SIZES if size <= (count - reference_rows) // 2 or size == SIZES[0]]
    found = {size: [0, 0] for size in sizes}
    for split in range(splits):
        for size, alarm in _alarms(rows, count, reference_rows, sizes, split):
            found[size][0] += alarm
            found[size][1] += 1
    return [_line(name, size, splits, *counts) for size, counts in found.items()]


def _alarms(rows: Columns, count: int, reference_rows: int, sizes: list[int], seed: int) -> Iterator[tuple[int, bool]]:
    chance = np.random.default_rng(seed)
    order = chance.permutation(count)
    known = {name: values[order[:reference_rows]] for name, values in rows.items()}
    pool = order[reference_rows:]
    frame = frame_of(known)
    reference = calibrated(frame, known, seed=seed, splits=SPLITS, sizes=SIZES[:3])
    asked = Sensitivity(alpha=ALPHA, minimum_effect=0, minimum_correlation=0)
    for size in sizes:
        for _ in range(min(WINDOWS, pool.size // size)):
            window = chance.choice(pool, size, replace=False)
            batch = {name: values[window] for name, values in rows.items()}
            yield size, change_of(reference, profile_of(frame, batch), asked).changed


def _line(name: str, size: int, splits: int, alarms: int, windows: int) -> Line:
    expected = upper_bound(round(ALPHA * windows), windows, 0.05)
    share = alarms / max(1, windows)
    return {
        "set": name,
        "rows": size,
        "splits": splits,
        "windows": windows,
        "alarms": alarms,
        "share": round(share, 4),
        "passed": share <= expected,
    }
