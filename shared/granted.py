"""Reads the exceptions for packages: all of them for people, and those that count for the rules."""

import logging
from collections.abc import Iterator

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.exceptions import ExceptionStage, PackageException
from shared.core.packages import Grant
from shared.listing import listed
from shared.ports import Documents

FOLDER = "exceptions"

log = logging.getLogger("gatehouse.granted")


def every_exception(documents: Documents) -> Iterator[PackageException]:
    """Every exception that can be read; raises Unavailable."""
    for key, _ in listed(documents, FOLDER):
        if found := exception_at(documents, key):
            yield found


def grants(documents: Documents, model: str, scenario: str, now: float) -> tuple[Grant, ...]:
    """What counts at `now` for releases of `model` in `scenario`, in the order of their ids; raises Unavailable."""
    granted = [key for key, marks in listed(documents, FOLDER) if marks["stage"] == ExceptionStage.GRANTED]
    found = (exception_at(documents, key) for key in granted)
    counting = (each.grant() for each in found if each and each.counts(now))
    return tuple(sorted((g for g in counting if g.covers(model, scenario, now)), key=lambda grant: grant.id))


def exception_at(documents: Documents, key: str) -> PackageException | None:
    """The exception kept under `key`, or None; one that can not be read is passed over with an error in the log."""
    stored = documents.read(key)
    try:
        record = wire.decode_record(key, stored.data) if stored else None
    except Malformed as problem:
        log.error("%s can not be read and is passed over: %s", key, problem)
        return None
    return record if isinstance(record, PackageException) else None
