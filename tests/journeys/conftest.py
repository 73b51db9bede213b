"""One embedded platform for all journeys, with callers, a webhook that listens, and the team around it."""

import json
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from local.platform import Platform
from tests.journeys.world import SECRET, News, World

POLICY_SETTINGS = {
    "TELEMETRY_WINDOW_SECONDS": "1",
    "SWEEP_SCHEDULE": "0 0 */6 * * *",
    "ACR_WEBHOOK_SECRETS": SECRET,
    "MLFLOW_WEBHOOK_SECRETS": SECRET,
}


@pytest.fixture(scope="session")
def news() -> Iterator[News]:
    """An HTTP server that collects the CloudEvents it is sent."""
    collected = News()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collected.events.append({"content_type": self.headers["Content-Type"], **json.loads(body)})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    collected.url = f"http://127.0.0.1:{server.server_port}/news"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield collected
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, news: News) -> Iterator[World]:
    """The platform with the real app, and the team."""
    folder: Path = tmp_path_factory.mktemp("platform")
    before = dict(os.environ)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Platform({**POLICY_SETTINGS, "NOTIFY_URL": news.url}, root=folder) as platform:
            os.environ.update(platform.env)
            world = World(platform)
            try:
                yield world
            finally:
                world.close()
                os.environ.clear()
                os.environ.update(before)


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """Wait until a function gives something true, and give that."""

    def wait(what: str, found: Callable[[], Any], seconds: float = 60.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := found():
                return answer
            time.sleep(0.2)
        raise AssertionError(f"waited {seconds:.0f} s until {what}")

    return wait
