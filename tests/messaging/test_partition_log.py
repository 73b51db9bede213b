"""Claims about the partition log: positions, order and forgetting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.messaging.errors import AmqpError
from local.messaging.hubs import PartitionLog, Position, parse_selector
from local.messaging.message import Message

ANNOTATION = "amqp.annotation.x-opt-"


def filled(times: list[int], **bounds: int) -> PartitionLog:
    log = PartitionLog(**bounds)
    for time in times:
        log.append(Message(bare=b"body"), time)
    return log


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (None, Position("offset")),
        (ANNOTATION + "offset > '-1'", Position("offset")),
        (ANNOTATION + "offset >= '1024'", Position("offset", 1024, True)),
        (ANNOTATION + "offset > '@latest'", Position("latest")),
        (ANNOTATION + "sequence-number > '5'", Position("sequence-number", 5)),
        (ANNOTATION + "enqueued-time > '1700000000000'", Position("enqueued-time", 1_700_000_000_000)),
    ],
)
def test_every_filter_the_sdk_writes_is_understood(text: str | None, position: Position) -> None:
    assert parse_selector(text) == position


def test_a_filter_that_is_not_understood_is_refused_with_its_text() -> None:
    with pytest.raises(AmqpError, match="colour"):
        parse_selector("colour = 'red'")


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30).map(sorted), st.data())
def test_each_kind_of_position_finds_the_first_event_it_should(times: list[int], data: st.DataObject) -> None:
    log = filled(times)
    events = [event for number in range(len(times)) if (event := log.get(number))]
    chosen = data.draw(st.sampled_from(events))
    assert log.start(Position("offset", chosen.offset)) == chosen.sequence + 1
    assert log.start(Position("offset", chosen.offset, True)) == chosen.sequence
    assert log.start(Position("sequence-number", chosen.sequence)) == chosen.sequence + 1
    later = [event.sequence for event in events if event.enqueued_at > chosen.enqueued_at]
    assert log.start(Position("enqueued-time", chosen.enqueued_at)) == min([*later, len(times)])
    assert log.start(Position("latest")) == len(times)


def test_a_log_forgets_its_oldest_events_and_a_late_reader_starts_at_the_oldest_held() -> None:
    log = filled([0] * 250, max_events=100)
    assert 100 <= log.next_sequence - log.first_sequence <= 110
    oldest = log.get(3)
    assert oldest is not None
    assert oldest.sequence == log.first_sequence
    assert log.start(Position("offset")) == log.start(Position("sequence-number", 2)) == log.first_sequence


def test_a_log_is_bounded_in_bytes_too() -> None:
    log = PartitionLog(max_bytes=10_000)
    for _ in range(100):
        log.append(Message(bare=b"x" * 1_000), 0)
    assert 5 < log.next_sequence - log.first_sequence <= 11


def test_a_clock_set_back_does_not_unsort_the_log() -> None:
    log = filled([100, 50])
    event = log.get(1)
    assert event is not None
    assert event.enqueued_at == 100
