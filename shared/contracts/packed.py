"""Many records in one body, in every shape that occurs: one value, an array, lines, or `{"records": […]}`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that is no JSON: its own bytes, and why."""

    body: bytes
    problem: Malformed


@dataclass(frozen=True, slots=True)
class Record:
    """One value of a body, and its place there, "" for the body itself."""

    where: str
    value: strict_json.JSON


def records(body: bytes, *, limit: int = 1_048_576) -> Iterator[Record | Unread]:
    """Every record in a body of at most `limit` bytes, in its order; a line that cannot be read hides no other.

    Raises Malformed for a body that is neither one JSON value nor at least two lines.
    """
    strict_json.within(body, limit)
    try:
        whole = strict_json.loads(body, limit=limit)
    except Malformed as problem:
        lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
        if len(lines) < 2:
            raise problem from None
        for number, line in lines:
            yield from _line(number, line, limit)
        return
    yield from _unpacked(whole, "")


def canonical(value: strict_json.JSON) -> bytes:
    """The one spelling of a value, whatever order its keys came in."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _line(number: int, line: bytes, limit: int) -> Iterator[Record | Unread]:
    where = f"line {number}"
    try:
        yield from _unpacked(strict_json.loads(line, limit=limit), where)
    except Malformed as problem:
        yield Unread(line, Malformed(problem.reason, where))


def _unpacked(value: strict_json.JSON, where: str) -> Iterator[Record]:
    if isinstance(value, dict) and isinstance(packed := value.get("records"), list):
        value, where = packed, f"{where} records".strip()
    if isinstance(value, list):
        yield from (Record(f"{where}[{index}]", element) for index, element in enumerate(value))
    else:
        yield Record(where, value)
