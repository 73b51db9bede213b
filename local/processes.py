"""Child processes that announce themselves with one line of JSON and never outlive their parent."""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_LOG_LINES = 20


class ChildError(RuntimeError):
    """A child process did not start or ended early; the message names it and quotes its log."""


class Child:
    """One running child. Its stderr goes to `<logs>/<name>.log`; the end of its stdin tells it to stop.

    It is in a session of its own, so that Ctrl-C in a terminal reaches its parent alone.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._log = logs / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while the process is running."""
        return self._process.poll()

    def end_input(self) -> None:
        """Close its stdin, as the end of its parent would."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def ready(self, seconds: float) -> dict[str, Any]:
        """Wait for the line of JSON that says it is listening.

        When none comes in time the process is killed, and ChildError is raised.
        """
        try:
            line = self._first_line(time.monotonic() + seconds)
        except ChildError:
            self.kill()
            raise
        announcement: dict[str, Any] = json.loads(line)
        return announcement

    def _first_line(self, deadline: float) -> bytes:
        assert self._process.stdout is not None
        output, line = self._process.stdout.fileno(), b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([output], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                raise ChildError(f"{self.name} was not ready in time.{self._quoted_log()}")
            piece = os.read(output, 65536)
            if not piece:
                raise self._ended()
            line += piece
        return line

    def check(self) -> None:
        """Raises ChildError when the process has ended."""
        if not self.alive:
            raise self._ended()

    def stop(self, seconds: float = 10.0) -> None:
        """Ask the process to stop and wait; after `seconds` it is killed."""
        self.end_input()
        if self.alive:
            self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close_pipes()

    def kill(self) -> None:
        """End the process at once (SIGKILL), as a crash would."""
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def _ended(self) -> ChildError:
        return ChildError(f"{self.name} ended with exit code {self._process.wait(5)}.{self._quoted_log()}")

    def _quoted_log(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return "".join(f"\n  {line}" for line in [f"The end of {self._log}:", *lines])

    def _close_pipes(self) -> None:
        self.end_input()
        if self._process.stdout is not None:
            self._process.stdout.close()
