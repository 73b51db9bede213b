"""Claims about data on the whole platform: it arrives by its event, is judged by the app, and lies where it belongs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from azure.storage.blob import BlobServiceClient

from local.upload import upload
from tests.journeys.world import World
from tests.monitoring.files import csv

POLICY = b"""\
name: journey-data
arrives: {container: landing, path: "journey/*.csv"}
format: csv
columns:
  alcohol: {type: number, nullable: false, minimum: 0, maximum: 25}
  colour: {type: category, categories: [red, white]}
accepted: {container: bronze, path: journey}
asset: journey-data
"""


def dataset(world: World) -> dict[str, Any]:
    """The story of the dataset, empty before its first arrival."""
    answer = requests.get(f"{world.platform.url}/api/datasets/journey-data", timeout=30)
    told: dict[str, Any] = answer.json() if answer.ok else {"versions": [], "refused": []}
    return told


@pytest.mark.slow
def test_data_arrives_is_judged_and_lies_where_it_belongs(world: World, eventually: Callable[..., Any]) -> None:
    with BlobServiceClient.from_connection_string(world.platform.env["DataStorage"]) as blobs:
        blobs.get_blob_client("policies", "datasets/journey-data.yaml").upload_blob(POLICY)
        upload("landing", "journey/good.csv", csv(300))
        eventually("the version is an asset", lambda: [each for each in dataset(world)["versions"] if each["asset"]])
        upload("landing", "journey/bad.csv", csv(100, bad=100))
        refused = eventually("the bad data is away", lambda: dataset(world)["refused"])[0]

        told = dataset(world)
        asset = world.team.workspace.data.get("journey-data", "1")
        moved = blobs.get_blob_client("data-quarantine", refused["place"].removeprefix("data-quarantine/"))
        reasons = moved.blob_name.rpartition("/")[0] + "/reasons.json"
        worst = json.loads(blobs.get_blob_client("data-quarantine", reasons).download_blob().readall())["worst"]
        assert (told["current"], told["stage"], told["ledger_whole"]) == (1, "refused", True)
        assert asset.path.endswith("/bronze/journey/v000001/good.csv")
        assert moved.download_blob().readall() == csv(100, bad=100)
        assert worst[0]["row"] == 100
        assert [blob.name for blob in blobs.get_container_client("landing").list_blobs("journey/")] == [
            "journey/good.csv"
        ]
        assert world.get("/api/datasets/journey-data/versions/1/profile")["profile"]["rows"] == 300
