"""Claims about the queue state machine, with time passed in."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local.messaging.decode import decode
from local.messaging.errors import AmqpError
from local.messaging.message import APPLICATION_PROPERTIES, Message, sections
from local.messaging.queue_entry import Entry, QueueRules, State, dead_letter_rules
from local.messaging.queues import Queue

LOCK = 1_000
BODY = b"\x00\x53\x75\xa0\x01x"


def make_queue(**rules: object) -> Queue:
    settled = QueueRules(**{"name": "q", "lock_ms": LOCK, "max_delivery_count": 3} | rules)
    return Queue(settled, Queue(dead_letter_rules(settled)))


def message(message_id: str | None = None, **known: object) -> Message:
    return Message(bare=BODY, message_id=message_id, **known)


def lock(queue: Queue, now: int) -> tuple[Entry, UUID]:
    entry = queue.lock(now)
    assert entry is not None
    assert entry.lock_token is not None
    return entry, entry.lock_token


def dead_letter(queue: Queue, now: int) -> tuple[Entry, dict[str, str]]:
    assert queue.dead_letters is not None
    entry = queue.dead_letters.receive(now)
    assert entry is not None
    bare = entry.message.bare
    return entry, {
        key: text
        for code, _, value, _ in sections(bare)
        if code == APPLICATION_PROPERTIES
        for key, text in decode(bare, value)[0].items()
    }


def test_the_first_delivery_counts_zero_and_each_abandon_adds_one() -> None:
    queue = make_queue()
    queue.send(message(), 0)
    for expected in (0, 1, 2):
        entry, token = lock(queue, 0)
        assert entry.delivery_count == expected
        queue.abandon(token, 0)


def test_an_expired_lock_adds_one_and_makes_the_message_ready_again() -> None:
    queue = make_queue()
    queue.send(message(), 0)
    lock(queue, 0)
    assert queue.lock(LOCK - 1) is None
    assert lock(queue, LOCK)[0].delivery_count == 1


def test_a_released_message_is_as_if_never_delivered() -> None:
    queue = make_queue()
    queue.send(message(), 0)
    queue.release(lock(queue, 0)[1], 0)
    assert lock(queue, 0)[0].delivery_count == 0


def test_a_renewed_lock_outlives_its_first_term() -> None:
    queue = make_queue()
    queue.send(message(), 0)
    _, token = lock(queue, 0)
    assert queue.renew(token, LOCK - 1) == 2 * LOCK - 1
    assert queue.lock(LOCK + 1) is None
    queue.complete(token, 2 * LOCK - 2)
    assert len(queue) == 0


@pytest.mark.parametrize("operation", ["complete", "abandon", "release", "defer", "renew"])
def test_a_stale_lock_is_refused_whatever_is_done_with_it(operation: str) -> None:
    queue = make_queue()
    queue.send(message(), 0)
    _, token = lock(queue, 0)
    with pytest.raises(AmqpError, match="message-lock-lost"):
        getattr(queue, operation)(token, LOCK)


def test_the_last_delivery_allowed_ends_among_the_dead_letters() -> None:
    queue = make_queue(max_delivery_count=2)
    queue.send(message(), 0)
    for _ in range(2):
        queue.abandon(lock(queue, 0)[1], 0)
    entry, told = dead_letter(queue, 0)
    assert told["DeadLetterReason"] == "MaxDeliveryCountExceeded"
    assert (entry.delivery_count, len(queue)) == (2, 0)


def test_an_expired_message_is_dead_lettered_if_the_rules_say_so_and_dropped_if_not() -> None:
    for keeps in (True, False):
        queue = make_queue(ttl_ms=500, dead_letter_on_expiry=keeps)
        queue.send(message(), 0)
        assert queue.lock(500) is None
        assert queue.dead_letters is not None
        assert len(queue.dead_letters) == keeps
    queue = make_queue(dead_letter_on_expiry=True)
    queue.send(message(ttl_ms=10), 0)
    queue.advance(10)
    assert dead_letter(queue, 10)[1]["DeadLetterReason"] == "TTLExpiredException"


def test_a_locked_message_does_not_expire_until_it_is_given_back() -> None:
    queue = make_queue(ttl_ms=500)
    queue.send(message(), 0)
    _, token = lock(queue, 0)
    queue.renew(token, 600)
    assert len(queue) == 1
    queue.abandon(token, 700)
    assert len(queue) == 0


def test_a_duplicate_within_the_window_is_accepted_and_dropped() -> None:
    queue = make_queue(duplicate_window_ms=1_000)
    queue.send(message("a"), 0)
    assert queue.receive(0) is not None
    queue.send(message("a"), 999)
    assert len(queue) == 0
    queue.send(message("a"), 1_000)
    assert len(queue) == 1


def test_a_scheduled_message_with_an_id_already_seen_is_dropped() -> None:
    queue = make_queue(duplicate_window_ms=60_000)
    queue.send(message("a"), 0)
    queue.send(message("a", scheduled_at=100), 1)
    assert queue.receive(200) is not None
    assert queue.receive(200) is None


def test_a_scheduled_message_joins_the_end_under_a_new_number_when_its_time_comes() -> None:
    queue = make_queue()
    scheduled = queue.send(message(scheduled_at=100), 0)
    sent = queue.send(message(), 50)
    assert queue.next_due() == 100
    assert [entry.state for entry in queue.peek(0, 9, 99)] == [State.SCHEDULED, State.ACTIVE]
    first, second = queue.receive(100), queue.receive(100)
    assert first is not None
    assert second is not None
    assert (first.sequence, second.enqueued_at) == (sent, 100)
    assert second.sequence > sent > scheduled


def test_a_cancelled_message_never_comes_and_cannot_be_cancelled_twice() -> None:
    queue = make_queue()
    number = queue.send(message(scheduled_at=100), 0)
    queue.cancel([number], 50)
    assert queue.receive(200) is None
    with pytest.raises(AmqpError, match="message-not-found"):
        queue.cancel([number], 200)


def test_cancelling_one_message_too_many_cancels_none() -> None:
    queue = make_queue()
    number = queue.send(message(scheduled_at=100), 0)
    with pytest.raises(AmqpError, match="message-not-found"):
        queue.cancel([number, 99], 0)
    assert queue.receive(100) is not None


def test_a_deferred_message_comes_only_by_its_number() -> None:
    queue = make_queue()
    number = queue.send(message(), 0)
    queue.defer(lock(queue, 0)[1], 0)
    assert queue.lock(0) is None
    (entry,) = queue.take_deferred([number], 0, delete=False)
    assert entry.lock_token is not None
    queue.complete(entry.lock_token, 0)
    assert len(queue) == 0


def test_a_full_queue_refuses_and_says_so() -> None:
    queue = make_queue(max_bytes=2 * len(BODY))
    queue.send(message(), 0)
    queue.send(message(), 0)
    with pytest.raises(AmqpError, match="'q' is full"):
        queue.send(message(), 0)


def test_a_dead_letter_cannot_be_dead_lettered_again() -> None:
    queue = make_queue()
    queue.send(message(), 0)
    queue.dead_letter(lock(queue, 0)[1], "why", None, 0)
    assert queue.dead_letters is not None
    with pytest.raises(AmqpError, match="already holds dead letters"):
        queue.dead_letters.dead_letter(lock(queue.dead_letters, 0)[1], "why", None, 0)


def test_dead_lettering_keeps_the_body_and_tells_why() -> None:
    queue = make_queue()
    queue.send(replace(message(), bare=b"\x00\x53\x73\x45" + BODY), 0)
    queue.dead_letter(lock(queue, 0)[1], "BadImage", "no such digest", 0)
    entry, told = dead_letter(queue, 0)
    assert told == {"DeadLetterReason": "BadImage", "DeadLetterErrorDescription": "no such digest"}
    assert entry.message.bare.startswith(b"\x00\x53\x73\x45")
    assert entry.message.bare.endswith(BODY)


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens in whatever order, a message is in exactly one place and held by at most one receiver."""

    @initialize()
    def begin(self) -> None:
        self.queue = make_queue(ttl_ms=5_000, dead_letter_on_expiry=True)
        self.now = 0
        self.sent = self.gone = 0
        self.tokens: list[UUID] = []

    @rule(delay=st.none() | st.integers(1, 3_000), ttl=st.none() | st.integers(1, 8_000))
    def send(self, delay: int | None, ttl: int | None) -> None:
        scheduled = None if delay is None else self.now + delay
        self.queue.send(message(scheduled_at=scheduled, ttl_ms=ttl), self.now)
        self.sent += 1

    @rule(milliseconds=st.integers(1, 2_000))
    def wait(self, milliseconds: int) -> None:
        self.now += milliseconds
        self.queue.advance(self.now)

    @rule()
    def lock(self) -> None:
        entry = self.queue.lock(self.now)
        if entry is not None:
            assert entry.lock_token not in self.tokens
            self.tokens.append(entry.lock_token or uuid4())

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), operation=st.sampled_from(["complete", "abandon", "release", "defer", "renew"]))
    def use_token(self, data: st.DataObject, operation: str) -> None:
        token = data.draw(st.sampled_from(self.tokens))
        held = token in self.queue._locks
        try:
            getattr(self.queue, operation)(token, self.now)
        except AmqpError:
            assert not held
        else:
            self.gone += operation == "complete"

    @rule()
    def receive(self) -> None:
        self.gone += self.queue.receive(self.now) is not None

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        dead = self.queue.dead_letters
        assert dead is not None
        assert self.sent == self.gone + len(self.queue) + len(dead)

    @invariant()
    def bytes_and_locks_agree_with_the_entries(self) -> None:
        entries = self.queue._entries.values()
        assert self.queue._bytes == sum(entry.message.size for entry in entries)
        assert set(self.queue._locks) == {entry.lock_token for entry in entries if entry.lock_token}
        assert all(entry.locked_until > self.now for entry in entries if entry.lock_token)


AnyHistory.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_any_history_keeps_every_message_in_exactly_one_place = AnyHistory.TestCase
