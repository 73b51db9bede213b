"""Service Bus queue triggers, through the real SDK and the embedded broker."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
    ServiceBusSubQueue,
)

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


class Bus:
    """Senders and receivers of the real SDK, opened once each: closing a synchronous one takes a second."""

    def __init__(self, connection: str) -> None:
        self._client = ServiceBusClient.from_connection_string(connection)
        self._links: dict[tuple[str, str], ServiceBusSender | ServiceBusReceiver] = {}

    def send(self, queue: str, *messages: ServiceBusMessage) -> None:
        sender = self._links.setdefault(("to", queue), self._client.get_queue_sender(queue))
        sender.send_messages(list(messages))

    def left_in(self, queue: str) -> list[ServiceBusReceivedMessage]:
        receiver = self._links.setdefault(("from", queue), self._client.get_queue_receiver(queue))
        return receiver.peek_messages(max_message_count=10)

    def dead_in(self, queue: str) -> list[ServiceBusReceivedMessage]:
        dead = ServiceBusSubQueue.DEAD_LETTER
        receiver = self._links.setdefault(("dead", queue), self._client.get_queue_receiver(queue, sub_queue=dead))
        return receiver.peek_messages(max_message_count=10)

    def close(self) -> None:
        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(lambda link: link.close(), self._links.values()))
        self._client.close()


@pytest.fixture(scope="module")
def bus(broker: str) -> Iterator[Bus]:
    bus = Bus(broker)
    yield bus
    bus.close()


def seen(app: App, message_id: str) -> list[dict[str, Any]]:
    return [entry for entry in app.seen if entry.get("id") == message_id]


def test_a_message_reaches_its_function_with_its_properties(app: App, bus: Bus) -> None:
    bus.send(
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


def test_the_first_delivery_counts_1_and_its_time_has_no_zone(app: App, bus: Bus) -> None:
    bus.send("words", ServiceBusMessage(b"x", message_id="count"))
    entry = eventually(lambda: seen(app, "count"))[0]
    assert (entry["count"], entry["zone"]) == (1, None)


def test_a_failing_message_is_delivered_ten_times_at_once_and_dead_lettered(app: App, bus: Bus) -> None:
    bus.send("words", ServiceBusMessage(b"poison", message_id="poison"))
    dead = eventually(lambda: bus.dead_in("words"))[0]
    deliveries = seen(app, "poison")
    assert (dead.message_id, dead.dead_letter_reason) == ("poison", "MaxDeliveryCountExceeded")
    assert [entry["count"] for entry in deliveries] == list(range(1, 11))
    assert len({entry["invocation"] for entry in deliveries}) == 10
    assert deliveries[-1]["at"] - deliveries[0]["at"] < 2
    assert app.log.count("one failed: ValueError('poisoned')") == 10


def test_messages_are_processed_side_by_side(app: App, bus: Bus) -> None:
    names = [f"slow-{number}" for number in range(8)]
    began = time.monotonic()
    bus.send("words", *[ServiceBusMessage(b"slow", message_id=name) for name in names])
    eventually(lambda: all(seen(app, name) for name in names))
    assert time.monotonic() - began < 8 * 0.4


def test_a_batch_arrives_in_one_invocation(app: App, bus: Bus) -> None:
    bus.send("batches", *[ServiceBusMessage(b'{"n": %d}' % n, message_id=f"b{n}") for n in range(3)])
    batch = eventually(lambda: [entry for entry in app.seen if entry["by"] == "batch"])[0]
    assert (batch["bodies"], batch["counts"]) == ([{"n": 0}, {"n": 1}, {"n": 2}], [1, 1, 1])
    assert batch["ids"] == ["b0", "b1", "b2"]


def test_a_body_that_is_not_json_fails_its_batch_before_the_function(app: App, bus: Bus) -> None:
    bus.send("batches", ServiceBusMessage(b'{"good": 1}'), ServiceBusMessage(b"not json"))
    assert eventually(lambda: bus.dead_in("batches")[1:])
    assert "batch was not called: body 1 of the batch is not JSON" in app.log
    assert not [entry for entry in app.seen if {"good": 1} in entry.get("bodies", [])]


def test_a_lock_is_renewed_while_the_function_runs(app: App, bus: Bus) -> None:
    bus.send("brief", ServiceBusMessage(b"x", message_id="renewed"))
    eventually(lambda: seen(app, "renewed"))
    assert eventually(lambda: bus.left_in("brief") == [])
    assert [entry["count"] for entry in seen(app, "renewed")] == [1]


def test_a_killed_host_leaves_its_message_to_the_next(app: App, bus: Bus) -> None:
    bus.send("words", ServiceBusMessage(b"slow", message_id="orphan"))
    eventually(lambda: seen(app, "orphan"))
    app.child.kill()
    app.start()
    bus.send("words", ServiceBusMessage(b"x", message_id="after"))
    assert eventually(lambda: seen(app, "after"))


def test_a_message_that_succeeds_is_gone(app: App, bus: Bus) -> None:
    bus.send("words", ServiceBusMessage(b"x", message_id="gone"))
    eventually(lambda: seen(app, "gone"))
    assert eventually(lambda: bus.left_in("words") == [])
