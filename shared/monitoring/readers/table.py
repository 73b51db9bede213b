"""What all readers share: where bytes come from, what a batch of rows is, and lines of a bounded length."""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.core.dataset_policy import BoundsPolicy, DatasetPolicy

PART = 4 * 1024 * 1024
BATCH = 16_384


class Unreadable(ValueError):
    """A file that is not what its policy says, or too large; the message says where and what to do."""


class Source(Protocol):
    """A file of `size` bytes of which any part can be read."""

    @property
    def size(self) -> int:
        """How many bytes the file has."""

    def part(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset` on."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Some rows: columns by name, all of `count` values; `start` is the number of the first row in the file, from 0.

    `broken` gives the rows that could not be read and why; they are among `count`, with nothing in every column.
    `unknown` are the columns in them for which the policy has no rule.
    """

    start: int
    count: int
    columns: Mapping[str, NDArray[Any]]
    broken: Mapping[int, str]
    unknown: frozenset[str] = frozenset()


def parts(source: Source) -> Iterator[bytes]:
    """The whole file, part by part."""
    offset = 0
    while offset < source.size:
        part = source.part(offset, PART)
        if not part:
            raise Unreadable(f"the file ends after {offset:,} of its {source.size:,} bytes; write it again")
        yield part
        offset += len(part)


def lines(source: Source, bounds: BoundsPolicy) -> Iterator[bytes]:
    """The lines of a text file without a byte order mark, each but the last with its line feed.

    Raises Unreadable for another encoding than UTF-8 that has a mark, and for a line of too many bytes.
    """
    rest, first = b"", True
    for part in parts(source):
        *whole, rest = (rest + (_unmarked(part) if first else part)).split(b"\n")
        first = False
        for line in whole:
            _bounded(line, bounds)
            yield line + b"\n"
        _bounded(rest, bounds)
    if rest:
        yield rest


def _unmarked(start: bytes) -> bytes:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise Unreadable("the file is UTF-16 or UTF-32; save it as UTF-8")
    return start.removeprefix(codecs.BOM_UTF8)


def _bounded(line: bytes, bounds: BoundsPolicy) -> None:
    if len(line) > bounds.row_bytes:
        raise Unreadable(f"a line has more than the {bounds.row_bytes:,} bytes of the policy; break it up")


def texts_of(values: Sequence[Any]) -> NDArray[Any]:
    """One column of values of any type, None for null and for an empty text; what is nested is its text."""
    column = np.empty(len(values), dtype=object)
    column[:] = [value if type(value) is str and value else _flat(value) for value in values]
    return column


def _flat(value: Any) -> Any:
    if isinstance(value, list | dict):
        return repr(value)
    return None if value == "" else value


def numbers_of(values: Sequence[Any]) -> NDArray[Any]:
    """One column of numbers, NaN for null; the values as they are where one of them is no number."""
    try:
        return np.fromiter(map(float, values), np.float64, len(values))
    except (TypeError, ValueError, OverflowError):
        return _numbers_or_null(values)


def _numbers_or_null(values: Sequence[Any]) -> NDArray[Any]:
    try:
        return np.array([float(value) if value not in ("", None) else np.nan for value in values], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return texts_of(values)


def columns_of(found: Mapping[str, Sequence[Any]], policy: DatasetPolicy) -> dict[str, NDArray[Any]]:
    """The columns for which the policy has rules, each as its rule reads it."""
    return {
        name: numbers_of(found[name]) if rule.type == "number" else texts_of(found[name])
        for name, rule in policy.columns.items()
        if name in found
    }


def bounded_names(names: Sequence[str], bounds: BoundsPolicy) -> Sequence[str]:
    """The names of columns; raises Unreadable for too many, for one that is there twice, and for none."""
    if len(names) > bounds.columns:
        raise Unreadable(f"the file has {len(names):,} columns, more than the {bounds.columns:,} of its policy")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"the column {twice[:60]!r} is there more than once; name each column once")
    if not names:
        raise Unreadable("the file has no columns; write at least their names")
    return names


def bounded_rows(rows: int, bounds: BoundsPolicy) -> None:
    """Nothing, unless there are too many rows: raises Unreadable."""
    if rows > bounds.rows:
        raise Unreadable(f"the file has more than the {bounds.rows:,} rows of its policy; split it")
