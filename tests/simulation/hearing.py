"""How the oracle reads entries of a ledger and hears what the product logs."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
NEEDLESS = ("_srcfile", "logThreads", "logMultiprocessing", "logProcesses", "logAsyncioTasks")


class Violation(AssertionError):
    """Something that must never be; the message begins with the invariant's number."""


class Written(msgspec.Struct):
    """What the oracle reads of a release or an image: the entries and the orders stay as they are written."""

    stage: str
    ledger: list[msgspec.Raw]
    outstanding: list[msgspec.Raw]
    model: str = ""
    version: str = ""
    paused: str = ""


class _Requests(msgspec.Struct):
    requests: int


class _Window(msgspec.Struct):
    deployments: dict[str, _Requests]


class Counts(msgspec.Struct):
    """What the oracle reads of a ring: how many requests each window counts for whom."""

    windows: list[_Window]


class Listener(logging.Handler):
    """Hears what the product logs, and shows each message with its place to `hear`."""

    def __init__(self, hear: Callable[[str, str], None]) -> None:
        super().__init__()
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one message on."""
        self._hear(record.getMessage(), "the log")


@contextmanager
def heard_by(handler: logging.Handler) -> Iterator[None]:
    """Let `handler` alone hear all that Gatehouse logs, without where and by which thread, which takes long to find."""
    gatehouse = logging.getLogger("gatehouse")
    gatehouse.handlers, gatehouse.propagate = [handler], False
    gatehouse.setLevel(logging.INFO)
    before = {name: getattr(logging, name) for name in NEEDLESS}
    for name in NEEDLESS:
        setattr(logging, name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(logging, name, value)


def data_of(entry: dict[str, Any]) -> str:
    """What an entry says in words and data."""
    return f"{entry['sentence']} {entry['data']}"


def sealed(entry: dict[str, Any]) -> str:
    """The hash that an entry must have, computed from what is stored."""
    content = {name: value for name, value in entry.items() if name != "hash"}
    return hashlib.sha256(CANONICAL.encode(content).encode()).hexdigest()
