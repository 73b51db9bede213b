"""Runs alibi-detect in an interpreter of its own: `python peers.py speed | power FOLDER`, see bench/drift/README.md."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from alibi_detect.cd import KSDrift  # type: ignore[import-not-found]


def speed(rows: int, columns: int, known: int) -> float:
    """The CPU seconds of one KSDrift prediction over rows like those of speed.py."""
    chance = np.random.default_rng(0)
    batch = np.stack([chance.normal(10, 3, rows) for _ in range(columns)], axis=1)
    detector = KSDrift(batch[:known], p_val=0.05)
    start = time.process_time()
    detector.predict(batch)
    return time.process_time() - start


def power(folder: Path) -> list[list[float]]:
    """The smallest p-value over the columns for every window of every group in the folder's in.npz."""
    arrays = np.load(folder / "in.npz")
    reference, *groups = (arrays[name] for name in arrays.files)
    detector = KSDrift(reference, p_val=0.05)
    return [[float(detector.predict(window)["data"]["p_val"].min()) for window in group] for group in groups]


if __name__ == "__main__":
    if sys.argv[1] == "speed":
        print(json.dumps(speed(*map(int, sys.argv[2:5]))))
    else:
        print(json.dumps(power(Path(sys.argv[2]))))
