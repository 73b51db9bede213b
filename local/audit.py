"""Checks a document against its ledger, its exported ledger and its policy, and names what does not fit first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.datasets import Dataset
from shared.core.exceptions import PackageException
from shared.core.images import Image
from shared.core.ledger import Entry, Spilled, first_broken
from shared.core.record import Record
from shared.core.release import Release
from shared.core.watch import Watch
from shared.histories import archived, whole
from shared.ledgers import Ledgers
from shared.ports import Documents
from shared.replay import replay

LOOKS = 3
"""A running app may write between the reading of a document and of its export; what is broken stays so."""


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that does not fit: at an entry (counted from 0), or None for the document as a whole."""

    entry: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One document: `name` for people, how many entries its ledger and its export have, and its first break."""

    document: str
    name: str
    stage: str
    entries: int
    exported: int
    broken: Break | None


def audit(documents: Documents, ledgers: Ledgers) -> Iterator[Audited]:
    """Audit every release, image and exported ledger; raises Unavailable."""
    for folder in wire.RECORDS:
        there = {key for key, _ in documents.labelled(f"{folder}/")}
        for key in sorted(there | set(ledgers.lengths(f"{folder}/"))):
            yield _audited(key, documents, ledgers)


def _audited(key: str, documents: Documents, ledgers: Ledgers) -> Audited:
    for _ in range(LOOKS - 1):
        found = _look(key, documents, ledgers)
        if found.broken is None:
            return found
    return _look(key, documents, ledgers)


def _look(key: str, documents: Documents, ledgers: Ledgers) -> Audited:
    exported = ledgers.read(key)
    stored = documents.read(key)
    count = exported.data.count(b"\n")
    if stored is None:
        return _unread(key, count, Break(None, "its exported ledger is there, but the document is gone"))
    try:
        record = wire.decode_record(key, stored.data)
        entries = archived(key, ledgers) if count else ()
        broken = _strange(key, stored.data, record) or _broken(key, record, entries, exported.data)
        broken = broken or _replayed(whole(record, key, ledgers))
    except Malformed as problem:
        return _unread(key, count, Break(None, str(problem)))
    return Audited(
        document=key,
        name=_name(record),
        stage=record.stage,
        entries=record.entries,
        exported=count,
        broken=broken,
    )


def _unread(key: str, exported: int, broken: Break) -> Audited:
    return Audited(document=key, name=key, stage="", entries=0, exported=exported, broken=broken)


def _name(record: Record) -> str:
    if isinstance(record, Image):
        return f"image {record.digest[:19]}…"
    if isinstance(record, PackageException):
        return f"exception for {record.package}"
    if isinstance(record, Watch):
        return f"watch over {record.model}"
    if isinstance(record, Dataset):
        return f"dataset {record.name}"
    return record.name if isinstance(record, Release) else ""


def _strange(key: str, data: bytes, record: Record) -> Break | None:
    """What is stored beside what Gatehouse reads: a renamed member would otherwise pass as one that is missing."""
    where = _beyond(json.loads(data), json.loads(wire.encode_record(record)), key)
    return Break(None, f"{where} is not what Gatehouse writes") if where else None


def _beyond(stored: Any, known: Any, where: str) -> str:
    """The first place in `stored` that differs from `known`, "" for none; `known` may hold more."""
    if isinstance(stored, dict) and isinstance(known, dict):
        places = (_beyond(stored[name], known.get(name, ...), f"{where}.{name}") for name in stored)
        return next(filter(None, places), "")
    if isinstance(stored, list) and isinstance(known, list) and len(stored) == len(known):
        places = (_beyond(each, known[n], f"{where}[{n}]") for n, each in enumerate(stored))
        return next(filter(None, places), "")
    return "" if stored == known else where


def _broken(key: str, record: Record, exported: tuple[Entry, ...], lines: bytes) -> Break | None:
    known = (json.loads(line) for line in wire.encode_entries(exported).splitlines())
    for n, (line, again) in enumerate(zip(lines.splitlines(), known, strict=False)):
        if where := _beyond(json.loads(line), again, f"line {n}"):
            return Break(n, f"the exported ledger's {where} is not what Gatehouse writes")
    if (wrong := first_broken(exported)) is not None:
        return Break(wrong, "content, number or link of this exported entry is wrong")
    if (wrong := first_broken(record.ledger, record.spilled)) is not None:
        return Break(wrong, "content, number or link of this entry is wrong")
    return _apart(record, exported) or _misplaced(key, record)


def _apart(record: Record, exported: tuple[Entry, ...]) -> Break | None:
    """Where the document and the export tell different histories."""
    spilled = record.spilled.count
    if len(exported) < spilled:
        return Break(len(exported), f"{spilled} entries were spilled, but only {len(exported)} are exported")
    if len(exported) > record.entries:
        return Break(record.entries, "the export has this entry, the document has not: it was set back")
    if record.spilled != Spilled().after(exported[:spilled]):
        return Break(spilled - 1, "what the document knows of its spilled entries is not what is exported")
    pairs = zip(exported[spilled:], record.ledger, strict=False)
    return next((Break(a.n, "document and export differ in this entry") for a, b in pairs if a != b), None)


def _misplaced(key: str, record: Record) -> Break | None:
    if not record.entries:
        return Break(None, "it has no ledger")
    if isinstance(record, Release) and record.policy.digest() != record.policy_digest:
        return Break(None, "the policy in it is not the one that its digest names")
    if isinstance(record, Release | Image | PackageException | Watch | Dataset) and record.key != key:
        return Break(None, f"it belongs to {record.key}")
    return None


def _replayed(record: Record) -> Break | None:
    again = replay(record)
    if again.difference is None or not again.comparable:
        return None
    at = again.difference
    return Break(at.entry, f"{at.what} is {at.recorded!r}, but {at.replayed!r} follows from the ledger"[:400])
