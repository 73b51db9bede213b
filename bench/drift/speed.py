"""What profiling and the change test cost, against exact statistics by numpy and scipy on the same rows in one run."""

import subprocess
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]

from shared.monitoring.binned import distances_of
from shared.monitoring.calibration import calibrated
from shared.monitoring.change import change_of
from shared.monitoring.frames import frame_of
from shared.monitoring.metrics import decile_counts, jensen_shannon, kolmogorov_smirnov, normalised_wasserstein, psi
from shared.monitoring.profiles import profile_of

COLUMNS = 20
REFERENCE = 50_000
ROWS = 1_000_000
WINDOW = 1000
LIMIT_MS = 50.0
LIMIT_MB = 100.0
ROUNDS = 3
LEAST_RATIO = 10.0
PEERS = Path(__file__).with_name("peers.py")

type Columns = dict[str, NDArray[np.float64]]


def measure(python: Path | None) -> list[dict[str, Any]]:
    """CPU seconds of a million rows of 20 columns by each way, ratios to ours, and what a window of 1,000 costs.

    `python` is an interpreter that has alibi-detect, the fastest of the packages that watch for drift.
    """
    chance = np.random.default_rng(0)
    rows = {f"c{number}": chance.normal(10, 3, ROWS) for number in range(COLUMNS)}
    known = {name: values[:REFERENCE] for name, values in rows.items()}
    frame = frame_of(known)
    reference = calibrated(frame, known, seed=0, splits=200)

    def ours(batch: Columns) -> None:
        profile = profile_of(frame, batch)
        change_of(reference, profile)
        distances_of(reference.profile, profile)

    small = {name: values[:WINDOW] for name, values in rows.items()}
    seconds = _cpu(lambda: ours(rows), ROUNDS)
    exact = _cpu(lambda: _numpy(known, rows), 1)
    oracle = _cpu(lambda: _scipy(known, rows), 1)
    window_ms, megabytes = _cpu(lambda: ours(small), 20) * 1000, _peak(lambda: ours(rows))
    lines = [
        {"rows": ROWS, "columns": COLUMNS, "ours_s": round(seconds, 3), "peak_mb": round(megabytes, 1)},
        {"numpy_exact_s": round(exact, 2), "ratio": round(exact / seconds, 1)},
        {"scipy_s": round(oracle, 2), "ratio": round(oracle / seconds, 1)},
        {"window": WINDOW, "ms": round(window_ms, 2), "limit_ms": LIMIT_MS, "passed": window_ms <= LIMIT_MS},
        {"extra_mb": round(megabytes, 1), "limit_mb": LIMIT_MB, "passed": megabytes <= LIMIT_MB},
    ]
    return [*lines, *(_peer(python, seconds, known) for known in (ROWS, REFERENCE))] if python else lines


def _peer(python: Path, seconds: float, known: int) -> dict[str, Any]:
    """Their change test alone, without a profile, against a reference of `known` rows."""
    sizes = map(str, (ROWS, COLUMNS, known))
    answer = subprocess.run([python, PEERS, "speed", *sizes], check=True, capture_output=True, text=True)
    peer = float(answer.stdout.splitlines()[-1])
    ratio = round(peer / seconds, 1)
    return {"alibi_s": round(peer, 2), "reference": known, "ratio": ratio, "passed": ratio >= LEAST_RATIO}


def _numpy(known: Columns, rows: Columns) -> None:
    for name, values in rows.items():
        kolmogorov_smirnov(known[name], values)
        normalised_wasserstein(known[name], values)
        counts = decile_counts(known[name], values)
        psi(*counts)
        jensen_shannon(*counts)


def _scipy(known: Columns, rows: Columns) -> None:
    for name, values in rows.items():
        stats.ks_2samp(known[name], values, method="asymp")
        stats.wasserstein_distance(known[name], values)


def _cpu(work: Callable[[], None], rounds: int) -> float:
    """The median CPU seconds of some rounds, the first left out when there are several."""
    taken = []
    for _ in range(rounds + (rounds > 1)):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return median(taken[1:] or taken)


def _peak(work: Callable[[], None]) -> float:
    """The most memory in MB that the work held at once."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6
