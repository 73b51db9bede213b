"""Service Bus queue triggers, through the real SDK and the embedded broker."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiver, ServiceBusSubQueue

from tests.host.harness import App, eventually

SOURCE = """
@app.service_bus_queue_trigger(arg_name="m", queue_name="%QUEUE%", connection="Bus", data_type="binary")
def one(m: func.ServiceBusMessage, context: func.Context) -> None:
    body = m.get_body()
    note(queue="one", body=list(body), id=m.message_id, subject=m.subject, correlation=m.correlation_id,
         count=m.delivery_count, properties=m.application_properties, zone=m.enqueued_time_utc.tzinfo,
         sequence=m.sequence_number, type=m.content_type, at=time.monotonic(), invocation=context.invocation_id)
    if body == b"poison":
        raise ValueError("poisoned")
    if body.startswith(b"slow"):
        time.sleep(0.4)

@app.service_bus_queue_trigger(arg_name="m", queue_name="scan-results", connection="Bus", cardinality="many")
async def batch(m: list[func.ServiceBusMessage]) -> None:
    note(queue="batch", bodies=[json.loads(each.get_body()) for each in m], ids=[each.message_id for each in m])

@app.service_bus_queue_trigger(arg_name="m", queue_name="quick-orders", connection="Bus", data_type="binary")
def briefly(m: func.ServiceBusMessage) -> None:
    time.sleep(1.6)
    note(queue="briefly", count=m.delivery_count)
"""
QUEUE = "model-events"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, broker: str) -> Iterator[App]:
    source = SOURCE.split("\n@app", maxsplit=3)
    app = App(tmp_path_factory.mktemp("queues"), "\n@app".join(source[:3]), Bus=broker, QUEUE=QUEUE)
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
        QUEUE,
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
    send(bus, QUEUE, ServiceBusMessage(b"x", message_id="count"))
    entry = eventually(lambda: seen(app, "count"))[0]
    assert (entry["count"], entry["zone"]) == (1, None)


def test_a_message_that_succeeds_is_gone(app: App, bus: ServiceBusClient) -> None:
    send(bus, QUEUE, ServiceBusMessage(b"x", message_id="gone"))
    eventually(lambda: seen(app, "gone"))
    with bus.get_queue_receiver(QUEUE) as receiver:
        assert eventually(lambda: receiver.peek_messages(max_message_count=10) == [])


def test_a_failing_message_is_delivered_ten_times_at_once_and_dead_lettered(app: App, bus: ServiceBusClient) -> None:
    send(bus, QUEUE, ServiceBusMessage(b"poison", message_id="poison"))
    with bus.get_queue_receiver(QUEUE, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
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
    send(bus, QUEUE, *[ServiceBusMessage(name.encode(), message_id=name) for name in names])
    eventually(lambda: all(seen(app, name) for name in names))
    assert time.monotonic() - began < 8 * 0.4


def test_a_batch_arrives_in_one_invocation(app: App, bus: ServiceBusClient) -> None:
    send(bus, "scan-results", *[ServiceBusMessage(b'{"n": %d}' % n, message_id=f"b{n}") for n in range(3)])
    batch = eventually(lambda: [entry for entry in app.seen if entry["queue"] == "batch"])[0]
    assert batch["bodies"] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert batch["ids"] == ["b0", "b1", "b2"]


def test_a_body_that_is_not_json_fails_its_batch_before_the_function(app: App, bus: ServiceBusClient) -> None:
    before = len(app.seen)
    send(bus, "scan-results", ServiceBusMessage(b"{}"), ServiceBusMessage(b"not json"))
    assert eventually(lambda: "batch was not called: body 1 of the batch is not JSON" in app.log)
    receive_dead(bus, "scan-results", 2)
    assert [entry for entry in app.seen[before:] if entry["queue"] == "batch"] == []


def receive_dead(bus: ServiceBusClient, queue: str, count: int) -> None:
    with bus.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
        eventually(lambda: drained(receiver) and (count := 0) == 0)


def drained(receiver: ServiceBusReceiver) -> bool:
    return not receiver.receive_messages(max_wait_time=1)
