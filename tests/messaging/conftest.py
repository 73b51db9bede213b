"""A broker in a background thread, so that the SDKs' blocking clients can be used beside it, and async tests."""

import asyncio
import gc
import inspect
import itertools
import threading
import warnings
from collections.abc import Coroutine, Iterator
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
        self._loop: asyncio.AbstractEventLoop | None = None
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
        assert self._loop is not None, "the broker was not started"
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


@pytest.fixture
def sdk_leaks() -> Iterator[None]:
    """The async SDKs leave a socket open when a link or token is refused: collect it here, not in some other test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class EventLoop:
    """One event loop for all coroutine tests: those that share only what is shared run side by side in it.

    The SDKs sleep 50 ms for each frame while they open a link, and a second while they close one; nobody has to wait.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._places = asyncio.Semaphore(6)  # enough to hide the sleeping, few enough to keep timings true
        self._started: dict[str, asyncio.Task[None]] | None = None
        self._closing: list[asyncio.Task[Any]] = []

    def run(self, item: pytest.Function) -> None:
        """Run a test to its end; the first call starts all that can run side by side."""
        if self._started is None:
            together = [other for other in item.session.items if isinstance(other, pytest.Function) and shares(other)]
            self._started = {other.nodeid: self._start(other, item.funcargs) for other in together}
        test = self._started.pop(item.nodeid, None) or self._start(item, item.funcargs)

        async def ended() -> None:
            await test

        self._runner.run(ended())

    def close_later(self, *closings: Coroutine[Any, Any, Any]) -> None:
        """Start closing SDK clients without waiting for it."""
        self._closing += [self._runner.get_loop().create_task(closing) for closing in closings]

    def finish(self) -> None:
        """Wait for everything to close; what failed to close fails the run."""

        async def all_closed() -> None:
            await asyncio.gather(*self._closing)

        self._runner.run(all_closed())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # of clients that the broker refused, see sdk_leaks
            self._runner.close()
            gc.collect()

    def _start(self, item: pytest.Function, fixtures: dict[str, Any]) -> asyncio.Task[None]:
        arguments = {name: fixtures[name] for name in inspect.signature(item.obj).parameters}

        async def in_a_place() -> None:
            async with self._places:
                await item.obj(**arguments)

        return self._runner.get_loop().create_task(in_a_place())


def shares(item: pytest.Function) -> bool:
    """Whether a test is a coroutine that uses nothing but what all of them share."""
    return inspect.iscoroutinefunction(item.obj) and {*inspect.signature(item.obj).parameters} <= {
        "broker",
        "event_loop",
    }


@pytest.fixture(scope="session")
def event_loop(broker: BackgroundBroker) -> Iterator[EventLoop]:
    """The loop in which coroutine tests run; it ends before the broker does."""
    loop = EventLoop()
    yield loop
    loop.finish()


@pytest.fixture
def own_broker() -> Iterator[BackgroundBroker]:
    """A broker for one test, which may stop and start it."""
    running = BackgroundBroker()
    running.start()
    yield running
    running.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests in the loop they name as a fixture."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    pyfuncitem.funcargs["event_loop"].run(pyfuncitem)
    return True
