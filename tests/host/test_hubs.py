"""Event Hubs triggers, through the real SDK, the embedded broker and Azurite's checkpoints."""

from typing import Any

from azure.eventhub import EventData
from azure.storage.blob import ContainerClient

from local.host.eventhubs import CHECKPOINT_CONTAINER
from tests.host.harness import App, eventually
from tests.host.workers import Hubs


def runs(workers: App, function: str) -> list[dict[str, Any]]:
    return [entry for entry in workers.seen if entry["by"] == function]


def bodies(workers: App, function: str) -> list[Any]:
    return [body for run in runs(workers, function) for body in run["bodies"]]


def test_an_event_reaches_its_function_with_its_properties(workers: App, hubs: Hubs) -> None:
    event = EventData(b"\x00\xff")
    event.properties = {"source": "blob"}
    hubs.send("ones", event, key="tenant")
    entry = eventually(lambda: runs(workers, "single"))[0]
    assert (entry["body"], entry["sequence"], entry["key"]) == ([0, 255], 0, "tenant")
    assert (entry["properties"], entry["partition"], entry["zone"]) == ({"source": "blob"}, "0", "UTC")


def test_a_batch_arrives_in_order_with_properties_per_event(workers: App, hubs: Hubs) -> None:
    events = [EventData(b"%d" % n) for n in range(30)]
    for n, event in enumerate(events):
        event.properties = {"n": n}
    hubs.send("manys", *events)
    assert eventually(lambda: bodies(workers, "many")[29:] and bodies(workers, "many")) == [str(n) for n in range(30)]
    first = runs(workers, "many")[0]
    assert first["sequences"] == list(range(len(first["bodies"])))
    assert first["properties"] == [{"n": n} for n in range(len(first["bodies"]))]


def test_one_body_that_is_not_json_loses_its_batch_and_the_next_one_comes(workers: App, hubs: Hubs) -> None:
    hubs.send("mixed", b'{"lost": 1}', b"not json")
    eventually(lambda: "mixed was not called: body 1 of the batch is not JSON" in workers.log)
    hubs.send("mixed", b'{"next": 1}')
    assert eventually(lambda: bodies(workers, "mixed")) == [{"next": 1}]


def test_retries_block_the_partition_and_then_the_next_batch_comes(workers: App, hubs: Hubs) -> None:
    hubs.send("retried", b"fail")
    eventually(lambda: runs(workers, "retried"))
    hubs.send("retried", b"next")
    eventually(lambda: "next" in bodies(workers, "retried"))
    assert [(run["bodies"][0], run["retry"]) for run in runs(workers, "retried")] == [
        ("fail", 0),
        ("fail", 1),
        ("fail", 2),
        ("next", 0),
    ]


def test_the_checkpoint_advances_although_the_function_failed(workers: App, hubs: Hubs, storage: str) -> None:
    hubs.send("manys", b"fail")
    failed = eventually(lambda: [run for run in runs(workers, "many") if "fail" in run["bodies"]])[0]
    with ContainerClient.from_connection_string(storage, CHECKPOINT_CONTAINER) as container:
        assert eventually(lambda: checkpoint(container, "manys") == failed["sequences"][-1])


def checkpoint(container: ContainerClient, hub: str) -> int:
    blobs = container.list_blobs(include=["metadata"])
    found = [blob.metadata for blob in blobs if f"/{hub}/group/checkpoint/0" in blob.name]
    return int(found[0]["sequencenumber"]) if found else -1
