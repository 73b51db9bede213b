"""A broker in a background thread, so that the SDKs' blocking clients can be used beside it, and async tests."""

import asyncio
import inspect
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local.messaging import connection_string
from local.messaging.broker import Broker
from local.messaging.entities import Entities, HubRules
from local.messaging.queue_entry import QueueRules


class BackgroundBroker:
    """A broker served by a thread of its own; it can be stopped and started again on the same port."""

    def __init__(self) -> None:
        self._broker = Broker(Entities())
        self._numbers = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread()
        self.port = 0

    @property
    def connection_string(self) -> str:
        return connection_string(self.port)

    def start(self) -> None:
        listening = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        assert listening.wait(5), "the broker did not start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        assert not self._thread.is_alive(), "the broker did not stop"

    def queue(self, **rules: Any) -> str:
        """The name of a new queue with these rules."""
        name = f"Queue-{next(self._numbers)}"
        self._broker.add_queue(QueueRules(name, **rules))
        return name

    def hub(self, partitions: int = 2) -> str:
        """The name of a new hub with the consumer group `gatehouse`."""
        name = f"hub-{next(self._numbers)}"
        self._broker.add_hub(HubRules(name, partitions, ("gatehouse",)))
        return name

    def _run(self, listening: threading.Event) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._stop = asyncio.Event()
            runner.run(self._serve(listening))

    async def _serve(self, listening: threading.Event) -> None:
        async with self._broker.serve(port=self.port) as self.port:
            listening.set()
            await self._stop.wait()


@pytest.fixture(scope="session")
def broker() -> Iterator[BackgroundBroker]:
    """One broker for all tests; every test makes the queues and hubs it needs."""
    running = BackgroundBroker()
    running.start()
    yield running
    running.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests in an event loop of their own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
