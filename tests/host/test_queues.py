"""Service Bus queue triggers, through the real SDK and the embedded broker."""

import time
from typing import Any

from azure.servicebus import ServiceBusMessage

from tests.host.harness import App, eventually
from tests.host.workers import Bus


def seen(workers: App, message_id: str) -> list[dict[str, Any]]:
    return [entry for entry in workers.seen if entry.get("id") == message_id]


def test_a_message_reaches_its_function_with_its_properties(workers: App, bus: Bus) -> None:
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
    entry = eventually(lambda: seen(workers, "first"))[0]
    assert entry["body"] == [0, 255]
    assert (entry["subject"], entry["correlation"], entry["type"]) == ("scan", "cause", "application/json")
    assert entry["properties"] == {"attempt": 2, "source": "acr"}


def test_the_first_delivery_counts_1_and_its_time_has_no_zone(workers: App, bus: Bus) -> None:
    bus.send("words", ServiceBusMessage(b"x", message_id="count"))
    entry = eventually(lambda: seen(workers, "count"))[0]
    assert (entry["count"], entry["zone"]) == (1, None)


def test_a_failing_message_is_delivered_ten_times_at_once_and_dead_lettered(workers: App, bus: Bus) -> None:
    bus.send("words", ServiceBusMessage(b"poison", message_id="poison"))
    dead = eventually(lambda: bus.dead_in("words"))[0]
    deliveries = seen(workers, "poison")
    assert (dead.message_id, dead.dead_letter_reason) == ("poison", "MaxDeliveryCountExceeded")
    assert [entry["count"] for entry in deliveries] == list(range(1, 11))
    assert len({entry["invocation"] for entry in deliveries}) == 10
    assert deliveries[-1]["at"] - deliveries[0]["at"] < 2
    assert workers.log.count("one failed: ValueError('poisoned')") == 10


def test_messages_are_processed_side_by_side(workers: App, bus: Bus) -> None:
    names = [f"slow-{number}" for number in range(8)]
    began = time.monotonic()
    bus.send("words", *[ServiceBusMessage(b"slow", message_id=name) for name in names])
    eventually(lambda: all(seen(workers, name) for name in names))
    assert time.monotonic() - began < 8 * 0.4


def test_a_batch_arrives_in_one_invocation(workers: App, bus: Bus) -> None:
    bus.send("batches", *[ServiceBusMessage(b'{"n": %d}' % n, message_id=f"b{n}") for n in range(3)])
    batch = eventually(lambda: [entry for entry in workers.seen if entry["by"] == "batch"])[0]
    assert (batch["bodies"], batch["counts"]) == ([{"n": 0}, {"n": 1}, {"n": 2}], [1, 1, 1])
    assert batch["ids"] == ["b0", "b1", "b2"]


def test_a_body_that_is_not_json_fails_its_batch_before_the_function(workers: App, bus: Bus) -> None:
    bus.send("batches", ServiceBusMessage(b'{"good": 1}'), ServiceBusMessage(b"not json"))
    assert eventually(lambda: "batch was not called: body 1 of the batch is not JSON" in workers.log)
    assert not [entry for entry in workers.seen if {"good": 1} in entry.get("bodies", [])]


def test_a_lock_is_renewed_while_the_function_runs(workers: App, bus: Bus) -> None:
    bus.send("brief", ServiceBusMessage(b"x", message_id="renewed"))
    eventually(lambda: seen(workers, "renewed"))
    assert eventually(lambda: bus.left_in("brief") == [])
    assert [entry["count"] for entry in seen(workers, "renewed")] == [1]


def test_a_message_that_succeeds_is_gone(workers: App, bus: Bus) -> None:
    bus.send("words", ServiceBusMessage(b"x", message_id="gone"))
    eventually(lambda: seen(workers, "gone"))
    assert eventually(lambda: bus.left_in("words") == [])
