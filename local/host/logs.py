"""Log lines of the app and the host on stderr: `HH:MM:SS level function: message`."""

import logging
import sys
from collections.abc import Callable


class _Line(logging.Formatter):
    def __init__(self, function_name: Callable[[], str | None]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(function)s: %(message)s", "%H:%M:%S")
        self._function_name = function_name

    def format(self, record: logging.LogRecord) -> str:
        record.levelname = record.levelname.lower()
        record.function = self._function_name() or "host"
        return super().format(record)


def start_logging(level: str) -> Callable[[Callable[[], str | None]], None]:
    """Send every logger's lines from `level` up to stderr; Azure SDKs only from warning up.

    Returns a function that tells the lines where to learn the running function's name.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(lambda: None))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("azure").setLevel(logging.WARNING)
    # The worker's core logs each failed invocation itself, without naming the function; the host does it better.
    logging.getLogger("azure.functions").setLevel(logging.CRITICAL)
    return lambda function_name: handler.setFormatter(_Line(function_name))
