"""Ledgers on the embedded platform: exported by the timer, whole, and a release follows from its own."""

from collections.abc import Callable
from typing import Any

import requests
from azure.storage.blob import BlobServiceClient

from local.verify import audited
from shared.core.identity import release_key
from tests.journeys.world import World


def test_a_release_is_exported_whole_and_follows_from_its_ledger(world: World, eventually: Callable[..., Any]) -> None:
    world.model("merlin")
    world.register("merlin", "1", "5")
    release = world.until("merlin", "1", "rejected")
    key = release_key("merlin", "1")
    timer = f"{world.platform.url}/admin/functions/export_ledgers"

    def exported() -> bool:
        requests.post(timer, json={}, timeout=30).raise_for_status()
        mine = next(each for each in audited(world.platform.env) if each.document == key)
        return mine.broken is None and mine.exported == mine.entries >= len(release["ledger"])

    eventually("the ledger is exported", exported, 20.0)
    replay = requests.get(f"{world.platform.url}/api/releases/merlin/1/replay", timeout=30).json()
    assert (replay["agrees"], replay["comparable"], replay["differs"]) == (True, True, None)
    assert requests.get(f"{world.platform.url}/api/releases/merlin/99/replay", timeout=30).status_code == 404


def test_a_release_that_somebody_edited_in_storage_no_longer_follows_from_its_ledger(world: World) -> None:
    world.model("cortese")
    world.register("cortese", "1", "5")
    world.until("cortese", "1", "rejected")
    key = release_key("cortese", "1")
    with BlobServiceClient.from_connection_string(world.platform.env["StateStorage"]) as storage:
        blob = storage.get_blob_client("state", f"{key}.json")
        good = blob.download_blob().readall()
        blob.upload_blob(good.replace(b'"stage":"rejected"', b'"stage":"live"', 1), overwrite=True)
        replay = requests.get(f"{world.platform.url}/api/releases/cortese/1/replay", timeout=30).json()
        blob.upload_blob(good, overwrite=True)
    assert (replay["agrees"], replay["differs"]["what"]) == (False, "stage")
    assert (replay["differs"]["recorded"], replay["differs"]["replayed"]) == ("live", "rejected")
