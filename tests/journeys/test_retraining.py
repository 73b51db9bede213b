"""Harm in what a live version answered starts a job that truly trains, and its version is released like any other."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from azure.ai.ml import Input
from azure.ai.ml.entities import CommandComponent, Data, Environment
from azure.eventhub import EventData, EventHubProducerClient
from azure.storage.blob import BlobServiceClient

from shared.contracts import wire
from shared.core.facts import DriftSignalled
from shared.core.identity import deployment_name
from shared.monitoring.reference_documents import encode_usual
from shared.monitoring.references import Example, usual_of
from shared.performers.drift_references import PROFILE
from tests.journeys.world import QUICK_POLICY, World
from tests.simulated.served import collected, packed

NAME = "carmenere"
COMMAND = (
    "python -m local.training"
    " --data ${{inputs.data}} --model ${{inputs.model_name}} --parent ${{inputs.parent_version}}"
)
POLICY = f"""{QUICK_POLICY}
watch:
  minimum_rows: 100
  retrain:
    job: azureml:retrain_{NAME}:1
    compute: cpu
    parameters: {{data: "azureml:{NAME}-rows:1"}}
"""


@contextmanager
def blobs(world: World) -> Iterator[Callable[[str, bytes], None]]:
    """Uploads to the datastore of the workspace."""
    with BlobServiceClient.from_connection_string(world.platform.env["ModelStorage"]) as storage:
        yield lambda path, body: storage.get_blob_client("models", path).upload_blob(body) and None


def prepare(world: World) -> None:
    """What a team has before: a table to train on, a component that trains, and a profile beside the model."""
    table = np.column_stack([np.vstack([world.rows.train, world.rows.test]), all_labels(world)])
    header = ",".join([*(f"f{n}" for n in range(table.shape[1] - 1)), "label"])
    csv = "\n".join([header, *(",".join(f"{value:g}" for value in row) for row in table)])
    examples = [Example(inputs=row, outputs=said, right=True) for row, said, _ in answered(world, 600)]
    with blobs(world) as upload:
        upload(f"{NAME}-rows/rows.csv", csv.encode())
        upload(f"{NAME}/1/{PROFILE}", encode_usual(usual_of(examples, "test data", 300)))
    path = f"azureml://datastores/workspaceblobstore/paths/{NAME}-rows/rows.csv"
    workspace = world.team.workspace
    workspace.data.create_or_update(Data(name=f"{NAME}-rows", version="1", path=path, type="uri_file"))
    workspace.environments.create_or_update(Environment(name="training", version="1", image="training:1"))
    component = CommandComponent(
        name=f"retrain_{NAME}",
        version="1",
        command=COMMAND,
        environment="azureml:training:1",
        inputs={
            "data": Input(type="uri_file"),
            "model_name": Input(type="string"),
            "parent_version": Input(type="string"),
        },
    )
    workspace.components.create_or_update(component)


def all_labels(world: World) -> Any:
    """The labels of all wines."""
    return np.concatenate([world.rows.train_labels, world.rows.test_labels])


def answered(world: World, count: int) -> list[tuple[dict[str, Any], dict[str, Any], int]]:
    """So many requests: features, a sure answer, and what is right."""
    chance = np.random.default_rng(5)
    picked = chance.integers(0, len(world.rows.test), count)
    sure = np.clip(chance.normal(0.93, 0.03, count), 0.5, 1.0)
    return [
        (
            {f"f{n}": float(value) for n, value in enumerate(world.rows.test[index])},
            {"prediction": int(world.rows.test_labels[index]), "probability": float(share)},
            int(world.rows.test_labels[index]),
        )
        for index, share in zip(picked, sure, strict=True)
    ]


def collect_mistakes(world: World) -> None:
    """The data collector tells of 400 answers, all of which turn out to be wrong."""
    rows = answered(world, 400)
    sides = {
        "model_inputs": {f"w{n}": [row[0]] for n, row in enumerate(rows)},
        "model_outputs": {f"w{n}": [row[1]] for n, row in enumerate(rows)},
        "labels": {f"w{n}": [{"label": (row[2] + 1) % 3}] for n, row in enumerate(rows)},
    }
    connection = world.platform.env["EventHubConnection"]
    with EventHubProducerClient.from_connection_string(connection, eventhub_name="inference-telemetry") as producer:
        for kind, side in sides.items():
            records = collected(NAME, deployment_name(NAME, "1"), "w", side, kind)
            for start in range(0, len(records), 100):
                producer.send_batch([EventData(packed(records[start : start + 100]))], partition_id="0")


def complain(world: World, number: int) -> None:
    """Somebody's monitor sees something: a reason to test, not to act."""
    fact = DriftSignalled(
        id=f"complaint {number} of {NAME}", at=time.time(), model=NAME, source="monitor", signal=f"look {number}"
    )
    world.send("facts", wire.encode_fact(fact))


@pytest.mark.slow
def test_a_job_that_harm_starts_really_trains_and_its_version_walks_to_live(
    world: World, eventually: Callable[..., Any]
) -> None:
    prepare(world)
    world.first_live(NAME, POLICY)
    collect_mistakes(world)

    def harm() -> bool:
        complain(world, int(time.time()))
        time.sleep(2)
        return bool(world.get(f"/api/watches/{NAME}")["actions"])

    eventually("harm is seen and acted upon", harm)
    with world.callers(NAME):
        eventually("the job registered a version", lambda: world.stage(NAME, "2"))
        release = world.until(NAME, "2", "live")

    watch = eventually("the action is over", lambda: over(world.get(f"/api/watches/{NAME}")))
    (action,) = watch["actions"]
    assert (watch["version"], action["action"], action["version"]) == ("2", "retrain", "1")
    assert action["outcome"] == "succeeded"
    started = [line["job"] for line in world.witness() if line["effect"] == "job-started"]
    assert started == [action["reference"]]
    model = world.team.workspace.models.get(name=NAME, version="2")
    assert (model.tags["parent_version"], model.tags["submitted_by"]) == ("1", action["reference"])
    assert release["ledger_whole"]


def over(watch: dict[str, Any]) -> dict[str, Any]:
    """The watch once the new version is watched and nothing is under way, {} before."""
    return watch if watch["version"] == "2" and watch["stage"] == "watching" else {}
