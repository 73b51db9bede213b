"""Claims about queues: everything sent arrives once, in order and not too early."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.servicebus import ServiceBus
from shared.ports import Impossible, Message, Unavailable
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique

QUEUES = ("facts", "validation")


def letters(count: int, size: int = 1) -> list[Message]:
    """Messages with bodies of their own, at least `size` bytes long."""
    name = unique()
    return [Message(body=f"{name} {number}".ljust(size).encode(), id=f"{name}-{number}") for number in range(count)]


def bodies(messages: Sequence[Message]) -> list[bytes]:
    """What should arrive."""
    return [message.body for message in messages]


def test_messages_arrive_in_the_order_in_which_they_were_sent(side: Side) -> None:
    first, second = letters(5), letters(5)

    side.bus.send("facts", first)
    side.bus.send("facts", second)

    assert side.take("facts", 10) == bodies([*first, *second])


def test_sending_nothing_is_fine(side: Side) -> None:
    side.bus.send("facts", [])

    assert side.take("facts", 0) == []


def test_the_same_id_again_is_dropped_even_with_another_body(side: Side) -> None:
    name = unique()

    side.bus.send("facts", [Message(body=b"once", id=name)])
    side.bus.send("facts", [Message(body=b"again", id=name)])

    assert side.take("facts", 1) == [b"once"]


def test_the_same_id_is_dropped_within_one_send(side: Side) -> None:
    name = unique()

    side.bus.send("facts", [Message(body=b"once", id=name), Message(body=b"again", id=name)])

    assert side.take("facts", 1) == [b"once"]


def test_an_id_that_was_already_received_is_still_dropped(side: Side) -> None:
    name = unique()
    side.bus.send("facts", [Message(body=b"once", id=name)])
    side.take("facts", 1)

    side.bus.send("facts", [Message(body=b"again", id=name)])

    assert side.take("facts", 0) == []


def test_each_queue_drops_for_itself(side: Side) -> None:
    message = Message(body=b"both", id=unique())

    side.bus.send("facts", [message])
    side.bus.send("validation", [message])

    assert (side.take("facts", 1), side.take("validation", 1)) == ([b"both"], [b"both"])


def test_a_scheduled_message_comes_when_it_is_due_and_not_before(side: Side) -> None:
    early, later, now = letters(3)
    side.bus.send("rollback", [early])
    side.take("rollback", 1)  # the links of the queue are open from here on

    due = side.now() + 1.5
    side.bus.send("rollback", [Message(body=later.body, id=later.id, not_before=due), now])

    assert side.take("rollback", 1) == [now.body]
    assert side.now() < due

    side.wait(due - side.now())
    assert side.take("rollback", 1) == [later.body]


def test_the_id_of_a_scheduled_message_is_taken_at_once(side: Side) -> None:
    name, due = unique(), side.now() + 1.0
    side.bus.send("rollback", [Message(body=b"scheduled", id=name, not_before=due)])

    side.bus.send("rollback", [Message(body=b"meanwhile", id=name)])

    side.wait(due - side.now())
    assert side.take("rollback", 1) == [b"scheduled"]


def test_properties_travel_beside_the_body(side: Side) -> None:
    beside = {"image": "registry/ü@sha256:0"}

    side.bus.send("facts", [Message(body=b"x", id=unique(), properties=beside), Message(body=b"y", id=unique())])

    assert [side.take_beside("facts"), side.take_beside("facts")] == [beside, {}]


def test_a_time_that_has_passed_is_now(side: Side) -> None:
    side.bus.send("facts", [Message(body=b"late", id=unique(), not_before=side.now() - 60)])

    assert side.take("facts", 1) == [b"late"]


def test_hundreds_of_messages_go_in_one_send(side: Side) -> None:
    many = letters(400)

    side.bus.send("facts", many)

    assert side.take("facts", 400) == bodies(many)


def test_more_bytes_than_one_batch_holds_are_all_sent(side: Side) -> None:
    heavy = letters(40, size=32_768)

    side.bus.send("validation", heavy)

    assert side.take("validation", 40) == bodies(heavy)


def test_a_message_that_is_too_large_for_any_batch_is_impossible_and_names_the_queue(real: RealSide) -> None:
    giant = Message(body=b"x" * 2_000_000, id=unique())

    with pytest.raises(Impossible, match="queue facts"):
        real.bus.send("facts", [giant])


def test_a_rejected_send_names_the_queue_and_leaves_the_others(real: RealSide) -> None:
    with pytest.raises(Unavailable, match="queue no-such-queue"):
        real.bus.send("no-such-queue", letters(1))

    sent = letters(1)
    real.bus.send("facts", sent)
    assert real.take("facts", 1) == bodies(sent)


def test_many_threads_send_to_many_queues_and_nothing_is_lost(real: RealSide) -> None:
    bus, batches = ServiceBus(real.settings.service_bus), [letters(5) for _ in range(32)]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: bus.send(QUEUES[n % len(QUEUES)], batches[n]), range(32)))

    for number, queue in enumerate(QUEUES):
        sent = [body for batch in batches[number :: len(QUEUES)] for body in bodies(batch)]
        assert sorted(real.take(queue, len(sent))) == sorted(sent)
