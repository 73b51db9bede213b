"""One Service Bus queue as a pure state machine: no sockets, no clock, time passed in as milliseconds since 1970."""

import heapq
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from local.messaging.deadlines import Deadlines
from local.messaging.errors import AmqpError, lock_lost, not_found
from local.messaging.message import Message, with_application_properties
from local.messaging.queue_entry import NEVER, Entry, QueueRules, State


@dataclass(eq=False)
class Queue:
    """A queue with peek-lock, scheduling, deferral, expiry, dead-lettering and duplicate detection.

    `dead_letters` is where its dead letters go; a dead-letter queue itself has none and never gives up on a message.
    Every method first applies whatever fell due by `now`, so answers never depend on when a timer ran.
    """

    rules: QueueRules
    dead_letters: "Queue | None" = None
    _entries: dict[int, Entry] = field(default_factory=dict)
    _ready: list[int] = field(default_factory=list)
    _locks: dict[UUID, Entry] = field(default_factory=dict)
    _deadlines: Deadlines = field(default_factory=Deadlines)
    _seen: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _last_sequence: int = 0
    _bytes: int = 0

    def __len__(self) -> int:
        return len(self._entries)

    def next_due(self) -> int | None:
        """When something will happen by itself next, None if nothing will."""
        return self._deadlines.next()

    def advance(self, now: int) -> None:
        """Enqueue what was scheduled, take back what was locked too long, expire what lived too long."""
        for sequence in self._deadlines.take_due(now):
            entry = self._entries[sequence]
            if entry.state is State.SCHEDULED:
                self._enqueue_scheduled(entry, now)
            elif entry.lock_token is not None:
                self._give_back(entry, now, failed=True)
            else:
                self._expire(entry, now)

    def send(self, message: Message, now: int) -> int:
        """Take a message, to be received now or when it is scheduled; its sequence number.

        A message whose id was seen within the duplicate window is accepted and dropped; its number then names nothing.
        Raises AmqpError if the queue is full.
        """
        self.advance(now)
        self._refuse_when_full(message)
        self._last_sequence += 1
        if not self._is_duplicate(message, now):
            self._admit(self._new_entry(message, self._last_sequence, now), now)
        return self._last_sequence

    def cancel(self, sequences: list[int], now: int) -> None:
        """Forget scheduled messages: all of them, or none and AmqpError if one is not scheduled (any more)."""
        self.advance(now)
        for entry in self._named(sequences, State.SCHEDULED):
            self._remove(entry)

    def receive(self, now: int) -> Entry | None:
        """The first message that is ready, removed (receive-and-delete); None if there is none."""
        entry = self._next_ready(now)
        if entry is not None:
            self._remove(entry)
        return entry

    def lock(self, now: int) -> Entry | None:
        """The first message that is ready, locked for the queue's lock duration (peek-lock); None if there is none."""
        entry = self._next_ready(now)
        if entry is not None:
            self._lock(entry, now)
        return entry

    def take_deferred(self, sequences: list[int], now: int, *, delete: bool) -> list[Entry]:
        """Deferred messages by number, locked or removed. Raises AmqpError if one is not deferred or is locked."""
        self.advance(now)
        entries = self._named(sequences, State.DEFERRED)
        for entry in entries:
            if delete:
                self._remove(entry)
            else:
                self._lock(entry, now)
        return entries

    def peek(self, from_sequence: int, count: int, now: int) -> list[Entry]:
        """Up to `count` messages in any state from that sequence number on, untouched, in order."""
        self.advance(now)
        wanted = (sequence for sequence in self._entries if sequence >= from_sequence)
        return [self._entries[sequence] for sequence in heapq.nsmallest(count, wanted)]

    def complete(self, token: UUID, now: int) -> None:
        """Remove a locked message for good. Raises AmqpError if the lock is lost."""
        self._remove(self._held(token, now))

    def abandon(self, token: UUID, now: int) -> None:
        """Give a locked message back, one delivery older. Raises AmqpError if the lock is lost."""
        self._give_back(self._held(token, now), now, failed=True)

    def release(self, token: UUID, now: int) -> None:
        """Give a locked message back as if it had never been delivered. Raises AmqpError if the lock is lost."""
        self._give_back(self._held(token, now), now, failed=False)

    def defer(self, token: UUID, now: int) -> None:
        """Set a locked message aside, to be had by its sequence number only. Raises AmqpError if the lock is lost."""
        entry = self._held(token, now)
        entry.state = State.DEFERRED
        self._give_back(entry, now, failed=True)

    def dead_letter(self, token: UUID, reason: str | None, description: str | None, now: int) -> None:
        """Move a locked message to the dead letters. Raises AmqpError if the lock is lost or it is there already."""
        entry = self._held(token, now)
        if self.dead_letters is None:
            raise AmqpError("amqp:not-allowed", f"'{self.rules.name}' already holds dead letters: complete it instead.")
        self._bury(entry, reason, description, now)

    def renew(self, token: UUID, now: int) -> int:
        """Hold a lock for another lock duration from now; until when. Raises AmqpError if the lock is lost."""
        entry = self._held(token, now)
        entry.locked_until = now + self.rules.lock_ms
        self._deadlines.set(entry.sequence, entry.locked_until)
        return entry.locked_until

    def _new_entry(self, message: Message, sequence: int, now: int) -> Entry:
        if message.scheduled_at is not None and message.scheduled_at > now:
            return Entry(message, sequence, now, NEVER, State.SCHEDULED)
        return Entry(message, sequence, now, self._expiry(message, now))

    def _expiry(self, message: Message, now: int) -> int:
        ttl = self.rules.ttl_ms if message.ttl_ms is None else min(message.ttl_ms, self.rules.ttl_ms)
        return now + ttl if ttl < NEVER else NEVER

    def _refuse_when_full(self, message: Message) -> None:
        if self._bytes + message.size > self.rules.max_bytes:
            raise AmqpError(
                "amqp:resource-limit-exceeded",
                f"Queue '{self.rules.name}' is full: {self._bytes} of {self.rules.max_bytes} bytes. Receive from it.",
            )

    def _is_duplicate(self, message: Message, now: int) -> bool:
        window = self.rules.duplicate_window_ms
        if window is None or message.message_id is None:
            return False
        while self._seen and next(iter(self._seen.values())) <= now - window:
            self._seen.popitem(last=False)
        if message.message_id in self._seen:
            return True
        self._seen[message.message_id] = now
        return False

    def _admit(self, entry: Entry, now: int) -> None:
        self._entries[entry.sequence] = entry
        self._bytes += entry.message.size
        if entry.state is State.SCHEDULED:
            self._deadlines.set(entry.sequence, entry.message.scheduled_at or now)
        else:
            self._rest(entry, now)

    def _rest(self, entry: Entry, now: int) -> None:
        """Let an unlocked message wait for a receiver and for the end of its life."""
        if entry.expires_at <= now:
            self._expire(entry, now)
            return
        if entry.expires_at < NEVER:
            self._deadlines.set(entry.sequence, entry.expires_at)
        if entry.state is State.ACTIVE:
            heapq.heappush(self._ready, entry.sequence)

    def _enqueue_scheduled(self, entry: Entry, now: int) -> None:
        """A scheduled message joins the end of the queue under a new number, as on the real service."""
        self._remove(entry)
        self._last_sequence += 1
        self._admit(Entry(entry.message, self._last_sequence, now, self._expiry(entry.message, now)), now)

    def _next_ready(self, now: int) -> Entry | None:
        self.advance(now)
        while self._ready:
            entry = self._entries.get(heapq.heappop(self._ready))
            if entry is not None:
                return entry
        return None

    def _named(self, sequences: list[int], state: State) -> list[Entry]:
        entries = [self._entries[sequence] for sequence in dict.fromkeys(sequences) if sequence in self._entries]
        found = [entry for entry in entries if entry.state is state and entry.lock_token is None]
        if len(found) < len(set(sequences)):
            raise not_found(self.rules.name, sequences)
        return found

    def _lock(self, entry: Entry, now: int) -> None:
        entry.lock_token = uuid4()
        entry.locked_until = now + self.rules.lock_ms
        self._locks[entry.lock_token] = entry
        self._deadlines.set(entry.sequence, entry.locked_until)

    def _held(self, token: UUID, now: int) -> Entry:
        self.advance(now)
        entry = self._locks.get(token)
        if entry is None:
            raise lock_lost(self.rules.name)
        return entry

    def _unlock(self, entry: Entry) -> None:
        if entry.lock_token is not None:
            del self._locks[entry.lock_token]
            entry.lock_token = None
        self._deadlines.discard(entry.sequence)

    def _give_back(self, entry: Entry, now: int, *, failed: bool) -> None:
        self._unlock(entry)
        entry.delivery_count += failed
        exhausted = entry.state is State.ACTIVE and entry.delivery_count >= self.rules.max_delivery_count
        if failed and exhausted and self.dead_letters is not None:
            told = f"Message could not be consumed after {self.rules.max_delivery_count} delivery attempts."
            self._bury(entry, "MaxDeliveryCountExceeded", told, now)
        else:
            self._rest(entry, now)

    def _remove(self, entry: Entry) -> None:
        self._unlock(entry)
        del self._entries[entry.sequence]
        self._bytes -= entry.message.size

    def _expire(self, entry: Entry, now: int) -> None:
        if self.rules.dead_letter_on_expiry and self.dead_letters is not None:
            self._bury(entry, "TTLExpiredException", "The message expired and was dead lettered.", now)
        else:
            self._remove(entry)

    def _bury(self, entry: Entry, reason: str | None, description: str | None, now: int) -> None:
        assert self.dead_letters is not None
        self._remove(entry)
        told = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        message = with_application_properties(replace(entry.message, scheduled_at=None), told)
        buried = Entry(message, entry.sequence, entry.enqueued_at, NEVER, delivery_count=entry.delivery_count)
        self.dead_letters.advance(now)
        self.dead_letters._admit(buried, now)  # the same class: its own kind's insides
