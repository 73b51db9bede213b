"""Runs the broker as a process of its own: says on stdout when it listens, and ends when its parent does."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from local.messaging.broker import Broker
from local.messaging.entities import Entities, load

HERE = Path(__file__).parents[1]


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; exits with a message if it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m local.messaging", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--servicebus", type=Path, default=HERE / "servicebus.json")
    parser.add_argument("--eventhubs", type=Path, default=HERE / "eventhubs.json")
    return parser.parse_args(arguments)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when stdin ends: then the parent is gone, and no orphan should outlive it."""

    def on_readable() -> None:
        if not os.read(sys.stdin.fileno(), 65_536):
            loop.remove_reader(sys.stdin.fileno())
            stop.set()

    try:
        loop.add_reader(sys.stdin.fileno(), on_readable)
    except PermissionError:  # a file or /dev/null cannot be polled, and tells nothing about a parent
        logging.getLogger(__name__).info("stdin is not a pipe or terminal: stop with SIGTERM")


async def run(entities: Entities, host: str, port: int) -> None:
    """Serve until SIGTERM, SIGINT or the end of stdin."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _watch_stdin(loop, stop)
    async with Broker(entities).serve(host, port) as bound:
        print(json.dumps({"ready": True, "port": bound}), flush=True)
        await stop.wait()


def main() -> int:
    """The process's exit code: 0 after a clean stop, 1 if it could not start."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="messaging: %(message)s")
    arguments = parse_arguments()
    try:
        asyncio.run(run(load(arguments.servicebus, arguments.eventhubs), arguments.host, arguments.port))
    except (OSError, ValueError) as error:
        print(f"messaging: cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
