"""What Gatehouse would make of what others' monitors say, for the inspection of files."""

from collections.abc import Sequence

from shared.contracts import monitoring
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import Signal
from shared.contracts.packed import Record, records


def owns(body: bytes) -> bool:
    """Whether the first record of a body is of a monitor that is known."""
    try:
        first = next(records(body), None)
    except Malformed:
        return False
    return isinstance(first, Record) and monitoring.owns(first.value)


def seen(body: bytes) -> Sequence[Signal | Malformed | Ignored]:
    """What each record of a body is; raises Malformed for one that holds none."""
    return [heard.outcome for heard in monitoring.hear(body)]
