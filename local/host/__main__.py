"""`python -m local.host`: run a function app on this machine."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from local.host.failures import StartError
from local.host.host import host_app


def main() -> int:
    """Run the app that the command line names; returns 1 when the app cannot be hosted, else exits with 0 itself."""
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Run a function app on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: any free one")
    parser.add_argument("--app", type=Path, default=Path(), help="folder of function_app.py")
    options = parser.parse_args()
    try:
        asyncio.run(host_app(options.app.resolve(), options.host, options.port))
    except StartError as error:
        print(f"local.host: {error}", file=sys.stderr)
        return 1
    # A synchronous function that outlived the time to finish runs in a thread that the interpreter would wait for.
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
