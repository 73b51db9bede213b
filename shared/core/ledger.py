"""The hash-chained history of a document: one entry for every fact that reached it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from shared.core.identity import digest_of
from shared.core.verdicts import Verdict

GENESIS = "0" * 64
DECIDER = 1
"""The version of `decide`: raise it with every change that would decide a stored history differently (ADR 14)."""

ID_LENGTH, BODY_LENGTH = 24, 8
MARK_LENGTH = ID_LENGTH + BODY_LENGTH
REMEMBERED = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one fact did: the stage before and after, a sentence, the verdicts, and the kinds of the orders given.

    `at` is when it was recorded and `happened` when the fact was, both in seconds since the epoch; `answers` is the
    order that the fact answered; `decider` is the version of the code that decided; `prev` and `hash` chain entries.
    """

    n: int
    prev: str
    at: float
    fact: str
    fact_id: str
    body: str
    actor: str
    before: str
    after: str
    sentence: str
    data: dict[str, Any]
    verdicts: tuple[Verdict, ...] = ()
    orders: tuple[str, ...] = ()
    happened: float = 0.0
    answers: str = ""
    decider: int = DECIDER
    hash: str = field(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spilled:
    """What a document still knows of the first `count` entries of its ledger, which lie in the archive alone.

    `hash` is that of the last of them; `marks` recognises the facts of the newest 2,500, in fixed-width pieces.
    """

    count: int = 0
    hash: str = GENESIS
    marks: str = ""

    @property
    def forgotten(self) -> int:
        """How many of the first entries `marks` holds no more; only the archive can recognise their facts."""
        return self.count - len(self.marks) // MARK_LENGTH

    def find(self, fact_id: str) -> tuple[int, str] | None:
        """The number of the entry of that fact and the first characters of its body's hash; None when not here."""
        mark = _fixed(fact_id, ID_LENGTH)
        place = self.marks.find(mark)
        while place > 0 and place % MARK_LENGTH:
            place = self.marks.find(mark, place + 1)
        if place < 0:
            return None
        body = self.marks[place + ID_LENGTH : place + MARK_LENGTH]
        return self.forgotten + place // MARK_LENGTH, body.rstrip("-")

    def after(self, entries: Sequence[Entry]) -> "Spilled":
        """The same with `entries`, the next ones of the ledger, spilled too."""
        marks = (self.marks + "".join(_mark(entry) for entry in entries))[-REMEMBERED * MARK_LENGTH :]
        return Spilled(count=self.count + len(entries), hash=head(entries, self.hash), marks=marks)


def _mark(entry: Entry) -> str:
    return _fixed(entry.fact_id, ID_LENGTH) + _fixed(entry.body, BODY_LENGTH)


def _fixed(text: str, length: int) -> str:
    return text[:length].ljust(length, "-")


def sealed(entry: Entry) -> str:
    """The hash an entry must carry: SHA-256 over all of it but the hash itself."""
    content: dict[str, Any] = {each.name: getattr(entry, each.name) for each in fields(entry)}
    del content["hash"]
    content["verdicts"] = [asdict(verdict) for verdict in entry.verdicts]
    return digest_of(content)


def head(ledger: Sequence[Entry], before: str = GENESIS) -> str:
    """The hash that the next entry must name as its predecessor; `before` is that of an empty ledger."""
    return ledger[-1].hash if ledger else before


def first_broken(ledger: Sequence[Entry], spilled: Spilled | None = None) -> int | None:
    """The number of the first entry whose content, number or link is wrong; None when the chain is whole.

    `ledger` goes on where `spilled` ends.
    """
    start, prev = (spilled.count, spilled.hash) if spilled else (0, GENESIS)
    for n, entry in enumerate(ledger, start):
        if entry.n != n or entry.prev != prev or sealed(entry) != entry.hash:
            return n
        prev = entry.hash
    return None
