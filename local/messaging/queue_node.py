"""A queue on the network: gives its messages to the receivers that have credit, in turn, and keeps its timer."""

import asyncio
from collections import deque
from uuid import UUID

from local.messaging import encode, performatives
from local.messaging.clock import Clock
from local.messaging.decode import Described
from local.messaging.errors import AmqpError
from local.messaging.links import OutgoingLink
from local.messaging.message import (
    BATCH_FORMAT,
    Message,
    annotations_section,
    header_section,
    parse,
    split_batch,
)
from local.messaging.queue_entry import Entry
from local.messaging.queues import Queue

MAX_MESSAGE_BYTES = 256 * 1024  # the Standard tier's, and the official emulator's
MAX_BATCH_BYTES = 2**20

_SEQUENCE = encode.symbol("x-opt-sequence-number")
_ENQUEUED = encode.symbol("x-opt-enqueued-time")
_LOCKED_UNTIL = encode.symbol("x-opt-locked-until")
_STATE = encode.symbol("x-opt-message-state")


def delivered(entry: Entry) -> bytes:
    """The payload of a queue's message as a receiver (or somebody who peeks) gets it."""
    message = entry.message
    added = [
        _SEQUENCE + encode.int64(entry.sequence),
        _ENQUEUED + encode.timestamp(entry.enqueued_at),
        _STATE + encode.int32(entry.state),
    ]
    if entry.lock_token is not None:
        added.append(_LOCKED_UNTIL + encode.timestamp(entry.locked_until))
    return header_section(message, entry.delivery_count) + annotations_section(message, added) + message.bare


class QueueNode:
    """One queue, its receivers and its timer; `dead` is the node of its dead letters."""

    def __init__(self, queue: Queue, clock: Clock, dead: "QueueNode | None" = None) -> None:
        self.queue = queue
        self.clock = clock
        self._dead = dead
        self._waiting: deque[QueueSource] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0

    def changed(self) -> None:
        """Something was done to the queue: messages may be ready, here or among the dead letters."""
        self._pump()
        self._arm()
        if self._dead is not None:
            self._dead.changed()

    def wait(self, source: "QueueSource") -> None:
        """Let a source that is ready take its turn."""
        if source not in self._waiting:
            self._waiting.append(source)
        self.changed()

    def forget(self, source: "QueueSource") -> None:
        """Give a source nothing more."""
        if source in self._waiting:
            self._waiting.remove(source)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _pump(self) -> None:
        while self._waiting:
            source = self._waiting[0]
            if not source.link.ready:
                self._waiting.popleft()
            elif source.deliver():
                self._waiting.rotate(-1)
            else:
                return

    def _arm(self) -> None:
        due = self.queue.next_due()
        if due is None or (self._timer is not None and self._timer_due <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        seconds = max(due - self.clock(), 0) / 1000 + 0.001
        self._timer = asyncio.get_running_loop().call_later(seconds, self._on_timer)
        self._timer_due = due

    def _on_timer(self) -> None:
        self._timer = None
        self.queue.advance(self.clock())
        self.changed()


class QueueSink:
    """Takes what a sender sends to a queue, single messages and batches."""

    max_message_size = MAX_BATCH_BYTES
    attach_properties = encode.map_of(
        [encode.symbol("com.microsoft:max-message-batch-size") + encode.ulong(MAX_BATCH_BYTES)]
    )

    def __init__(self, node: QueueNode) -> None:
        self._node = node

    def take(self, payload: bytes, message_format: int) -> None:
        """Enqueue a delivery's messages. Raises AmqpError if one is too large or the queue is full."""
        messages = split_batch(payload)[0] if message_format == BATCH_FORMAT else [parse(payload)]
        now = self._node.clock()
        for message in messages:
            refuse_too_large(message)
        for message in messages:
            self._node.queue.send(message, now)
        self._node.changed()


def refuse_too_large(message: Message) -> None:
    """Raises AmqpError if a message is larger than the Standard tier takes."""
    if message.size > MAX_MESSAGE_BYTES:
        told = f"The message has {message.size} bytes; {MAX_MESSAGE_BYTES} are allowed. Send a claim check instead."
        raise AmqpError("amqp:link:message-size-exceeded", told)


class QueueSource:
    """Feeds one receiver of a queue and applies what it decides about the messages it holds."""

    def __init__(self, node: QueueNode, link: OutgoingLink, *, settled: bool) -> None:
        self._node = node
        self.link = link
        self.settled = settled

    def wake(self) -> None:
        """Join the receivers in turn, if the link is ready."""
        if self.link.ready:
            self._node.wait(self)

    def deliver(self) -> bool:
        """Send one message; False if none was ready."""
        queue, now = self._node.queue, self._node.clock()
        entry = queue.receive(now) if self.settled else queue.lock(now)
        if entry is None:
            return False
        tag = entry.lock_token.bytes_le if entry.lock_token else entry.sequence.to_bytes(16)
        self.link.send(tag, delivered(entry), settled=self.settled)
        return True

    def settle(self, tag: bytes, state: Described) -> bytes:
        """Apply an outcome and answer with the same one. Raises AmqpError if the lock is lost."""
        try:
            return self._apply(UUID(bytes_le=tag), state)
        finally:
            self._node.changed()

    def close(self) -> None:
        """Give nothing more to this receiver; what it holds stays locked until it expires."""
        self._node.forget(self)

    def _apply(self, token: UUID, state: Described) -> bytes:
        queue, now = self._node.queue, self._node.clock()
        match state.descriptor:
            case performatives.ACCEPTED:
                queue.complete(token, now)
            case performatives.RELEASED:
                queue.release(token, now)
            case performatives.REJECTED:
                queue.dead_letter(token, *_dead_letter_reason(state), now)
            case performatives.MODIFIED:
                return self._modify(token, state, now)
            case other:
                raise AmqpError("amqp:invalid-field", f"A delivery cannot be settled with outcome {other!r}.")
        return performatives.outcome(state.descriptor)

    def _modify(self, token: UUID, state: Described, now: int) -> bytes:
        failed, undeliverable = ([bool(flag) for flag in state.value[:2]] + [False, False])[:2]
        if undeliverable:
            self._node.queue.defer(token, now)
        elif failed:
            self._node.queue.abandon(token, now)
        else:
            self._node.queue.release(token, now)
        return performatives.outcome(performatives.MODIFIED, failed=failed, undeliverable=undeliverable)


def _dead_letter_reason(state: Described) -> tuple[str | None, str | None]:
    """Reason and description in a rejected outcome; without its vendor info, the error's own condition and text."""
    error = state.value[0].value if state.value and isinstance(state.value[0], Described) else []
    condition, description, info = ([*error, None, None, None])[:3]
    told = info or {}
    return told.get("DeadLetterReason", condition), told.get("DeadLetterErrorDescription", description)
