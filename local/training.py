"""`python -m local.training`: the job of a retraining component, which trains on a table and registers what it made."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from azure.ai.ml import MLClient
from azure.ai.ml.entities import Model
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 20
CONTAINER = "models"
OF_THE_PARENT = ("environment", "endpoint", "scenario")


def main() -> None:
    """Train on a CSV file whose last column is the label (a whole number), as the next version of a model."""
    parser = argparse.ArgumentParser(prog="python -m local.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a CSV file with a header")
    parser.add_argument("--model", required=True, help="the name of the model")
    parser.add_argument("--parent", required=True, help="the version that it takes the place of")
    options = parser.parse_args()
    files, accuracy = trained(options.data)
    version = register(options.model, options.parent, files, accuracy, os.environ)
    print(f"{options.model}:{version} has an accuracy of {accuracy:.3f} on held-out rows")


def trained(table: Path) -> tuple[dict[str, bytes], float]:
    """The files of the better of two kinds of model, and its share of right answers (0–1) on held-out rows."""
    rows = np.loadtxt(table, delimiter=",", skiprows=1, dtype=np.float64, ndmin=2)
    features, labels = rows[:, :-1].astype(np.float32), rows[:, -1].astype(np.int64)
    train, test, known, held = train_test_split(features, labels, test_size=0.3, random_state=SEED, stratify=labels)
    kinds = [
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        RandomForestClassifier(n_estimators=60, random_state=SEED),
    ]
    best = max((kind.fit(train, known) for kind in kinds), key=lambda kind: kind.score(test, held))
    sample = json.dumps({"input_data": [[float(value) for value in test[0]]]}).encode()
    return {"model.onnx": _exported(best, train), "sample_request.json": sample}, float(best.score(test, held))


def _exported(model: Any, rows: Any) -> bytes:
    last = model[-1] if hasattr(model, "steps") else model
    exported: bytes = to_onnx(model, rows[:1], options={id(last): {"zipmap": False}}).SerializeToString()
    return exported


def register(name: str, parent: str, files: dict[str, bytes], accuracy: float, variables: Mapping[str, str]) -> str:
    """Upload the files and register them as the model's next version, where its parent is served; the version.

    `variables` are those that a job finds in its environment.
    """
    job = variables["AZUREML_RUN_ID"]
    folder = f"{name}/{job}"
    with BlobServiceClient.from_connection_string(variables["ModelStorage"]) as blobs:
        for file, body in files.items():
            blobs.get_blob_client(CONTAINER, f"{folder}/{file}").upload_blob(body, overwrite=True)
    models = _workspace(variables).models
    tags = models.get(name=name, version=parent).tags
    kept = {tag: tags[tag] for tag in OF_THE_PARENT if tag in tags}
    made = Model(
        name=name,
        path=f"azureml://datastores/workspaceblobstore/paths/{folder}",
        tags={**kept, "submitted_by": job, "parent_version": parent},
        properties={"metrics.accuracy": f"{accuracy:.4f}"},
    )
    return str(models.create_or_update(made).version)


def _workspace(variables: Mapping[str, str]) -> MLClient:
    names = ("AZURE_ML_SUBSCRIPTION", "AZURE_ML_RESOURCE_GROUP", "AZURE_ML_WORKSPACE")
    return MLClient(DefaultAzureCredential(), *(variables[name] for name in names))


if __name__ == "__main__":
    main()
