"""Sending that outlives the far side's absence: in order, and again until it is taken."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

CLOSING_SECONDS = 2.0


class Outbox[T]:
    """Delivers what is put, one at a time, trying again after `pause` seconds; needs a running loop.

    Beyond `limit` waiting items the oldest is dropped, and that is said on standard error.
    """

    def __init__(
        self, name: str, deliver: Callable[[T], Awaitable[None]], *, limit: int = 1000, pause: float = 1.0
    ) -> None:
        self._name = name
        self._deliver = deliver
        self._pause = pause
        self._waiting: asyncio.Queue[T] = asyncio.Queue(limit)
        self._task = asyncio.create_task(self._run())

    def put(self, item: T) -> None:
        """Hands `item` over; returns at once."""
        if self._waiting.full():
            self._waiting.get_nowait()
            self._waiting.task_done()
            self._say("too many items wait, the oldest was dropped")
        self._waiting.put_nowait(item)

    async def close(self) -> None:
        """Waits a little for what is under way, then stops."""
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._waiting.join()
        except TimeoutError:
            self._say(f"{self._waiting.qsize()} items were not delivered")
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            item = await self._waiting.get()
            while not await self._delivered(item):
                await asyncio.sleep(self._pause)
            self._waiting.task_done()

    async def _delivered(self, item: T) -> bool:
        try:
            await self._deliver(item)
        except Exception as error:
            self._say(f"not delivered, trying again: {error!r}")
            return False
        return True

    def _say(self, what: str) -> None:
        print(f"{self._name}: {what}", file=sys.stderr, flush=True)
