"""The host as a whole: starts every trigger of an app, announces itself, and stops in good order."""

import asyncio
import json
import logging
import os
import signal
import threading
from pathlib import Path
from typing import Protocol

from aiohttp import web

from local.host.config import HostConfig, read_host_config
from local.host.functions import Function
from local.host.logs import start_logging
from local.host.timers import Timer
from local.host.web import web_application
from local.host.worker import Worker

_LOG = logging.getLogger("local.host")
_GRACE_SECONDS = 5.0


class MessageTrigger(Protocol):
    """A trigger that receives from a broker."""

    def start(self) -> None:
        """Begin to receive."""

    async def stop(self, seconds: float) -> None:
        """Receive no more, and give running invocations `seconds` to finish."""


async def host_app(app: Path, host: str, port: int) -> None:
    """Run the app of a folder until SIGTERM, SIGINT or the end of stdin.

    Invocations get five seconds to finish then. Raises StartError when the app cannot be hosted.
    """
    stop = _stop_event()
    config = read_host_config(app)
    show_names = start_logging(config.log_level)
    worker = await Worker.load(app)
    show_names(worker.function_name)
    timers = {function.name: Timer(function, worker, os.environ) for function in _of(worker, "timerTrigger")}
    triggers = message_triggers(worker, config)
    application = web_application(worker, config.route_prefix, timers)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE_SECONDS)
    bound = await _listen(runner, host, port)
    for trigger in triggers:
        trigger.start()
    clocks = [asyncio.create_task(timer.run()) for timer in timers.values()]
    _announce(bound, worker)
    await stop.wait()
    await _stop(clocks, runner, triggers, worker)


def message_triggers(worker: Worker, config: HostConfig) -> list[MessageTrigger]:
    """Make a trigger for every Service Bus and Event Hubs function; an SDK is imported only when it is needed."""
    triggers: list[MessageTrigger] = []
    if queues := _of(worker, "serviceBusTrigger"):
        from local.host.servicebus import QueueTrigger

        triggers += [QueueTrigger(function, worker, config, os.environ) for function in queues]
    if hubs := _of(worker, "eventHubTrigger"):
        from local.host.eventhubs import HubTrigger

        triggers += [HubTrigger(function, worker, config, os.environ) for function in hubs]
    return triggers


def _of(worker: Worker, kind: str) -> list[Function]:
    return [function for function in worker.functions if function.kind == kind]


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return int(runner.addresses[0][1])


def _announce(port: int, worker: Worker) -> None:
    names = [function.name for function in worker.functions]
    print(json.dumps({"ready": True, "port": port, "functions": names}), flush=True)


async def _stop(
    clocks: list[asyncio.Task[None]], runner: web.AppRunner, triggers: list[MessageTrigger], worker: Worker
) -> None:
    for clock in clocks:
        clock.cancel()
    await asyncio.gather(runner.cleanup(), *(trigger.stop(_GRACE_SECONDS) for trigger in triggers), _finished(worker))


async def _finished(worker: Worker) -> None:
    deadline = asyncio.get_running_loop().time() + _GRACE_SECONDS
    while worker.running and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.05)


def _stop_event() -> asyncio.Event:
    """An event set by SIGTERM, SIGINT and the end of stdin: when the parent is gone, nobody needs this host."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_await_end_of_stdin, args=(loop, stop), daemon=True).start()
    return stop


def _await_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    try:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)
    except (OSError, RuntimeError):
        _LOG.debug("stdin is not readable, or the host has stopped")
