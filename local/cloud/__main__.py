"""`python -m local.cloud`: runs the cloud until SIGTERM, SIGINT or the end of standard input."""

import argparse
import asyncio
import json
import os
import signal
import threading
from pathlib import Path

from local.cloud.server import Connections, Options, serve


def main() -> None:
    """Prints one JSON line when listening: `ready`, `port`, `identity_port` and `bundle`."""
    asyncio.run(_run(_options()))


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description=__doc__)
    parser.add_argument("--host", default=Options.host)
    parser.add_argument("--port", type=int, default=Options.port, help="TLS port; 0 takes a free one")
    parser.add_argument("--certificates", type=Path, default=Options.certificates, help="folder of the local authority")
    parser.add_argument("--container", default=Options.container, help="blob container of the workspace's datastore")
    parser.add_argument("--provisioning-seconds", type=float, default=Options.provisioning_seconds)
    parser.add_argument("--seed", type=int, default=Options.seed, help="of the traffic split")
    parser.add_argument("--log", type=Path, help="file every effect is appended to")
    parser.add_argument("--no-events", dest="events", action="store_false", help="announce no registered models")
    return Options(**vars(parser.parse_args()))


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_wait_for_end_of_input, args=(loop, stop), daemon=True).start()
    async with serve(options, Connections.named_in(os.environ)) as listening:
        print(json.dumps({"ready": True, **listening}), flush=True)
        await stop.wait()


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held when the interpreter ends
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    main()
