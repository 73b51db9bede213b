"""An HTTP server that answers every POST as it is told, and remembers what it got."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listener:
    """What comes next (`code`, and `location` for redirects) and what came: bodies, content types and paths."""

    url: str = ""
    code: int = 204
    location: str = ""
    bodies: list[bytes] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Welcome everything again, as if nothing had come."""
        self.code, self.location = 204, ""
        for came in (self.bodies, self.types, self.paths):
            came.clear()


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port of this machine."""
    listener = Listener()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(listener))
    listener.url = f"http://127.0.0.1:{server.server_port}/news"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listener.paths.append(self.path)
            listener.types.append(self.headers["Content-Type"])
            listener.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer()

        def do_GET(self) -> None:
            """A client that turns a redirected POST into a GET comes here."""
            listener.paths.append(self.path)
            self._answer()

        def _answer(self) -> None:
            self.send_response(listener.code)
            if listener.location:
                self.send_header("Location", listener.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    return Handler
