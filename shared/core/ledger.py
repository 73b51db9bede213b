"""The hash-chained history of a document: one entry for every fact that reached it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from shared.core.identity import digest_of
from shared.core.verdicts import Verdict

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one fact did: the stage before and after, a sentence, the verdicts, and the kinds of the orders given.

    `at` is when it was recorded, in seconds since the epoch; `prev` and `hash` chain the entries.
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
    hash: str = field(default="")


def sealed(entry: Entry) -> str:
    """The hash an entry must carry: SHA-256 over all of it but the hash itself."""
    content = asdict(entry)
    del content["hash"]
    return digest_of(content)


def head(ledger: Sequence[Entry]) -> str:
    """The hash that the next entry must name as its predecessor."""
    return ledger[-1].hash if ledger else GENESIS


def first_broken(ledger: Sequence[Entry]) -> int | None:
    """The number of the first entry whose content, number or link is wrong; None when the chain is whole."""
    prev = GENESIS
    for n, entry in enumerate(ledger):
        if entry.n != n or entry.prev != prev or sealed(entry) != entry.hash:
            return n
        prev = entry.hash
    return None
