"""Inference data as a data collector sends it, of a model that is sure in what it answers."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from shared.monitoring.references import Example

type Row = dict[str, Any]
SOURCE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
RIGHT = 0.9


def requests(count: int, seed: int, shift: float = 0.0, sure: float = RIGHT) -> list[tuple[Row, Row, str]]:
    """Inputs, outputs and the truth of so many requests: `shift` moves the age, `sure` is the mean probability."""
    chance = np.random.default_rng(seed)
    age, job = chance.normal(40 + shift, 12, count), chance.choice(["clerk", "nurse", "smith"], count)
    probability = np.clip(chance.normal(sure, 0.04, count), 0.5, 1)
    said, right = chance.integers(0, 2, count), chance.random(count) < probability
    return [
        (
            {"age": float(age[n]), "income": float(age[n] * 100 + chance.normal(0, 900)), "job": str(job[n])},
            {"prediction": f"class {said[n]}", "probability": float(probability[n])},
            f"class {said[n] if right[n] else 1 - said[n]}",
        )
        for n in range(count)
    ]


def examples(count: int, seed: int) -> list[Example]:
    """The same as examples of a reference."""
    return [
        Example(inputs=inputs, outputs=outputs, right=outputs["prediction"] == truth)
        for inputs, outputs, truth in requests(count, seed)
    ]


def collected(
    endpoint: str, deployment: str, name: str, rows: Mapping[str, Sequence[Any]], collection: str
) -> list[dict[str, Any]]:
    """The records of one collection, one for each request of `rows`; `name` makes their ids."""
    return [
        {
            "specversion": "1.0",
            "id": f"{name} {collection} {correlation}",
            "source": f"{SOURCE}/onlineEndpoints/{endpoint}/deployments/{deployment}",
            "type": f"azureml.inference.{collection}",
            "time": "2026-03-01T08:00:00Z",
            "data": list(values),
            "correlationid": correlation,
        }
        for correlation, values in rows.items()
    ]


def packed(records: Sequence[Mapping[str, Any]]) -> bytes:
    """The records as one event."""
    return msgspec.json.encode({"records": records})
