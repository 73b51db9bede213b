"""CSV files: a header line, then rows that must have as many fields as it has names."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice

from shared.core.dataset_policy import BoundsPolicy, DatasetPolicy
from shared.monitoring.readers.table import (
    BATCH,
    Rows,
    Source,
    Unreadable,
    bounded_names,
    bounded_rows,
    columns_of,
    lines,
)

type Fields = list[str]


def read_csv(source: Source, policy: DatasetPolicy) -> Iterator[Rows]:
    """The rows of a comma-separated file; an empty field is null, and an empty line no row. Raises Unreadable."""
    table = _Table(source, policy.bounds)
    names = bounded_names([name.strip() for name in next(iter(table.some(1)), [])], policy.bounds)
    start = 0
    while rows := table.some(BATCH):
        bounded_rows(start + len(rows), policy.bounds)
        yield _batch(rows, names, policy, start, odd=table.odd)
        start += len(rows)


class _Table:
    """The fields of a file, row by row; `odd` says whether a line held bytes that no text has."""

    def __init__(self, source: Source, bounds: BoundsPolicy) -> None:
        self.odd = False
        self._reader = csv.reader(self._texts(source, bounds), strict=True)

    def _texts(self, source: Source, bounds: BoundsPolicy) -> Iterator[str]:
        for line in lines(source, bounds):
            text = line.decode("utf-8", "surrogateescape")
            self.odd = self.odd or "\0" in text or not (text.isascii() or _is_text(text))
            yield text

    def some(self, count: int) -> list[Fields]:
        """The next `count` rows, fewer at the end; raises Unreadable, with the line, where quotes are not closed."""
        try:
            return list(islice((row for row in self._reader if row), count))
        except csv.Error as error:
            reason = f"line {self._reader.line_num}: {error}; a quote before it may not be closed"
            raise Unreadable(reason) from None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _batch(rows: Sequence[Fields], names: Sequence[str], policy: DatasetPolicy, start: int, *, odd: bool) -> Rows:
    width, broken = len(names), dict[int, str]()
    for place, row in enumerate(rows):
        if len(row) != width:
            broken[start + place] = f"{len(row)} fields, where the header has {width}"
        elif odd and (fault := _fault(row)):
            broken[start + place] = fault
    nothing = [""] * width
    sound = [nothing if start + place in broken else row for place, row in enumerate(rows)] if broken else rows
    found = dict(zip(names, zip(*sound, strict=True), strict=True))
    unknown = frozenset(names) - policy.columns.keys()
    return Rows(start=start, count=len(rows), columns=columns_of(found, policy), broken=broken, unknown=unknown)


def _fault(row: Fields) -> str:
    if any("\0" in field for field in row):
        return "a NUL character, which no text has"
    return "" if all(map(_is_text, row)) else "bytes that are not UTF-8"
