"""Decides a history again from its ledger alone, to show that what is stored is what had to follow."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core import data_arriving, exceptions, images, lifecycle, watching
from shared.core.datasets import Dataset
from shared.core.exceptions import PackageException
from shared.core.facts import DatasetFact, ExceptionFact, Fact, ImageFact, ModelFact, ReleaseFact
from shared.core.images import Image
from shared.core.ledger import DECIDER, Entry
from shared.core.record import Record, commit, conflict, conflicting
from shared.core.release import Release
from shared.core.watch import Watch

DECIDED = ("before", "after", "sentence", "verdicts", "orders")
"""What of an entry the code decides; all else was given to it, and is held by the chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a replay went another way: at `entry`, None for the document itself, in `what`; both sides as data."""

    entry: int | None
    what: str
    recorded: Any
    replayed: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How a replay of `entries` entries went; the first `difference` ends it.

    `decider` is the version that decided the entry that differs, or the last one: a difference from a version other
    than the present one is expected, and shows nothing.
    """

    entries: int
    difference: Difference | None
    decider: int

    @property
    def agrees(self) -> bool:
        """Whether state, sentences, verdicts and orders came out as they are stored."""
        return self.difference is None

    @property
    def comparable(self) -> bool:
        """Whether the present code decided what was compared."""
        return self.decider == DECIDER


def replay(record: Record) -> Replayed:
    """Decide every fact in the ledger of `record` again; the ledger must be whole, with nothing spilled."""
    again: Record | None = None
    for entry in record.ledger:
        try:
            decided = _decided(again, record, entry)
        except Malformed as problem:
            difference = Difference(entry=entry.n, what="fact", recorded=entry.fact, replayed=str(problem))
            return Replayed(entries=entry.n, difference=difference, decider=entry.decider)
        if differs := _between(entry, decided.ledger[-1]):
            return Replayed(entries=entry.n, difference=differs, decider=entry.decider)
        again = replace(decided, ledger=(*decided.ledger[:-1], entry))
    last = record.ledger[-1].decider if record.ledger else DECIDER
    return Replayed(entries=len(record.ledger), difference=_state(record, again), decider=last)


def _decided(again: Record | None, record: Record, entry: Entry) -> Record:
    """What the entry's fact makes of the record so far; raises Malformed when it is no fact about it."""
    fact = wire.fact_of(entry)
    if again and _conflicts(again, fact):
        return commit(fact.document, again.stage, conflict(again, fact), fact, entry.at).record
    if isinstance(record, Image) and isinstance(fact, ImageFact):
        return images.decide(again if isinstance(again, Image) else None, fact, entry.at).record
    if isinstance(record, PackageException) and isinstance(fact, ExceptionFact):
        asked = again if isinstance(again, PackageException) else None
        return exceptions.decide(asked, fact, entry.at).record
    if isinstance(record, Watch) and isinstance(fact, ModelFact):
        return watching.decide(again if isinstance(again, Watch) else None, fact, entry.at).record
    if isinstance(record, Dataset) and isinstance(fact, DatasetFact):
        return data_arriving.decide(again if isinstance(again, Dataset) else None, fact, entry.at).record
    if isinstance(record, Release) and isinstance(fact, ReleaseFact):
        known = again if isinstance(again, Release) else None
        if decision := lifecycle.decide(known, fact, record.policy, entry.at):
            return decision.record
    raise Malformed(f"{entry.fact} can not be the first fact of this document", f"entry {entry.n}")


def _conflicts(again: Record, fact: Fact) -> bool:
    """Whether the fact came under the id of an earlier one with other bytes, and was recorded as that."""
    return bool(fact.body) and any(
        conflicting(replace(fact, id=entry.fact_id)).id == fact.id for entry in again.ledger if entry.body
    )


def _between(recorded: Entry, replayed: Entry) -> Difference | None:
    for name in DECIDED:
        stored, derived = (_as_json(getattr(entry, name)) for entry in (recorded, replayed))
        if stored != derived:
            return Difference(entry=recorded.n, what=name, recorded=stored, replayed=derived)
    return None


def _as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _state(recorded: Record, replayed: Record | None) -> Difference | None:
    """The first field of the document, ledger aside, that does not follow from the ledger."""
    if replayed is None:
        return Difference(entry=None, what="ledger", recorded="no entries", replayed="at least one")
    stored, derived = (_content(record) for record in (recorded, replayed))
    for name in stored:
        if stored[name] != derived.get(name):
            return Difference(entry=None, what=name, recorded=stored[name], replayed=derived.get(name))
    return None


def _content(record: Record) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(wire.encode_record(replace(record, ledger=())))
    return {name: value for name, value in content.items() if name not in ("ledger", "spilled")}
