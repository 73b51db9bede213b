"""Event Hubs triggers, through the real SDK, the embedded broker and Azurite's checkpoints."""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.eventhub import EventData, EventHubProducerClient
from azure.storage.blob import ContainerClient

from local.host.eventhubs import CHECKPOINT_CONTAINER
from tests.host.harness import App, eventually

SOURCE = """
@app.event_hub_message_trigger(arg_name="e", event_hub_name="ones", connection="Hubs", consumer_group="group",
                               data_type="binary", cardinality="one")
def one(e: func.EventHubEvent) -> None:
    note(by="one", body=list(e.get_body()), sequence=e.sequence_number, offset=e.offset, key=e.partition_key,
         zone=str(e.enqueued_time.tzinfo), properties=e.metadata["Properties"],
         partition=e.metadata["PartitionContext"]["PartitionId"])

@app.event_hub_message_trigger(arg_name="e", event_hub_name="manys", connection="Hubs", consumer_group="group",
                               data_type="binary", cardinality="many")
async def many(e: List[func.EventHubEvent]) -> None:
    note(by="many", bodies=[each.get_body().decode() for each in e], sequences=[each.sequence_number for each in e],
         properties=e[0].metadata["PropertiesArray"])
    if b"fail" in e[0].get_body():
        raise ValueError("this batch is lost")

@app.event_hub_message_trigger(arg_name="e", event_hub_name="mixed", connection="Hubs", consumer_group="group",
                               cardinality="many")
def mixed(e: List[func.EventHubEvent]) -> None:
    note(by="mixed", bodies=[json.loads(each.get_body()) for each in e])

@app.event_hub_message_trigger(arg_name="e", event_hub_name="retried", connection="Hubs", consumer_group="group",
                               data_type="binary", cardinality="many")
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
def retried(e: List[func.EventHubEvent], context: func.Context) -> None:
    note(by="retried", bodies=[each.get_body().decode() for each in e], retry=context.retry_context.retry_count)
    if e[0].get_body() == b"fail":
        raise ValueError("again")
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, broker: str, storage: str) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("hubs"), SOURCE, Hubs=broker, AzureWebJobsStorage=storage)
    yield app
    app.child.stop()


def send(broker: str, hub: str, *events: EventData | bytes, key: str | None = None) -> None:
    with EventHubProducerClient.from_connection_string(broker, eventhub_name=hub) as producer:
        batch = producer.create_batch(partition_key=key)
        for event in events:
            batch.add(event if isinstance(event, EventData) else EventData(event))
        producer.send_batch(batch)


def runs(app: App, function: str) -> list[dict[str, Any]]:
    return [entry for entry in app.seen if entry["by"] == function]


def bodies(app: App, function: str) -> list[Any]:
    return [body for run in runs(app, function) for body in run["bodies"]]


def test_an_event_reaches_its_function_with_its_properties(app: App, broker: str) -> None:
    event = EventData(b"\x00\xff")
    event.properties = {"source": "blob"}
    send(broker, "ones", event, key="tenant")
    entry = eventually(lambda: runs(app, "one"))[0]
    assert (entry["body"], entry["sequence"], entry["key"]) == ([0, 255], 0, "tenant")
    assert (entry["properties"], entry["partition"], entry["zone"]) == ({"source": "blob"}, "0", "UTC")


def test_a_batch_arrives_in_order_with_properties_per_event(app: App, broker: str) -> None:
    events = [EventData(b"%d" % n) for n in range(30)]
    for n, event in enumerate(events):
        event.properties = {"n": n}
    send(broker, "manys", *events)
    assert eventually(lambda: bodies(app, "many")[29:] and bodies(app, "many")) == [str(n) for n in range(30)]
    first = runs(app, "many")[0]
    assert first["sequences"] == list(range(len(first["bodies"])))
    assert first["properties"] == [{"n": n} for n in range(len(first["bodies"]))]


def test_one_body_that_is_not_json_loses_its_batch_and_the_next_one_comes(app: App, broker: str) -> None:
    send(broker, "mixed", b'{"lost": 1}', b"not json")
    eventually(lambda: "mixed was not called: body 1 of the batch is not JSON" in app.log)
    send(broker, "mixed", b'{"next": 1}')
    assert eventually(lambda: bodies(app, "mixed")) == [{"next": 1}]


def test_retries_block_the_partition_and_then_the_next_batch_comes(app: App, broker: str) -> None:
    send(broker, "retried", b"fail")
    eventually(lambda: runs(app, "retried"))
    send(broker, "retried", b"next")
    eventually(lambda: "next" in bodies(app, "retried"))
    assert [(run["bodies"][0], run["retry"]) for run in runs(app, "retried")] == [
        ("fail", 0),
        ("fail", 1),
        ("fail", 2),
        ("next", 0),
    ]


def test_the_checkpoint_advances_although_the_function_failed(app: App, broker: str, storage: str) -> None:
    send(broker, "manys", b"fail")
    failed = eventually(lambda: [run for run in runs(app, "many") if "fail" in run["bodies"]])[0]
    with ContainerClient.from_connection_string(storage, CHECKPOINT_CONTAINER) as container:
        assert eventually(lambda: checkpoint(container, "manys") == failed["sequences"][-1])


def checkpoint(container: ContainerClient, hub: str) -> int:
    blobs = container.list_blobs(include=["metadata"])
    found = [blob.metadata for blob in blobs if f"/{hub}/group/checkpoint/0" in blob.name]
    return int(found[0]["sequencenumber"]) if found else -1


def test_a_killed_hosts_partitions_are_taken_over_at_the_checkpoint(app: App, broker: str) -> None:
    app.child.kill()
    app.start()
    send(broker, "manys", b"after the kill")
    assert eventually(lambda: "after the kill" in bodies(app, "many"), 12)
    assert bodies(app, "many").count("fail") == 1
