"""What a listing of releases and images shows without reading each document."""

import logging
import math
from collections.abc import Iterator, Mapping

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.datasets import Dataset
from shared.core.orders import LookAtJob, Order
from shared.core.record import Record
from shared.core.release import Release
from shared.core.watch import Watch
from shared.ports import Documents

log = logging.getLogger("gatehouse.listing")


def overdue_at(order: Order) -> float:
    """When `order` should have been answered, in seconds since the epoch: its patience after it could start.

    A look at a job may rightly take until the job's deadline.
    """
    deadline = order.deadline if isinstance(order, LookAtJob) else 0.0
    return max(order.not_before, order.given, deadline) + order.patience


def labels(record: Record) -> dict[str, str]:
    """The labels that every write of a record carries; `overdue` is when its first order will be, "" for never."""
    first = min((overdue_at(order) for order in record.outstanding), default=None)
    overdue = "" if first is None else f"{first:.0f}"
    marks = {"stage": record.stage, "overdue": overdue, "entries": str(record.entries)}
    if isinstance(record, Release):
        marks |= {"model": record.model, "version": record.version, "entered": f"{record.entered:.3f}"}
    if isinstance(record, Watch):
        due = str(math.ceil(record.due)) if math.isfinite(record.due) else ""
        marks |= {"model": record.model, "version": record.version, "due": due}
    if isinstance(record, Dataset):
        marks |= {"dataset": record.name, "current": str(record.current)}
    return marks


def listed(documents: Documents, folder: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every record of `folder` (releases, images, exceptions, watches or datasets) with its labels; raises Unavailable.

    A document that was restored by hand may have lost its labels: they are made of its content then. One that can not
    be read is passed over with an error in the log.
    """
    for key, marks in documents.labelled(f"{folder}/"):
        if "stage" in marks:
            yield key, marks
        elif restored := _restored(documents, key):
            yield key, restored


def _restored(documents: Documents, key: str) -> dict[str, str] | None:
    stored = documents.read(key)
    try:
        return labels(wire.decode_record(key, stored.data)) if stored else None
    except Malformed as problem:
        log.error("%s can not be read and is passed over: %s", key, problem)
        return None
