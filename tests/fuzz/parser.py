"""What is fuzzed: a name, how it reads bytes, and payloads to begin with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts import wire
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.core.facts import Fact
from tests.fuzz.mutation import Seed
from tests.fuzz.seeds import seeds
from tests.fuzz.spans import Kind

type Reader = Callable[[bytes], object]


@dataclass(frozen=True)
class Parser:
    """`read` may raise Malformed and nothing else; `share` is how many inputs it gets beside the others."""

    name: str
    read: Reader
    seeds: Callable[[], Sequence[Seed]]
    share: int


def parser(name: str, kind: Kind, share: int, read: Reader, own: Callable[[], Sequence[bytes]], *corpus: str) -> Parser:
    """A parser of payloads of `kind` that begins with its `own` and those of the corpus, made when they are needed."""
    return Parser(name, read, lambda: seeds(kind, own(), *corpus), share)


def told(outcomes: Iterable[Any]) -> None:
    """Every fact must come back from the wire as it was, and every reason must be text that can be kept."""
    for outcome in outcomes:
        if isinstance(outcome, Fact):
            assert wire.decode_fact(wire.encode_fact(outcome)) == outcome
        elif isinstance(outcome, (Malformed, Ignored)):
            sentence(outcome)


def sentence(problem: Malformed | Ignored) -> None:
    """A reason is there, can be written as UTF-8, and is short enough to be read."""
    assert problem.reason
    assert len(f"{problem.where}: {problem.reason}".encode()) < 8000, problem.reason[:200]
