"""What is announced while the broker is away is announced when it is back."""

import asyncio

import pytest

from local.cloud.outbox import Outbox


class Broker:
    """Takes items, but not the first `refusals` times."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[int] = []

    async def take(self, item: int) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("the broker is away")
        self.taken.append(item)


async def _deliver(broker: Broker, count: int, limit: int = 100) -> None:
    outbox = Outbox("events", broker.take, limit=limit, pause=0.001)
    for item in range(count):
        outbox.put(item)
    await outbox.close()


def test_items_arrive_in_order_after_the_broker_was_away(capsys: pytest.CaptureFixture[str]) -> None:
    broker = Broker(refusals=3)

    asyncio.run(_deliver(broker, 5))

    assert broker.taken == [0, 1, 2, 3, 4]
    assert capsys.readouterr().err.count("events: not delivered, trying again: ConnectionError") == 3


def test_beyond_the_limit_the_oldest_is_dropped_and_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    broker = Broker(refusals=0)

    asyncio.run(_deliver(broker, 5, limit=3))

    assert broker.taken == [2, 3, 4]
    assert capsys.readouterr().err.count("the oldest was dropped") == 2
