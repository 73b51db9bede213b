"""Azure Service Bus: senders that are kept, because opening and closing one costs a second."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property

from azure.core.exceptions import AzureError
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusMessageBatch, ServiceBusSender
from azure.servicebus.exceptions import MessageSizeExceededError

from shared.ports import Impossible, Message, Unavailable
from shared.settings import Connection


class ServiceBus:
    """Queues to send to; safe to use from many threads, one sending at a time per queue."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._senders: dict[str, ServiceBusSender] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @cached_property
    def _client(self) -> ServiceBusClient:
        if self._connection.string:
            return ServiceBusClient.from_connection_string(self._connection.string)
        from shared.adapters.credential import credential

        return ServiceBusClient(self._connection.address, credential())

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Send all of `messages`, in as few batches as hold them.

        Raises Unavailable when not sure that all were accepted, Impossible when one is larger than the queue takes.
        """
        if not messages:
            return
        with self._lock(queue):
            try:
                sender = self._sender(queue)
                for batch in _batches(sender, messages):
                    sender.send_messages(batch)
            except MessageSizeExceededError as error:
                raise Impossible(f"sending to queue {queue}: {error}") from error
            except AzureError as error:
                self._forget(queue)
                raise Unavailable(f"sending to queue {queue}: {error}") from error

    def _lock(self, queue: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(queue, threading.Lock())

    def _sender(self, queue: str) -> ServiceBusSender:
        if queue not in self._senders:
            with self._guard:
                client = self._client
            self._senders[queue] = client.get_queue_sender(queue)
        return self._senders[queue]

    def _forget(self, queue: str) -> None:
        sender = self._senders.pop(queue, None)
        if sender is not None:
            sender.close()


def _batches(sender: ServiceBusSender, messages: Sequence[Message]) -> Iterator[ServiceBusMessageBatch]:
    batch = sender.create_message_batch()
    for message in messages:
        encoded = _encoded(message)
        try:
            batch.add_message(encoded)
        except MessageSizeExceededError:
            yield batch
            batch = sender.create_message_batch()
            batch.add_message(encoded)
    yield batch


def _encoded(message: Message) -> ServiceBusMessage:
    due = datetime.fromtimestamp(message.not_before, UTC) if message.not_before else None
    return ServiceBusMessage(
        message.body,
        message_id=message.id,
        content_type="application/json",
        scheduled_enqueue_time_utc=due,
        application_properties={**message.properties},
    )
