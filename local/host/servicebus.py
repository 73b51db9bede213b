"""Service Bus queue triggers: peek-lock, complete on success, abandon at once on failure."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusError

from local.host.config import HostConfig, connection_string, resolve
from local.host.functions import Function
from local.host.payloads import (
    Long,
    PayloadError,
    body_of,
    metadata_of_many,
    metadata_of_one,
    overwritten_by_body,
    payload_of_many,
    payload_of_one,
    properties_of,
    text_of,
)
from local.host.worker import Worker

_LOG = logging.getLogger("local.host")
_LANE_IDLE_SECONDS = 20.0
_PAUSE_AFTER_TROUBLE = 1.0
_FOREVER = datetime.max.replace(tzinfo=UTC)


class QueueTrigger:
    """One queue-triggered function, fed by lanes.

    A lane is a receiver of its own that takes one message (or one batch), invokes, settles, and begins again; the
    SDK's receivers allow no concurrent use. There is always one idle lane, and never more than `maxConcurrentCalls`.
    """

    def __init__(self, function: Function, worker: Worker, config: HostConfig, settings: Mapping[str, str]) -> None:
        """Raises StartError when the queue's name or its connection cannot be resolved."""
        self.function = function
        self._worker = worker
        self._config = config
        self._queue = resolve(str(function.trigger["queueName"]), settings)
        connection = connection_string(str(function.trigger["connection"]), settings)
        self._client = ServiceBusClient.from_connection_string(connection, retry_total=2, retry_backoff_max=2)
        self._lanes = 1 if function.many else config.max_concurrent_calls
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = 0
        self._busy: set[asyncio.Task[Any]] = set()
        self._stopping = False

    def start(self) -> None:
        """Begin to receive."""
        self._add_lane()

    async def stop(self, seconds: float) -> None:
        """Receive no more, let invocations finish for at most `seconds`, then close every link."""
        self._stopping = True
        for lane in self._tasks - self._busy:
            lane.cancel()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=seconds)
        for lane in self._tasks:
            lane.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.close()

    def _add_lane(self) -> None:
        task = asyncio.create_task(self._lane(), name=f"lane of {self._queue}")
        self._tasks.add(task)
        self._idle += 1
        task.add_done_callback(self._tasks.discard)

    async def _lane(self) -> None:
        """Receive through one receiver after the other, until it is one idle lane too many."""
        while not self._stopping:
            try:
                async with self._client.get_queue_receiver(self._queue) as receiver:
                    if await self._receive(receiver):
                        return
            except Exception as error:
                _LOG.warning("queue %s: %r; receiving again", self._queue, error)
                await asyncio.sleep(_PAUSE_AFTER_TROUBLE)

    async def _receive(self, receiver: ServiceBusReceiver) -> bool:
        """Take and process messages; true when this lane is no longer needed."""
        size = self._config.max_message_batch_size if self.function.many else 1
        while not self._stopping:
            messages = await receiver.receive_messages(size, max_wait_time=_LANE_IDLE_SECONDS)
            if messages:
                await self._occupied(self._process(receiver, messages))
            elif self._idle > 1:
                self._idle -= 1
                return True
        return True

    async def _occupied(self, work: Awaitable[None]) -> None:
        """Do the work; meanwhile this lane is not idle, so another one is added if there is room."""
        lane = asyncio.current_task()
        assert lane is not None
        self._busy.add(lane)
        self._idle -= 1
        if self._idle == 0 and len(self._tasks) < self._lanes and not self._stopping:
            self._add_lane()
        try:
            await work
        finally:
            self._idle += 1
            self._busy.discard(lane)

    async def _process(self, receiver: ServiceBusReceiver, messages: list[Any]) -> None:
        try:
            invocation = asyncio.ensure_future(self._invoke(messages))
            if not self.function.many:
                await self._keep_locked(receiver, messages[0], invocation)
            settle = receiver.complete_message if await invocation else receiver.abandon_message
        except PayloadError as error:
            _LOG.error("%s was not called: %s", self.function.name, error)
            settle = receiver.abandon_message
        for message in messages:
            await self._settled(settle, message)

    async def _invoke(self, messages: list[Any]) -> bool:
        bodies = [body_of(message.body) for message in messages]
        values = [metadata_of(message) for message in messages]
        data_type = self.function.data_type
        if self.function.many:
            data, metadata = payload_of_many(bodies, data_type), metadata_of_many(values)
        else:
            data, metadata = payload_of_one(bodies[0], data_type), metadata_of_one(values[0])
            if data_type != "binary":
                metadata = overwritten_by_body(metadata, bodies[0])
        return (await self._worker.invoke(self.function, data, metadata)).ok

    async def _keep_locked(self, receiver: ServiceBusReceiver, message: Any, work: asyncio.Future[bool]) -> None:
        """Renew the message's lock whenever half of it has passed, until the work is done or renewal may end."""
        give_up = time.monotonic() + self._config.max_lock_renewal
        while not work.done():
            await asyncio.wait([work], timeout=_half_of_lock(message))
            if work.done() or time.monotonic() > give_up:
                return
            try:
                await receiver.renew_message_lock(message)
            except ServiceBusError as error:
                _LOG.warning("queue %s: the lock of %s was not renewed: %s", self._queue, message.message_id, error)
                return

    async def _settled(self, settle: Callable[[Any], Awaitable[None]], message: Any) -> None:
        """Settle; a lost lock only means that the broker delivers the message again."""
        try:
            await settle(message)
        except (ServiceBusError, ValueError) as error:
            _LOG.warning("queue %s: message %s was not settled: %s", self._queue, message.message_id, error)


def _half_of_lock(message: Any) -> float:
    left: float = (message.locked_until_utc - datetime.now(UTC)).total_seconds()
    return max(left / 2, 0.05)


def metadata_of(message: Any) -> dict[str, Any]:
    """The trigger metadata the platform gives for a received Service Bus message, by name; None where absent."""
    properties = properties_of(message.application_properties)
    enqueued, expires = message.enqueued_time_utc, message.expires_at_utc or _FOREVER
    return {
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "DeadLetterSource": message.dead_letter_source,
        "LockToken": str(message.lock_token),
        "ExpiresAt": expires,
        "ExpiresAtUtc": expires.replace(tzinfo=None),
        "EnqueuedTime": enqueued,
        "EnqueuedTimeUtc": enqueued and enqueued.replace(tzinfo=None),
        "MessageId": _as_text(message.message_id),
        "ContentType": message.content_type,
        "ReplyTo": message.reply_to,
        "SequenceNumber": Long(message.sequence_number),
        "To": text_of(message.to),
        "Subject": message.subject,
        "Label": message.subject,
        "CorrelationId": _as_text(message.correlation_id),
        "ApplicationProperties": properties,
        "UserProperties": properties,
        "SessionId": message.session_id,
        "ReplyToSessionId": message.reply_to_session_id,
        "PartitionKey": message.partition_key,
        "TransactionPartitionKey": None,
    }


def _as_text(value: Any) -> str | None:
    return None if value is None else str(text_of(value))
