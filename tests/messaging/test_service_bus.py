"""Claims about queues, made through the unmodified Service Bus SDK."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from azure.servicebus import ServiceBusClient as SyncClient
from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageNotFoundError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusError,
)

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusReceivedMessage

    from tests.messaging.conftest import BackgroundBroker, EventLoop

DELETE = ServiceBusReceiveMode.RECEIVE_AND_DELETE


@asynccontextmanager
async def ends(
    broker: BackgroundBroker, event_loop: EventLoop, queue: str, *, retries: int = 0, **receiver: object
) -> AsyncIterator[tuple[ServiceBusSender, ServiceBusReceiver]]:
    """A sender and a receiver of one queue, open already, and closed after the test without waiting for it."""
    connection = {"retry_total": retries, "keep_alive": 0}
    client = ServiceBusClient.from_connection_string(broker.connection_string, **connection)
    both = client.get_queue_sender(queue), client.get_queue_receiver(queue, **receiver)
    await asyncio.gather(*(end.__aenter__() for end in both))
    try:
        yield both
    finally:
        event_loop.close_later(*(end.close() for end in (*both, client)))


async def receive(receiver: ServiceBusReceiver, wait: float = 3) -> ServiceBusReceivedMessage:
    (message,) = await receiver.receive_messages(1, max_wait_time=wait)
    return message


async def nothing_comes(receiver: ServiceBusReceiver, wait: float = 0.3) -> bool:
    return await receiver.receive_messages(1, max_wait_time=wait) == []


def body(message: ServiceBusReceivedMessage) -> bytes:
    return b"".join(message.body)


async def test_a_message_arrives_with_all_it_was_sent_with(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    async with ends(broker, event_loop, broker.queue()) as (sender, receiver):
        sent = ServiceBusMessage(
            b"\x00\xff" * 10, message_id="m", correlation_id="c", subject="s", content_type="t",
            application_properties={"n": 2**30, "u": UUID(int=7), "f": 0.5, "b": True}, time_to_live=timedelta(days=1),
        )  # fmt: skip
        await sender.send_messages(sent)
        message = await receive(receiver)
        assert body(message) == b"\x00\xff" * 10
        assert (message.message_id, message.correlation_id, message.subject, message.content_type) == (
            "m",
            "c",
            "s",
            "t",
        )
        assert message.application_properties == {b"n": 2**30, b"u": UUID(int=7), b"f": 0.5, b"b": True}
        assert message.time_to_live == timedelta(days=1)
        assert (message.delivery_count, message.sequence_number) == (0, 1)
        assert message.locked_until_utc > datetime.now(UTC) + timedelta(seconds=50)
        await receiver.complete_message(message)
        assert await receiver.peek_messages() == []


async def test_a_message_larger_than_a_frame_travels_whole(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    payload = bytes(range(256)) * 800
    async with ends(broker, event_loop, broker.queue(), receive_mode=DELETE) as (sender, receiver):
        await sender.send_messages(ServiceBusMessage(payload))
        assert body(await receive(receiver)) == payload


async def test_a_message_over_the_limit_is_refused_with_its_size(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    async with ends(broker, event_loop, broker.queue()) as (sender, _):
        with pytest.raises(MessageSizeExceededError, match="262144 are allowed"):
            await sender.send_messages(ServiceBusMessage(b"x" * 300_000))


async def test_a_batch_arrives_as_its_messages_in_order(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    async with ends(broker, event_loop, broker.queue(), receive_mode=DELETE) as (sender, receiver):
        batch = await sender.create_message_batch()
        for number in range(20):
            batch.add_message(ServiceBusMessage(str(number)))
        await sender.send_messages(batch)
        seen: list[bytes] = []
        while len(seen) < 20:
            seen += [body(message) for message in await receiver.receive_messages(20, max_wait_time=3)]
        assert seen == [str(number).encode() for number in range(20)]
        assert await nothing_comes(receiver)


async def test_an_abandoned_message_comes_again_one_delivery_older(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    async with ends(broker, event_loop, broker.queue()) as (sender, receiver):
        await sender.send_messages(ServiceBusMessage("x"))
        for expected in (0, 1, 2):
            message = await receive(receiver)
            assert message.delivery_count == expected
            await receiver.abandon_message(message)


async def test_a_message_whose_lock_expired_comes_again_and_its_old_lock_settles_nothing(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    async with ends(broker, event_loop, broker.queue(lock_ms=300)) as (sender, receiver):
        await sender.send_messages(ServiceBusMessage("x"))
        stale = await receive(receiver)
        fresh = await receive(receiver)
        assert fresh.delivery_count == 1
        stale._expiry = datetime.now(UTC) + timedelta(
            minutes=1
        )  # or the SDK itself would refuse and not ask the broker
        with pytest.raises(MessageLockLostError):
            await receiver.complete_message(stale)
        await receiver.complete_message(fresh)


async def test_a_renewed_lock_keeps_the_message(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    async with ends(broker, event_loop, broker.queue(lock_ms=600)) as (sender, receiver):
        await sender.send_messages(ServiceBusMessage("x"))
        message = await receive(receiver)
        await asyncio.sleep(0.4)
        until = await receiver.renew_message_lock(message)
        assert until > datetime.now(UTC) + timedelta(seconds=0.3)
        await asyncio.sleep(0.4)
        await receiver.complete_message(message)
        assert await receiver.peek_messages() == []


async def test_a_message_that_failed_too_often_is_found_among_the_dead_letters(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    queue = broker.queue(max_delivery_count=2)
    async with (
        ends(broker, event_loop, queue) as (sender, receiver),
        ends(broker, event_loop, queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as (_, dead),
    ):
        await sender.send_messages(ServiceBusMessage("x"))
        for _ in range(2):
            await receiver.abandon_message(await receive(receiver))
        message = await receive(dead)
        assert message.dead_letter_reason == "MaxDeliveryCountExceeded"
        await dead.complete_message(message)


async def test_a_dead_lettered_message_says_why(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    queue = broker.queue()
    async with (
        ends(broker, event_loop, queue) as (sender, receiver),
        ends(broker, event_loop, queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as (_, dead),
    ):
        await sender.send_messages(ServiceBusMessage("x", application_properties={"kept": 1}))
        await receiver.dead_letter_message(await receive(receiver), reason="BadImage", error_description="no digest")
        message = await receive(dead)
        assert (message.dead_letter_reason, message.dead_letter_error_description) == ("BadImage", "no digest")
        assert message.application_properties[b"kept"] == 1


async def test_an_expired_message_is_dead_lettered_even_if_nobody_receives(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    queue = broker.queue(dead_letter_on_expiry=True)
    async with ends(broker, event_loop, queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER) as (sender, dead):
        await sender.send_messages(ServiceBusMessage("x", time_to_live=timedelta(milliseconds=100)))
        assert (await receive(dead)).dead_letter_reason == "TTLExpiredException"


async def test_a_deferred_message_comes_by_its_number_and_can_be_completed(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    async with ends(broker, event_loop, broker.queue()) as (sender, receiver):
        await sender.send_messages(ServiceBusMessage("x"))
        message = await receive(receiver)
        await receiver.defer_message(message)
        assert await nothing_comes(receiver)
        (deferred,) = await receiver.receive_deferred_messages(message.sequence_number)
        await receiver.complete_message(deferred)
        with pytest.raises(MessageNotFoundError):
            await receiver.receive_deferred_messages(message.sequence_number)


async def test_scheduled_messages_come_in_their_time_by_either_way_of_scheduling(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    async with ends(broker, event_loop, broker.queue(), receive_mode=DELETE) as (sender, receiver):
        due = datetime.now(UTC) + timedelta(seconds=0.6)
        await sender.send_messages(ServiceBusMessage("annotated", scheduled_enqueue_time_utc=due))
        await sender.schedule_messages(ServiceBusMessage("asked"), due + timedelta(seconds=0.1))
        assert [message.state.name for message in await receiver.peek_messages(5)] == ["SCHEDULED", "SCHEDULED"]
        assert [body(await receive(receiver)) for _ in range(2)] == [b"annotated", b"asked"]
        assert datetime.now(UTC) >= due


async def test_a_cancelled_message_never_comes(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    async with ends(broker, event_loop, broker.queue()) as (sender, receiver):
        numbers = await sender.schedule_messages(ServiceBusMessage("x"), datetime.now(UTC) + timedelta(seconds=0.2))
        await sender.cancel_scheduled_messages(numbers)
        assert await nothing_comes(receiver, wait=0.5)
        with pytest.raises(MessageNotFoundError):
            await sender.cancel_scheduled_messages(numbers)


async def test_a_duplicate_is_accepted_and_dropped_scheduled_or_not(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    async with ends(broker, event_loop, broker.queue(duplicate_window_ms=60_000), receive_mode=DELETE) as (
        sender,
        receiver,
    ):
        soon = datetime.now(UTC) + timedelta(seconds=0.1)
        await sender.send_messages(ServiceBusMessage("first", message_id="same"))
        await sender.send_messages(ServiceBusMessage("second", message_id="same"))
        await sender.send_messages(ServiceBusMessage("third", message_id="same", scheduled_enqueue_time_utc=soon))
        await sender.schedule_messages(ServiceBusMessage("fourth", message_id="same"), soon)
        assert body(await receive(receiver)) == b"first"
        assert await nothing_comes(receiver, wait=0.5)


async def test_receivers_that_compete_never_get_the_same_message(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    queue = broker.queue()
    async with ends(broker, event_loop, queue) as (sender, one), ends(broker, event_loop, queue) as (_, two):
        await sender.send_messages([ServiceBusMessage(str(number)) for number in range(40)])
        seen: list[bytes] = []
        while len(seen) < 40:
            for receiver in (one, two):
                for message in await receiver.receive_messages(10, max_wait_time=0.2):
                    await receiver.complete_message(message)
                    seen.append(body(message))
        assert sorted(map(int, seen)) == list(range(40))


async def test_an_unknown_queue_is_named_in_the_refusal(
    broker: BackgroundBroker, event_loop: EventLoop, sdk_leaks: None
) -> None:
    async with ServiceBusClient.from_connection_string(broker.connection_string, retry_total=0) as client:
        with pytest.raises(MessagingEntityNotFoundError, match="'nowhere' could not be found"):
            async with client.get_queue_sender("Nowhere") as sender:
                await sender.send_messages(ServiceBusMessage("x"))


async def test_a_rejected_send_names_the_queue(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    queue = broker.queue(max_bytes=10)
    async with ends(broker, event_loop, queue) as (sender, _):
        with pytest.raises(ServiceBusError, match=f"Queue '{queue}' is full"):
            await sender.send_messages(ServiceBusMessage("too much for this queue"))


async def test_a_wrong_key_is_refused(broker: BackgroundBroker, event_loop: EventLoop, sdk_leaks: None) -> None:
    wrong = broker.connection_string.replace("SAS_KEY_VALUE", "guess")
    async with ServiceBusClient.from_connection_string(wrong, retry_total=0) as client:
        with pytest.raises(ServiceBusAuthenticationError):
            async with client.get_queue_sender(broker.queue()) as sender:
                await sender.send_messages(ServiceBusMessage("x"))


def test_the_blocking_client_sends_receives_and_settles(broker: BackgroundBroker) -> None:
    queue = broker.queue()
    with (
        SyncClient.from_connection_string(broker.connection_string) as client,
        client.get_queue_sender(queue) as sender,
        client.get_queue_receiver(queue) as receiver,
    ):
        sender.send_messages([ServiceBusMessage(str(number)) for number in range(3)])
        for expected in (b"0", b"1", b"2"):
            (message,) = receiver.receive_messages(1, max_wait_time=3)
            assert body(message) == expected
            receiver.complete_message(message)
        assert receiver.peek_messages() == []


async def test_clients_reconnect_after_the_broker_restarts(own_broker: BackgroundBroker, event_loop: EventLoop) -> None:
    async with ends(own_broker, event_loop, own_broker.queue(), retries=3) as (sender, receiver):
        await sender.send_messages(ServiceBusMessage("before"))
        await asyncio.to_thread(own_broker.stop)
        own_broker.start()
        began = time.monotonic()
        await sender.send_messages(ServiceBusMessage("after"))
        assert [body(await receive(receiver, wait=5)) for _ in range(2)] == [b"before", b"after"]
        assert time.monotonic() - began < 10
