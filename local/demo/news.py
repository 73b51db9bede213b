"""Who hears the news: a webhook on this machine that keeps every CloudEvent it is sent."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class News:
    """Listens at `url` while the `with` block lasts; `events` are what came, in order, with their `content_type`."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _listener(self.events))
        self._thread = threading.Thread(target=self._server.serve_forever, name="news", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/news"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, model: str, version: str, kind: str) -> dict[str, Any] | None:
        """The content of the first news of this kind (such as `rejected`) about a release, None before it came."""
        wanted = (f"releases/{model}/{version}", f"gatehouse.release.{kind}")
        found = (event["data"] for event in self.events if (event["subject"], event["type"]) == wanted)
        return next(found, None)


def _listener(events: list[dict[str, Any]]) -> type[BaseHTTPRequestHandler]:
    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            events.append({"content_type": self.headers["Content-Type"], **json.loads(body)})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    return Listener
