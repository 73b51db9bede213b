"""Where the pieces of a payload lie: its values, members, elements, lines and steps, as places in its bytes."""

import pickletools
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Literal

type Kind = Literal["json", "yaml", "xml", "text", "pickle", "binary"]
type Span = tuple[int, int]

MOST = 4000
_TOKEN = re.compile(rb'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+', re.DOTALL)
_TAG = re.compile(rb"<(/?)[^<>]*?(/?)>")
_ATTRIBUTE = re.compile(rb'[\w:.-]+\s*=\s*"[^"]*"')
_LINE = re.compile(rb"[^\n]*\n?")
_WORD = re.compile(rb"[^\s,;=<>\[\]()]+|==|[<>=!~]=")
_SCALAR = re.compile(rb"(?<=[:-] )[^\n]+|[\w-]+:(?= )|[^\s\[\]{},:]+")


def spans_of(body: bytes, kind: Kind) -> list[Span]:
    """Start and end of every piece of `body` that means something by itself, at most 4,000; never none of them."""
    found = (span for span in _FINDERS[kind](body) if span[0] < span[1])
    return list(dict.fromkeys(islice(found, MOST))) or [(0, len(body))]


def _json(body: bytes) -> Iterator[Span]:
    """Every key and value, and every member of an object as a whole."""
    opened: list[tuple[int, int | None]] = []
    last = 0
    key: int | None = None
    for token in _TOKEN.finditer(body):
        start, end, text = token.start(), token.end(), token[0]
        if text in b"{[":
            opened.append((start, key))
            key = None
        elif text == b":":
            key = last
        elif text == b",":
            key = None
        else:
            if text in b"}]":
                start, key = opened.pop() if opened else (start, None)
            yield start, end
            if key is not None:
                yield key, end
                key = None
        last = start


def _xml(body: bytes) -> Iterator[Span]:
    """Every tag, attribute and text, and every element as a whole."""
    opened: list[int] = []
    end = 0
    for tag in _TAG.finditer(body):
        yield end, tag.start()
        yield tag.span()
        for attribute in _ATTRIBUTE.finditer(body, *tag.span()):
            yield attribute.span()
        end = tag.end()
        if tag[1] and opened:
            yield opened.pop(), end
        elif not tag[1] and not tag[2]:
            opened.append(tag.start())


def _yaml(body: bytes) -> Iterator[Span]:
    yield from (match.span() for match in _LINE.finditer(body))
    yield from (match.span() for match in _SCALAR.finditer(body))


def _text(body: bytes) -> Iterator[Span]:
    yield from (match.span() for match in _LINE.finditer(body))
    yield from (match.span() for match in _WORD.finditer(body))


def _pickle(body: bytes) -> Iterator[Span]:
    """Every step, and some runs of them."""
    places: list[int] = []
    with suppress(ValueError):  # raw arrays of joblib lie between the steps: those before them are enough
        places.extend(place for _, _, place in pickletools.genops(body) if place is not None)
    for width in (1, 2, 4, 16):
        yield from zip(places, places[width:], strict=False)


def _binary(body: bytes) -> Iterator[Span]:
    """Numbers of one, two, four and eight bytes, and larger blocks."""
    for width in (1, 2, 4, 8, 64):
        yield from ((place, place + width) for place in range(0, min(len(body), 640) - width, width))


_FINDERS = {"json": _json, "yaml": _yaml, "xml": _xml, "text": _text, "pickle": _pickle, "binary": _binary}
