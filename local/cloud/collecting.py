"""What a scoring script with Azure ML's data collector says of a request: what it was asked and what it answered.

The ONNX file stands for the script here: one whose metadata name `collected_columns` (a JSON list of the features'
names) collects.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

COLUMNS = "collected_columns"
AGENT = "azureml-ai-monitoring/1.0.0"

type Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Collected:
    """The rows of one request: features by name, and each prediction with its classes' probabilities if known."""

    inputs: Rows
    outputs: Rows


def columns_in(metadata: Mapping[str, str]) -> list[str]:
    """The names of the features to collect, none for a model that collects nothing; raises ValueError."""
    names: list[str] = json.loads(metadata.get(COLUMNS, "[]"))
    return names


def collected(names: Sequence[str], rows: Sequence[Any], predictions: Sequence[Any], chances: Any) -> Collected:
    """The rows of a request of a model whose features have these names; `chances` are None where it tells none."""
    inputs = [dict(zip(names, row, strict=True)) for row in rows]
    if chances is None:
        return Collected(inputs, [{"prediction": one} for one in predictions])
    told = zip(predictions, chances, strict=True)
    return Collected(inputs, [{"prediction": one, "probabilities": list(each)} for one, each in told])


def records(content: Collected, deployment_id: str, request_id: str, at: datetime) -> list[dict[str, Any]]:
    """The collector's two records of a request, as CloudEvents."""
    sides = {"model_inputs": content.inputs, "model_outputs": content.outputs}
    return [
        {
            "specversion": "1.0",
            "id": f"{request_id}-{name}",
            "source": deployment_id,
            "type": f"azureml.inference.{name}",
            "datacontenttype": "application/json",
            "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "data": rows,
            "correlationid": request_id,
            "xrequestid": request_id,
            "modelversion": "default",
            "collectdatatype": "pandas.core.frame.DataFrame",
            "agent": AGENT,
        }
        for name, rows in sides.items()
    ]
