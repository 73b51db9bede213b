"""Runs small function apps of the tests in the real host process."""

import json
import os
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.processes import Child

_CODE = Path(__file__).parent.parent.parent
HEADER = """
import json, logging, os, time
from typing import List
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
def note(**what):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(json.dumps(what, default=str) + "\\n")
"""


def spawn(name: str, arguments: list[str], logs: Path, **variables: str) -> Child:
    environment = {**os.environ, "PYTHONPATH": str(_CODE), **variables}
    return Child(name, [sys.executable, "-m", *arguments], environment, logs)


def eventually[T](look: Callable[[], T], seconds: float = 8.0) -> T:
    """Look until the answer is true; after `seconds` the last answer is the test's failure."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(0.02)
    return found


class App:
    """A small app of a test, in its own folder, run by `python -m local.host`."""

    def __init__(self, folder: Path, source: str, host: dict[str, Any] | None = None, **settings: str) -> None:
        self.folder = folder
        self.settings = settings
        self._seen = folder / "seen.jsonl"
        (folder / "function_app.py").write_text(HEADER + textwrap.dedent(source))
        if host is not None:
            (folder / "host.json").write_text(json.dumps({"version": "2.0", **host}))
        self.start()

    def start(self) -> None:
        arguments = ["local.host", "--app", str(self.folder)]
        self.child = spawn("app", arguments, self.folder, SEEN=str(self._seen), **self.settings)
        self.ready = self.child.ready(20)
        self.url = f"http://127.0.0.1:{self.ready['port']}"

    @property
    def seen(self) -> list[dict[str, Any]]:
        """What the functions noted, oldest first."""
        return [json.loads(line) for line in self._seen.read_text().splitlines()] if self._seen.exists() else []

    @property
    def log(self) -> str:
        return (self.folder / "app.log").read_text()

    def await_seen(self, count: int, seconds: float = 8.0) -> list[dict[str, Any]]:
        """Wait until the functions have noted at least `count` things, and return all."""
        return eventually(lambda: self.seen if len(self.seen) >= count else [], seconds)
