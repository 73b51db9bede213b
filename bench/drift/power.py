"""How much of each kind of change is seen at the same rate of false alarms, beside another package on the same rows."""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.calibration import calibrated
from shared.monitoring.change import Sensitivity, change_of
from shared.monitoring.frames import frame_of
from shared.monitoring.profiles import profile_of

ALPHA = 0.01
COLUMNS = 12
REFERENCE = 10_000
SIZES = (100, 300, 1000)
UNCHANGED = 400
CHANGED = 60
PEERS = Path(__file__).with_name("peers.py")

type Rows = NDArray[np.float64]
type Line = dict[str, Any]


def rows_of(chance: np.random.Generator, count: int) -> Rows:
    """Rows of 12 columns, shape (count, 12): normal, skewed, heavy-tailed and discrete, the first two dependent."""
    rows = chance.normal(size=(count, COLUMNS))
    rows[:, 1] = 0.7 * rows[:, 0] + np.sqrt(1 - 0.7**2) * rows[:, 1]
    rows[:, 2:4] = np.exp(rows[:, 2:4])
    rows[:, 4:6] = chance.standard_t(3, (count, 2))
    rows[:, 6:8] = chance.poisson(3, (count, 2))
    return rows


def spoilt(kind: str, rows: Rows, chance: np.random.Generator) -> Rows:
    """The rows after a change of some kind."""
    rows = rows.copy()
    if kind == "shift":
        rows[:, 8] += 0.25
    elif kind == "shift of all":
        rows[:, 8:] += 0.12
    elif kind == "scale":
        rows[:, 8] *= 1.3
    elif kind == "stuck sensor":
        rows[chance.random(len(rows)) < 0.1, 8] = 0.7
    elif kind == "unit change":
        rows[chance.random(len(rows)) < 0.02, 2] *= 1000
    elif kind == "dependence":
        rows[:, 1] = chance.permutation(rows[:, 1])
    return rows


KINDS = ("shift", "shift of all", "scale", "stuck sensor", "unit change", "dependence")


def measure(python: Path, seed: int = 1) -> list[Line]:
    """For each size and kind the share of windows seen by ours and by alibi-detect's KSDrift, which `python` runs.

    The peer alarms below the p-value that 1 % of its unchanged windows go below, ours below its own 1 %. `passed` when
    ours sees at least the peer's share less 0.05.
    """
    chance = np.random.default_rng(seed)
    reference = rows_of(chance, REFERENCE)
    windows = {(size, kind): _windows(chance, size, kind) for size in SIZES for kind in ("none", *KINDS)}
    theirs = _peer(python, reference, windows)
    ours = _ours(reference, windows)
    lines = []
    for size in SIZES:
        limit = float(np.quantile(theirs[size, "none"], ALPHA))
        false = {"rows": size, "kind": "none", "ours": _seen(ours[size, "none"], ALPHA)}
        lines.append(false | {"alibi_shipped": _seen(theirs[size, "none"], 0.05 / COLUMNS)})
        for kind in KINDS:
            seen, peer = _seen(ours[size, kind], ALPHA), _seen(theirs[size, kind], limit)
            lines.append({"rows": size, "kind": kind, "ours": seen, "alibi": peer, "passed": seen >= peer - 0.05})
    return lines


def _windows(chance: np.random.Generator, size: int, kind: str) -> list[Rows]:
    count = UNCHANGED if kind == "none" else CHANGED
    return [spoilt(kind, rows_of(chance, size), chance) for _ in range(count)]


def _ours(reference: Rows, windows: dict[tuple[int, str], list[Rows]]) -> dict[tuple[int, str], list[float]]:
    known = _columns(reference)
    frame = frame_of(known)
    calibration = calibrated(frame, known, seed=0, sizes=SIZES)
    asked = Sensitivity(alpha=ALPHA, minimum_effect=0, minimum_correlation=0)
    return {
        key: [change_of(calibration, profile_of(frame, _columns(rows)), asked).p_value for rows in some]
        for key, some in windows.items()
    }


def _peer(
    python: Path, reference: Rows, windows: dict[tuple[int, str], list[Rows]]
) -> dict[tuple[int, str], list[float]]:
    with TemporaryDirectory() as folder:
        np.savez(Path(folder, "in.npz"), reference, *(np.stack(some) for some in windows.values()))
        answer = subprocess.run([python, PEERS, "power", folder], check=True, capture_output=True, text=True)
    return dict(zip(windows, json.loads(answer.stdout.splitlines()[-1]), strict=True))


def _columns(rows: Rows) -> dict[str, Rows]:
    return {f"c{column}": rows[:, column] for column in range(rows.shape[1])}


def _seen(p_values: list[float], limit: float) -> float:
    return round(float(np.mean(np.array(p_values) <= limit)), 3)
