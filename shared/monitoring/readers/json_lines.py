"""JSON Lines: one object a line, whose members are the columns."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from shared.core.dataset_policy import DatasetPolicy
from shared.monitoring.readers.table import BATCH, Rows, Source, bounded_names, bounded_rows, columns_of, lines

_OBJECT = msgspec.json.Decoder(dict[str, Any])
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

type Object = dict[str, Any]


def read_json_lines(source: Source, policy: DatasetPolicy) -> Iterator[Rows]:
    """The rows of a file of JSON objects; a member that is left out is null, and an empty line no row.

    Raises Unreadable.
    """
    rows = (line for line in lines(source, policy.bounds) if line.strip())
    start = 0
    while some := list(islice(rows, BATCH)):
        bounded_rows(start + len(some), policy.bounds)
        yield batch_of([_read(line) for line in some], policy, start)
        start += len(some)


def _read(line: bytes) -> Object | str:
    """The object in the line, or why there is none."""
    try:
        return _OBJECT.decode(line)
    except _UNREADABLE as error:
        return f"no JSON object: {str(error)[:120]}"


def batch_of(rows: Sequence[Object | str], policy: DatasetPolicy, start: int) -> Rows:
    """Rows that are objects, or the reason why one is broken; raises Unreadable for too many columns."""
    broken = {start + place: row for place, row in enumerate(rows) if isinstance(row, str)}
    objects: list[Object] = [{} if isinstance(row, str) else row for row in rows]
    names = set().union(*objects)
    if names:
        bounded_names(list(names), policy.bounds)
    found = {name: [row.get(name) for row in objects] for name in policy.columns}
    unknown = frozenset(names) - policy.columns.keys()
    return Rows(start=start, count=len(rows), columns=columns_of(found, policy), broken=broken, unknown=unknown)
