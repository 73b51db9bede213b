"""How the oracle reads entries of a ledger and hears what the product logs."""

import hashlib
import json
import logging
from collections.abc import Callable
from typing import Any


class Violation(AssertionError):
    """Something that must never be; the message begins with the invariant's number."""


class Listener(logging.Handler):
    """Hears what the product logs, and shows each message with its place to `hear`."""

    def __init__(self, hear: Callable[[str, str], None]) -> None:
        super().__init__()
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one message on."""
        self._hear(record.getMessage(), "the log")


def data_of(entry: dict[str, Any]) -> str:
    """What an entry says in words and data."""
    return f"{entry['sentence']} {entry['data']}"


def sealed(entry: dict[str, Any]) -> str:
    """The hash that an entry must have, computed from what is stored."""
    content = {name: value for name, value in entry.items() if name != "hash"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
