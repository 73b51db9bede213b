"""The part of YAML that reads the same to everybody: plain tables and lists, typed like JSON, each with its line."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from shared.contracts.malformed import Malformed
from shared.contracts.strict_json import LARGEST_INTEGER, within

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "": None}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?\.inf|\.nan", re.IGNORECASE)

type Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file, and for every key path in it the line it is on, 1 for the first."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest table or list around it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def loads(body: bytes, *, limit: int = 65_536, depth: int = 16) -> Document:
    """The document in `body`, at most `limit` bytes and `depth` levels of tables and lists.

    Only the plain words true, false and null, plain JSON numbers, and nothing at all (null) are typed; any other scalar
    is text, `no`, `010` and `12:30:45` too. Raises Malformed with `line N` for everything larger or deeper, anchors,
    aliases, tags, merge keys, repeated keys, keys that are not text, numbers that are not finite or integers outside
    ±2^53, a second document, and an empty file.
    """
    within(body, limit)
    lines: dict[Path, int] = {}
    try:
        value = _Reader(yaml.parse(_text(body), yaml.SafeLoader), depth, lines).document()
    except Malformed:
        raise
    except yaml.MarkedYAMLError as error:
        raise Malformed(f"not YAML: {error.problem}", _line(error.problem_mark or error.context_mark)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a bad escape ends in ValueError inside PyYAML
        raise Malformed(f"not YAML: {error}") from None
    return Document(value, lines)


def _text(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Malformed("the text is not UTF-8; save it as UTF-8", f"line {line}") from None
    if text.startswith("\ufeff"):
        raise Malformed("the text starts with a byte order mark; save it without", "line 1")
    return text


def _number_of(mark: Any) -> int:
    return int(mark.line) + 1


def _line(mark: Any) -> str:
    return f"line {_number_of(mark)}" if mark else ""


class _Reader:
    """Makes values straight from PyYAML's events; its constructors never run."""

    def __init__(self, events: Iterator[yaml.Event], depth: int, lines: dict[Path, int]) -> None:
        self._events, self._depth, self._lines = events, depth, lines

    def document(self) -> Any:
        next(self._events)
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            raise Malformed("the file holds nothing; write at least one key", "line 1")
        if start.tags:
            raise Malformed("tags are not allowed; remove the %TAG line", _line(start.start_mark))
        value = self._node(self._next(), (), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise Malformed("a second document begins here; keep one document per file", _line(after.start_mark))
        return value

    def _next(self) -> yaml.Event:
        event = next(self._events)
        what = _forbidden(event)
        if what:
            raise Malformed(f"{what} not allowed here; write the value itself", _line(event.start_mark))
        return event

    def _node(self, event: yaml.Event, path: Path, level: int) -> Any:
        self._lines.setdefault(path, _number_of(event.start_mark))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if level >= self._depth:
            raise Malformed(f"nested deeper than {self._depth} levels; flatten it", _line(event.start_mark))
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(path, level + 1)
        return self._list(path, level + 1)

    def _table(self, path: Path, level: int) -> dict[str, Any]:
        table: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = _key(event)
            if key in table:
                raise Malformed(f"the key {key!r} is there more than once; keep one", _line(event.start_mark))
            self._lines[(*path, key)] = _number_of(event.start_mark)
            table[key] = self._node(self._next(), (*path, key), level)
        return table

    def _list(self, path: Path, level: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), level))
        return items


def _forbidden(event: yaml.Event) -> str:
    if isinstance(event, yaml.AliasEvent):
        return "an alias is"
    if getattr(event, "anchor", None) is not None:
        return "an anchor is"
    return "a tag is" if getattr(event, "tag", None) is not None else ""


def _key(event: yaml.Event) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise Malformed("a table or a list cannot be a key; keys are text", _line(event.start_mark))
    if not event.style and event.value == "<<":
        raise Malformed("merge keys are not allowed; write the keys out", _line(event.start_mark))
    key = _scalar(event)
    if not isinstance(key, str):
        raise Malformed(f"the key {event.value!r} is not text; put it in quotes", _line(event.start_mark))
    return key


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Malformed("the text holds half a character (a lone surrogate); write it whole", _line(event.start_mark))
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return _number(text, event.start_mark) if _NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text) else text


def _number(text: str, mark: Any) -> int | float:
    number = math.nan if _NOT_FINITE.fullmatch(text) else float(text)
    if not math.isfinite(number):
        raise Malformed(f"{text[:40]} is not a finite number; write one, or put text in quotes", _line(mark))
    if not text.lstrip("-").isdigit():
        return number
    if abs(int(text)) > LARGEST_INTEGER:
        raise Malformed(f"{text[:40]} is outside ±2^53; write a smaller number, or put text in quotes", _line(mark))
    return int(text)
