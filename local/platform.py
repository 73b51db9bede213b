"""The embedded platform as one object: storage, messaging, cloud and the app, started and stopped in order."""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from local.processes import Child, ChildError
from local.storage import create_containers, storage_connection_string

_CODE = Path(__file__).parent.parent
_READY_SECONDS = 30.0


class Platform:
    """Runs everything on this machine while the `with` block lasts.

    `env` holds every variable the app and its clients need, `url` is the app's. `settings` are added to `env`.
    `root` is the folder for logs, certificates and the cloud's witness log; `app` the folder of the function app;
    `queues` a Config.json of queues other than local/servicebus.json.
    Entering raises ChildError, with the end of the log, when a part does not start; what had started is stopped.
    """

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        with_app: bool = True,
        root: Path = Path(".local"),
        app: Path = _CODE,
        queues: Path | None = None,
    ) -> None:
        self.env: dict[str, str] = {}
        self.url = ""
        self.root = root.resolve()
        self._settings = dict(settings or {})
        self._with_app = with_app
        self._app_folder = app.resolve()
        self._broker = ("--servicebus", str(queues.resolve())) if queues else ()
        self._app: Child | None = None
        self._parts: list[Child] = []
        self._stack = ExitStack()

    @property
    def logs(self) -> Path:
        """The folder of one log file per part: storage, messaging, cloud, app."""
        return self.root / "logs"

    @property
    def witness_log(self) -> Path:
        """The cloud's record, one JSON line per effect, of what really happened."""
        return self.root / "witness.jsonl"

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            starting.callback(self._stop_parts)
            self._forget_last_run()
            self._start_parts()
            if self._with_app:
                self.start_app()
            self._stack = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start_app(self) -> None:
        """Start the app, again after it was stopped or killed; `url` changes. Raises ChildError when it fails."""
        if self._app is not None:
            raise ChildError("app is running already: stop_app() or kill_app() it first.")
        app = self._spawn("app", "-m", "local.host", "--app", str(self._app_folder))
        self.url = f"http://127.0.0.1:{app.ready(_READY_SECONDS)['port']}"
        self._app = app

    def stop_app(self) -> None:
        """Let the app finish what it does, then stop it; without a running app nothing happens."""
        app, self._app = self._app, None
        if app is not None:
            app.stop()

    def kill_app(self) -> None:
        """End the app at once, as a crash would; without a running app nothing happens."""
        app, self._app = self._app, None
        if app is not None:
            app.kill()

    def restart_app(self) -> None:
        """Stop the app and start it again; `url` changes."""
        self.stop_app()
        self.start_app()

    def check(self) -> None:
        """Raises ChildError, naming the part and quoting its log, when a part has ended by itself."""
        for part in [*self._parts, *([self._app] if self._app else [])]:
            part.check()

    def pids(self) -> dict[str, int]:
        """The process id of every running part, by name."""
        return {part.name: part.pid for part in [*self._parts, *([self._app] if self._app else [])]}

    def _forget_last_run(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        for file in [*self.logs.glob("*.log"), self.witness_log]:
            file.unlink(missing_ok=True)

    def _start_parts(self) -> None:
        """Start storage and messaging together, then the cloud, which needs the addresses of both."""
        from local.cloud import environment
        from local.messaging import connection_string

        storage, messaging = self._part("storage"), self._part("messaging", *self._broker)
        broker = connection_string(int(messaging.ready(_READY_SECONDS)["port"]))
        blobs = storage_connection_string(int(storage.ready(_READY_SECONDS)["port"]))
        self.env = _addresses(blobs, broker)
        certificates = str(self.root / "certificates")
        cloud = self._part("cloud", "--certificates", certificates, "--log", str(self.witness_log))
        create_containers(blobs)
        self.env |= environment(cloud.ready(_READY_SECONDS)) | self._settings

    def _part(self, name: str, *arguments: str) -> Child:
        part = self._spawn(name, "-m", f"local.{name}", *arguments)
        self._parts.append(part)
        return part

    def _spawn(self, name: str, *arguments: str) -> Child:
        environment = os.environ | self.env
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_CODE), environment.get("PYTHONPATH")]))
        return Child(name, [sys.executable, *arguments], environment, self.logs)

    def _stop_parts(self) -> None:
        """Stop everything in the reverse order of starting."""
        self.stop_app()
        while self._parts:
            self._parts.pop().stop()


def _addresses(storage: str, broker: str) -> dict[str, str]:
    return {
        "AzureWebJobsStorage": storage,
        "StateStorage": storage,
        "ModelStorage": storage,
        "DataStorage": storage,
        "ServiceBusConnection": broker,
        "EventHubConnection": broker,
        "WEBSITE_AUTH_ENABLED": "true",
    }
