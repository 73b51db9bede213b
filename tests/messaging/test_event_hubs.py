"""Claims about event hubs, made through the unmodified Event Hubs SDK."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from azure.eventhub import EventData
from azure.eventhub import EventHubConsumerClient as SyncConsumer
from azure.eventhub import EventHubProducerClient as SyncProducer
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient
from azure.eventhub.exceptions import EventHubError

if TYPE_CHECKING:
    from tests.messaging.conftest import BackgroundBroker, EventLoop


CLOSING: list[asyncio.Task[None]] = []  # closing takes the SDK a second: the next reads need not wait for it


def producer(broker: BackgroundBroker, hub: str) -> EventHubProducerClient:
    return EventHubProducerClient.from_connection_string(broker.connection_string, eventhub_name=hub, retry_total=0)


def consumer(broker: BackgroundBroker, hub: str) -> EventHubConsumerClient:
    return EventHubConsumerClient.from_connection_string(
        broker.connection_string, consumer_group="gatehouse", eventhub_name=hub, retry_total=0
    )


async def send(broker: BackgroundBroker, hub: str, *bodies: str, **target: Any) -> None:
    async with producer(broker, hub) as client:
        await client.send_batch([EventData(text) for text in bodies], **target)


async def read(broker: BackgroundBroker, hub: str, count: int, **options: Any) -> list[EventData]:
    """The first `count` events a fresh consumer gets, from all partitions or the one named."""
    events: list[EventData] = []
    done = asyncio.Event()

    async def on_event(_: object, event: EventData) -> None:
        events.append(event)
        if len(events) >= count:
            done.set()

    client = consumer(broker, hub)
    task = asyncio.create_task(client.receive(on_event, **{"starting_position": "-1"} | options))
    async with asyncio.timeout(5):
        await done.wait()
    close = asyncio.create_task(client.close())
    CLOSING.append(close)
    close.add_done_callback(lambda _: task.cancel())  # or the SDK's load balancer would sleep on for half a minute
    return events


def texts(events: list[EventData]) -> list[str]:
    return [event.body_as_str() for event in events]


async def test_events_arrive_in_order_with_their_place_in_the_partition(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    hub = broker.hub()
    await send(broker, hub, "a", "b", "c", partition_id="1")
    events = await read(broker, hub, 3, partition_id="1")
    assert texts(events) == ["a", "b", "c"]
    assert [event.sequence_number for event in events] == [0, 1, 2]
    assert isinstance(events[0].offset, str)
    assert abs((datetime.now(UTC) - events[0].enqueued_time).total_seconds()) < 10


async def test_events_of_one_key_share_a_partition_and_keep_their_key(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    hub = broker.hub(partitions=3)
    for _ in range(3):
        await send(broker, hub, "x", partition_key="model-7")
    async with producer(broker, hub) as client:
        found = [await client.get_partition_properties(str(number)) for number in range(3)]
    (home,) = [info["id"] for info in found if not info["is_empty"]]
    events = await read(broker, hub, 3, partition_id=home)
    assert {event.partition_key for event in events} == {b"model-7"}


async def test_batches_without_a_key_take_turns_over_the_partitions(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    hub = broker.hub(partitions=4)
    async with producer(broker, hub) as client:
        for _ in range(8):
            await client.send_batch([EventData("x")])
        last = [(await client.get_partition_properties(str(n)))["last_enqueued_sequence_number"] for n in range(4)]
    assert last == [1, 1, 1, 1]


async def test_a_consumer_begins_where_it_asks_to(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    hub = broker.hub(partitions=1)
    await send(broker, hub, "a", "b")
    first, _ = await read(broker, hub, 2, partition_id="0")
    await asyncio.sleep(0.01)
    between = datetime.now(UTC)
    await asyncio.sleep(0.01)
    await send(broker, hub, "c")

    async def start(position: object, **options: Any) -> str:
        return texts(await read(broker, hub, 1, partition_id="0", starting_position=position, **options))[0]

    assert await start(first.offset) == "b"
    assert await start(first.offset, starting_position_inclusive=True) == "a"
    assert await start(0) == "b"
    assert await start(between) == "c"


async def test_a_consumer_of_the_latest_gets_only_what_comes_after_it(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    hub = broker.hub(partitions=1)
    await send(broker, hub, "before")
    reading = asyncio.create_task(read(broker, hub, 1, partition_id="0", starting_position="@latest"))
    await asyncio.sleep(0.7)
    await send(broker, hub, "after")
    assert texts(await reading) == ["after"]


async def test_the_hub_and_its_partitions_describe_themselves(broker: BackgroundBroker, event_loop: EventLoop) -> None:
    hub = broker.hub(partitions=3)
    await send(broker, hub, "a", "b", partition_id="2")
    async with producer(broker, hub) as client:
        described = await client.get_eventhub_properties()
        empty, filled = [await client.get_partition_properties(number) for number in ("0", "2")]
    assert (described["eventhub_name"], described["partition_ids"]) == (hub, ["0", "1", "2"])
    assert (empty["is_empty"], empty["last_enqueued_sequence_number"], empty["last_enqueued_offset"]) == (
        True,
        -1,
        "-1",
    )
    assert (filled["is_empty"], filled["last_enqueued_sequence_number"]) == (False, 1)


async def test_events_tell_where_the_end_of_the_partition_is_when_asked(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    hub = broker.hub(partitions=1)
    await send(broker, hub, "a", "b", "c")
    contexts: list[dict[str, Any]] = []
    done = asyncio.Event()

    async def on_event(context: Any, _: object) -> None:
        contexts.append(context.last_enqueued_event_properties)
        done.set()

    async with consumer(broker, hub) as client:
        options = {"partition_id": "0", "starting_position": "-1", "track_last_enqueued_event_properties": True}
        task = asyncio.create_task(client.receive(on_event, **options))
        async with asyncio.timeout(5):
            await done.wait()
        task.cancel()
    assert contexts[0]["sequence_number"] == 2


async def test_a_newcomer_of_equal_epoch_takes_the_partition_over(
    broker: BackgroundBroker, event_loop: EventLoop
) -> None:
    hub = broker.hub(partitions=1)
    await send(broker, hub, "a")
    lost: asyncio.Queue[Exception] = asyncio.Queue()
    got = asyncio.Event()

    async def on_event(*_: object) -> None:
        got.set()

    async def on_error(_: object, error: Exception) -> None:
        await lost.put(error)

    async with consumer(broker, hub) as first:
        options = {"partition_id": "0", "owner_level": 1, "starting_position": "-1"}
        task = asyncio.create_task(first.receive(on_event, on_error=on_error, **options))
        async with asyncio.timeout(5):
            await got.wait()
        assert texts(await read(broker, hub, 1, partition_id="0", owner_level=1)) == ["a"]
        async with asyncio.timeout(5):
            error = await lost.get()
        task.cancel()
    assert "New consumer" in str(error) or "epoch 1" in str(error)


async def test_a_hub_that_does_not_exist_is_refused(
    broker: BackgroundBroker, event_loop: EventLoop, sdk_leaks: None
) -> None:
    with pytest.raises(EventHubError, match="nowhere"):
        await send(broker, "nowhere", "x")


def test_the_blocking_clients_send_and_receive(broker: BackgroundBroker) -> None:
    hub = broker.hub(partitions=1)
    names = {"conn_str": broker.connection_string, "eventhub_name": hub}
    with SyncProducer.from_connection_string(**names) as client:
        batch = client.create_batch()
        for number in range(50):
            batch.add(EventData(str(number)))
        client.send_batch(batch)
    events: list[EventData] = []
    with SyncConsumer.from_connection_string(consumer_group="$Default", **names) as reader:
        receive = {"on_event": lambda _, event: events.append(event), "partition_id": "0", "starting_position": "-1"}
        thread = threading.Thread(target=reader.receive, kwargs=receive)
        thread.start()
        for _ in range(100):
            if len(events) == 50:
                break
            threading.Event().wait(0.05)
        reader.close()
        thread.join(5)
    assert texts(events) == [str(number) for number in range(50)]
