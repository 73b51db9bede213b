"""What waits in the queues after a run."""

import asyncio

from azure.servicebus import ServiceBusMessageState, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient

from local.send import queues

PAGE = 250


def waiting(connection: str) -> dict[str, int]:
    """How many messages wait in each queue and in its dead letters; scheduled ones do not count."""
    return asyncio.run(_all(connection))


async def _all(connection: str) -> dict[str, int]:
    """All queues side by side, because the SDK sleeps while it opens and closes a link."""
    async with ServiceBusClient.from_connection_string(connection) as client:
        names, dead = queues(), ServiceBusSubQueue.DEAD_LETTER
        live = await asyncio.gather(*(_one(client, name, None) for name in names))
        letters = await asyncio.gather(*(_one(client, name, dead) for name in names))
    return dict(zip(names, live, strict=True)) | {
        f"{name}'s dead letters": count for name, count in zip(names, letters, strict=True)
    }


async def _one(client: ServiceBusClient, queue: str, sub_queue: ServiceBusSubQueue | None) -> int:
    count, following = 0, 1
    async with client.get_queue_receiver(queue, sub_queue=sub_queue) as receiver:
        while messages := await receiver.peek_messages(max_message_count=PAGE, sequence_number=following):
            count += sum(message.state is not ServiceBusMessageState.SCHEDULED for message in messages)
            following = max(message.sequence_number or 0 for message in messages) + 1
    return count
