"""What releases and images share: a stage, a ledger, and the orders that wait for their answer."""

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from shared.core.facts import Fact
from shared.core.identity import fact_id
from shared.core.ledger import BODY_LENGTH, Entry, Spilled, head, sealed
from shared.core.orders import Order, QuarantineBody
from shared.core.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A document that facts change: its `ledger` says how it came to be, `outstanding` what it still waits for.

    The oldest entries of a long ledger lie in the archive alone; `spilled` is what the document still knows of them.
    """

    stage: str
    spilled: Spilled = field(default_factory=Spilled)
    ledger: tuple[Entry, ...] = ()
    outstanding: tuple[Order, ...] = ()

    @property
    def entries(self) -> int:
        """How many entries the ledger has, wherever they are."""
        return self.spilled.count + len(self.ledger)

    def decided(self, order: Order) -> Entry | None:
        """The entry that gave `order`, None when it is spilled."""
        place = _number(order) - self.spilled.count
        return self.ledger[place] if place >= 0 else None

    def waits_for(self, key: str) -> bool:
        """Whether the order `key` is outstanding; a performer drops an order that is not."""
        return any(order.key == key for order in self.outstanding)

    def caused_by(self, fact: Fact) -> tuple[Order, ...]:
        """The orders that `fact` gave and that nothing has answered yet."""
        numbers = {entry.n for entry in self.ledger if entry.fact_id == fact.id}
        if old := self.spilled.find(fact.id):
            numbers.add(old[0])
        return tuple(order for order in self.outstanding if _number(order) in numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step[R: Record]:
    """What one fact makes of a record: the record after it, a sentence saying why, verdicts and orders."""

    record: R
    sentence: str
    verdicts: tuple[Verdict, ...] = ()
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision[R: Record]:
    """A step written into the ledger: `record` is to be stored in one write, `orders` to be sent after it."""

    record: R
    orders: tuple[Order, ...]


class Seen(Enum):
    """Whether a record has met a fact before."""

    NEW = auto()
    APPLIED = auto()
    CONFLICT = auto()


def seen(record: Record, fact: Fact) -> Seen:
    """APPLIED when the fact's id is in the ledger, CONFLICT when it is there for other bytes."""
    entry = next((entry for entry in record.ledger if entry.fact_id == fact.id), None)
    if entry is not None:
        return met(fact, entry.body)
    old = record.spilled.find(fact.id)
    return met(replace(fact, body=fact.body[:BODY_LENGTH]), old[1]) if old else Seen.NEW


def met(fact: Fact, body: str) -> Seen:
    """What a fact is whose id is known with the bytes `body` (their SHA-256, "" for none)."""
    same = not fact.body or not body or fact.body == body
    return Seen.APPLIED if same else Seen.CONFLICT


def spill[R: Record](record: R, keep: int) -> R:
    """The record with only the newest `keep` entries in it; the others must lie in the archive already."""
    old = record.ledger[: max(0, len(record.ledger) - keep)]
    return replace(record, spilled=record.spilled.after(old), ledger=record.ledger[len(old) :])


def conflicting(fact: Fact) -> Fact:
    """The same fact under an id of its own, so that the conflict itself is recorded once."""
    return replace(fact, id=fact_id("conflict", fact.id, fact.body))


def conflict[R: Record](record: R, fact: Fact) -> Step[R]:
    """The step for a fact whose id is known with other bytes: the first counts, the second is kept apart."""
    reason = f"{type(fact).__name__} came again under the same id with another body; the first one counts"
    return Step(record=record, sentence=f"conflict: {reason}", orders=(QuarantineBody(body=fact.body, reason=reason),))


def commit[R: Record](key: str, before: str, step: Step[R], fact: Fact, now: float) -> Decision[R]:
    """Write `step` into the ledger of the document `key`; its orders get keys and become outstanding."""
    ledger, n = step.record.ledger, step.record.entries
    orders = tuple(
        replace(order, document=key, key=f"{n}.{i}.{type(order).__name__}", given=now)
        for i, order in enumerate(step.orders)
    )
    entry = Entry(
        n=n,
        prev=head(ledger, step.record.spilled.hash),
        at=now,
        fact=type(fact).__name__,
        fact_id=fact.id,
        body=fact.body,
        actor=fact.actor,
        before=before,
        after=step.record.stage,
        sentence=step.sentence,
        data=fact.data(),
        verdicts=step.verdicts,
        orders=tuple(type(order).__name__ for order in orders),
        happened=fact.at,
        answers=fact.answers,
    )
    record = replace(
        step.record,
        ledger=(*ledger, replace(entry, hash=sealed(entry))),
        outstanding=(*_still_outstanding(step.record, fact, moved=before != step.record.stage), *orders),
    )
    return Decision(record=record, orders=orders)


def _number(order: Order) -> int:
    """The number of the entry that gave the order."""
    return int(order.key.split(".")[0])


def _still_outstanding(record: Record, fact: Fact, *, moved: bool) -> tuple[Order, ...]:
    unanswered = (order for order in record.outstanding if order.key != fact.answers)
    return tuple(order for order in unanswered if order.lasting or not moved)
