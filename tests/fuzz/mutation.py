"""Damage to payloads: a few edits of their bytes at meaningful places, drawn from a seeded source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

from tests.fuzz.snippets import AROUND, BETWEEN, SNIPPETS
from tests.fuzz.spans import Kind, Span, spans_of

LARGEST = 64 * 1024
_DEPTHS = (1, 1, 2, 2, 3, 5, 9, 17, 65, 65, 200, 300, 1100, 6000, 20_000)
_TIMES = (2, 3, 10, 100, 1000)

type Edit = tuple[int, int, bytes]


@dataclass(frozen=True)
class Seed:
    """A payload that is understood, or nearly so, and of what kind it is."""

    body: bytes
    kind: Kind

    @cached_property
    def spans(self) -> list[Span]:
        """Its meaningful pieces."""
        return spans_of(self.body, self.kind)


class Mutator:
    """Draws damaged payloads from `own` seeds; pieces of `others` are put into them now and then."""

    def __init__(self, own: Sequence[Seed], others: Sequence[Seed], chance: Random) -> None:
        self._own, self._others, self._chance = own, others, chance

    def draw(self) -> bytes:
        """The next payload: one seed with one to four edits, seldom more than 64 KB longer than it."""
        seed = self._pick(self._own)
        count = 1 + int(self._chance.random() ** 2 * 4)
        edits = sorted((self._pick(_EDITS)(self, seed) for _ in range(count)), reverse=True)
        body, end = seed.body, len(seed.body) + 1
        for start, stop, text in edits:
            if stop <= end:  # one that overlaps with another is left out
                body = body[:start] + text + body[stop:]
                end = start
        return body

    def _pick[T](self, choices: Sequence[T]) -> T:
        return choices[int(self._chance.random() * len(choices))]

    def _place(self, seed: Seed) -> int:
        return int(self._chance.random() * len(seed.body))

    def replaced(self, seed: Seed) -> Edit:
        """A piece becomes something else."""
        return (*self._pick(seed.spans), self._pick(SNIPPETS[seed.kind]))

    def exchanged(self, seed: Seed) -> Edit:
        """A piece becomes another piece of the same payload."""
        start, end = self._pick(seed.spans)
        return (*self._pick(seed.spans), seed.body[start:end][:LARGEST])

    def spliced(self, seed: Seed) -> Edit:
        """A piece becomes a piece of another payload."""
        other = self._pick(self._own if self._chance.random() < 0.5 else self._others)
        start, end = self._pick(other.spans)
        return (*self._pick(seed.spans), other.body[start:end][:LARGEST])

    def doubled(self, seed: Seed) -> Edit:
        """A piece is there twice: in an object of JSON, its key is."""
        start, end = self._pick(seed.spans)
        piece = seed.body[start:end]
        return end, end, (BETWEEN[seed.kind] + piece)[:LARGEST]

    def repeated(self, seed: Seed) -> Edit:
        """A piece is there many times."""
        start, end = self._pick(seed.spans)
        again = BETWEEN[seed.kind] + seed.body[start:end]
        return end, end, again * min(self._pick(_TIMES), LARGEST // len(again))

    def removed(self, seed: Seed) -> Edit:
        """A piece is missing."""
        return (*self._pick(seed.spans), b"")

    def wrapped(self, seed: Seed) -> Edit:
        """A piece lies deep inside of something else."""
        (before, after), depth = self._pick(AROUND[seed.kind]), self._pick(_DEPTHS)
        start, end = self._pick(seed.spans)
        return start, end, before * depth + seed.body[start:end] + after * depth

    def flipped(self, seed: Seed) -> Edit:
        """One bit is another."""
        place = self._place(seed)
        return place, place + 1, bytes((seed.body[place] ^ (1 << int(self._chance.random() * 8)),))

    def inserted(self, seed: Seed) -> Edit:
        """Something stands anywhere at all."""
        place = self._place(seed)
        return place, place, self._pick(SNIPPETS[seed.kind])

    def cut(self, seed: Seed) -> Edit:
        """Some bytes are missing anywhere at all."""
        place = self._place(seed)
        return place, min(len(seed.body), place + 1 + int(self._chance.random() * 40)), b""

    def ended(self, seed: Seed) -> Edit:
        """The rest never came."""
        return self._place(seed), len(seed.body), b""


_EDITS: tuple[Callable[[Mutator, Seed], Edit], ...] = (
    *(Mutator.replaced,) * 6,
    *(Mutator.exchanged,) * 2,
    *(Mutator.spliced,) * 3,
    *(Mutator.doubled,) * 2,
    *(Mutator.removed,) * 2,
    Mutator.repeated,
    Mutator.wrapped,
    *(Mutator.flipped,) * 2,
    Mutator.inserted,
    Mutator.cut,
    Mutator.ended,
)
