"""Rows in which nothing changed, for the tests of profiles and drift."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def usual(rows: int, seed: int) -> dict[str, NDArray[Any]]:
    """Two dependent numbers, a skewed one with nulls, a count and a category with nulls."""
    chance = np.random.default_rng(seed)
    age = chance.normal(40, 12, rows)
    return {
        "age": age,
        "income": age * 100 + chance.normal(0, 900, rows),
        "debt": np.where(chance.random(rows) < 0.02, np.nan, chance.exponential(500, rows)),
        "children": chance.poisson(1.5, rows),
        "job": chance.choice(np.array(["clerk", "nurse", "smith", None], dtype=object), rows, p=[0.5, 0.3, 0.19, 0.01]),
    }
