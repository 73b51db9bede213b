"""Service Bus queue triggers, through the real SDK and the embedded broker."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusSubQueue

from tests.host.harness import App, eventually

SOURCE = """
@app.service_bus_queue_trigger(arg_name="m", queue_name="%WORDS%", connection="Bus", data_type="binary")
def one(m: func.ServiceBusMessage, context: func.Context) -> None:
    body = m.get_body()
    note(by="one", body=list(body), id=m.message_id, subject=m.subject, correlation=m.correlation_id,
         count=m.delivery_count, properties=m.application_properties, zone=m.enqueued_time_utc.tzinfo,
         type=m.content_type, at=time.monotonic(), invocation=context.invocation_id)
    if body == b"poison":
        raise ValueError("poisoned")
    if body == b"slow":
        time.sleep(0.4)

@app.service_bus_queue_trigger(arg_name="m", queue_name="batches", connection="Bus", cardinality="many")
async def batch(m: List[func.ServiceBusMessage]) -> None:
    note(by="batch", bodies=[json.loads(each.get_body()) for each in m], ids=[each.message_id for each in m],
         counts=[each.delivery_count for each in m])

@app.service_bus_queue_trigger(arg_name="m", queue_name="brief", connection="Bus", data_type="binary")
def longer_than_the_lock(m: func.ServiceBusMessage) -> None:
    time.sleep(1.6)
    note(by="longer", id=m.message_id, count=m.delivery_count)
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, broker: str) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("queues"), SOURCE, Bus=broker, WORDS="words")
    yield app
    app.child.stop()


@pytest.fixture(scope="module")
def bus(broker: str) -> Iterator[ServiceBusClient]:
    with ServiceBusClient.from_connection_string(broker) as client:
        yield client


def send(bus: ServiceBusClient, queue: str, *messages: ServiceBusMessage) -> None:
    with bus.get_queue_sender(queue) as sender:
        sender.send_messages(list(messages))


def seen(app: App, message_id: str) -> list[dict[str, Any]]:
    return [entry for entry in app.seen if entry.get("id") == message_id]


def test_a_message_reaches_its_function_with_its_properties(app: App, bus: ServiceBusClient) -> None:
    send(
        bus,
        "words",
        ServiceBusMessage(
            b"\x00\xff",
            message_id="first",
            subject="scan",
            correlation_id="cause",
            content_type="application/json",
            application_properties={"attempt": 2, "source": "acr"},
        ),
    )
    entry = eventually(lambda: seen(app, "first"))[0]
    assert entry["body"] == [0, 255]
    assert (entry["subject"], entry["correlation"], entry["type"]) == ("scan", "cause", "application/json")
    assert entry["properties"] == {"attempt": 2, "source": "acr"}


def test_the_first_delivery_counts_1_and_its_time_has_no_zone(app: App, bus: ServiceBusClient) -> None:
    send(bus, "words", ServiceBusMessage(b"x", message_id="count"))
    entry = eventually(lambda: seen(app, "count"))[0]
    assert (entry["count"], entry["zone"]) == (1, None)


def test_a_message_that_succeeds_is_gone(app: App, bus: ServiceBusClient) -> None:
    send(bus, "words", ServiceBusMessage(b"x", message_id="gone"))
    eventually(lambda: seen(app, "gone"))
    with bus.get_queue_receiver("words") as receiver:
        assert eventually(lambda: receiver.peek_messages(max_message_count=10) == [])


def test_a_failing_message_is_delivered_ten_times_at_once_and_dead_lettered(app: App, bus: ServiceBusClient) -> None:
    send(bus, "words", ServiceBusMessage(b"poison", message_id="poison"))
    with bus.get_queue_receiver("words", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
        dead = receiver.receive_messages(max_wait_time=8)[0]
        receiver.complete_message(dead)
    deliveries = seen(app, "poison")
    assert (dead.message_id, dead.dead_letter_reason) == ("poison", "MaxDeliveryCountExceeded")
    assert [entry["count"] for entry in deliveries] == list(range(1, 11))
    assert len({entry["invocation"] for entry in deliveries}) == 10
    assert deliveries[-1]["at"] - deliveries[0]["at"] < 2
    assert app.log.count("one failed: ValueError('poisoned')") == 10


def test_messages_are_processed_side_by_side(app: App, bus: ServiceBusClient) -> None:
    names = [f"slow-{number}" for number in range(8)]
    began = time.monotonic()
    send(bus, "words", *[ServiceBusMessage(b"slow", message_id=name) for name in names])
    eventually(lambda: all(seen(app, name) for name in names))
    assert time.monotonic() - began < 8 * 0.4


def test_a_batch_arrives_in_one_invocation(app: App, bus: ServiceBusClient) -> None:
    send(bus, "batches", *[ServiceBusMessage(b'{"n": %d}' % n, message_id=f"b{n}") for n in range(3)])
    batch = eventually(lambda: [entry for entry in app.seen if entry["by"] == "batch"])[0]
    assert (batch["bodies"], batch["counts"]) == ([{"n": 0}, {"n": 1}, {"n": 2}], [1, 1, 1])
    assert batch["ids"] == ["b0", "b1", "b2"]


def test_a_body_that_is_not_json_fails_its_batch_before_the_function(app: App, bus: ServiceBusClient) -> None:
    send(bus, "batches", ServiceBusMessage(b'{"good": 1}'), ServiceBusMessage(b"not json"))
    with bus.get_queue_receiver("batches", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
        assert receiver.receive_messages(max_wait_time=8)
    assert "batch was not called: body 1 of the batch is not JSON" in app.log
    assert not [entry for entry in app.seen if {"good": 1} in entry.get("bodies", [])]


def test_a_lock_is_renewed_while_the_function_runs(app: App, bus: ServiceBusClient) -> None:
    send(bus, "brief", ServiceBusMessage(b"x", message_id="renewed"))
    eventually(lambda: seen(app, "renewed"))
    with bus.get_queue_receiver("brief") as receiver:
        assert eventually(lambda: receiver.peek_messages() == [])
    assert [entry["count"] for entry in seen(app, "renewed")] == [1]


def test_a_killed_host_leaves_its_message_to_the_next(app: App, bus: ServiceBusClient) -> None:
    send(bus, "words", ServiceBusMessage(b"slow", message_id="orphan"))
    eventually(lambda: seen(app, "orphan"))
    app.child.kill()
    app.start()
    send(bus, "words", ServiceBusMessage(b"x", message_id="after"))
    assert eventually(lambda: seen(app, "after"))
