"""Ledgers outside of their documents: copied to where nothing can be changed, and brought together again."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.facts import Fact
from shared.core.ledger import Entry
from shared.core.record import Record, Seen, met, spill
from shared.ledgers import Ledgers
from shared.listing import listed
from shared.ports import Conflict, Documents, Unavailable

FULL = 160_000
"""Bytes of a stored document from which its oldest entries are spilled; one more entry never makes it 256 KB."""
KEPT = 8
"""The newest entries that stay in a document."""
NEWEST = 65_536

log = logging.getLogger("gatehouse.ledgers")


def archived(key: str, ledgers: Ledgers) -> tuple[Entry, ...]:
    """The exported entries of the document `key`, oldest first; raises Malformed naming the line, Unavailable."""
    return wire.decode_entries(key, ledgers.read(key).data)


def whole[R: Record](record: R, key: str, ledgers: Ledgers) -> R:
    """The record with its spilled entries back in its ledger; raises Malformed, Unavailable."""
    if not record.spilled.count:
        return record
    return replace(record, ledger=(*archived(key, ledgers)[: record.spilled.count], *record.ledger))


def export(key: str, record: Record, ledgers: Ledgers) -> int:
    """Append what the exported ledger of `key` lacks; how many entries that were.

    `record` must be as it is stored, because what is appended stays. Raises Conflict when another export was faster,
    Malformed when entries are missing on both sides, Unavailable.
    """
    position, count = _end(key, ledgers)
    missing = [entry for entry in record.ledger if entry.n >= count]
    if count < record.spilled.count:
        raise Malformed(f"has {count} entries, but {record.spilled.count} were spilled from {key}", f"ledger of {key}")
    if missing:
        ledgers.append(key, wire.encode_entries(missing), position, record.entries)
    return len(missing)


def _end(key: str, ledgers: Ledgers) -> tuple[int, int]:
    """How long the exported ledger is, in bytes and in entries."""
    kept = ledgers.read(key, NEWEST)
    line = kept.data[kept.data.rstrip(b"\n").rfind(b"\n") + 1 :]
    if len(line) == len(kept.data) < kept.length:
        line = ledgers.read(key).data.splitlines()[-1]
    return kept.length, wire.decode_entries(key, line)[0].n + 1 if line else 0


def slim[R: Record](record: R, key: str, size: int, ledgers: Ledgers) -> R:
    """The stored record, short enough for one more entry: when its `size` in bytes is too large, old ones are spilled.

    They are exported first, so a crash before the document's next write loses nothing, and the next try finds them
    there. Raises Conflict, Malformed, Unavailable.
    """
    if size < FULL or len(record.ledger) <= KEPT:
        return record
    export(key, record, ledgers)
    log.info("spilled %d entries of %s", len(record.ledger) - KEPT, key)
    return spill(record, KEPT)


def recalled(record: Record, key: str, fact: Fact, ledgers: Ledgers) -> Seen:
    """Whether a fact that is new to the document is among its forgotten entries; raises Malformed, Unavailable."""
    if not record.spilled.forgotten:
        return Seen.NEW
    old = next((entry for entry in archived(key, ledgers) if entry.fact_id == fact.id), None)
    return met(fact, old.body) if old else Seen.NEW


def export_all(documents: Documents, ledgers: Ledgers) -> int:
    """Export what is new in every document; how many entries that were. Safe to run twice at once.

    One document's trouble is logged and does not hold up the others. Raises Unavailable when nothing can be listed.
    """
    return sum(_exported(key, documents, ledgers) for key in _behind(documents, ledgers))


def _behind(documents: Documents, ledgers: Ledgers) -> Sequence[str]:
    def of(folder: str) -> Iterator[str]:
        there = ledgers.lengths(f"{folder}/")
        for key, marks in listed(documents, folder):
            if int(marks.get("entries") or 1) > there.get(key, 0):
                yield key

    return [key for folder in wire.RECORDS for key in of(folder)]


def _exported(key: str, documents: Documents, ledgers: Ledgers) -> int:
    try:
        stored = documents.read(key)
        return export(key, wire.decode_record(key, stored.data), ledgers) if stored else 0
    except Conflict:
        return 0  # another export is at it
    except (Malformed, Unavailable) as problem:
        log.error("the ledger of %s was not exported: %s", key, problem)
        return 0
