"""Distinct values in bounded memory: exact counts of those with the smallest hashes, and an estimate of how many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

LIMIT = 256
LONGEST = 80
HASH_BYTES = 8
HASHES = 2.0 ** (8 * HASH_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """Values and how often they came, of which at most 256 are kept: those whose hashes are smallest.

    A value that is kept was kept in every part it came in, so its count is exact and merging is associative and
    commutative. `total` counts every occurrence, also those of values not kept. The estimate of the number of distinct
    values has a relative error of about 1/√256 = 6 % (k minimum values: Bar-Yossef et al. 2002, Beyer et al. 2007).
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    full: bool = False

    def __post_init__(self) -> None:
        if self.full and not self.counts:
            raise ValueError("a summary that is full keeps values; one without any is no summary")

    def __add__(self, other: "Distinct") -> "Distinct":
        """Both together."""
        counts = dict(self.counts)
        for value, count in other.counts.items():
            counts[value] = counts.get(value, 0) + count
        return _bounded(counts, self.total + other.total, full=self.full or other.full)

    @property
    def estimate(self) -> float:
        """How many distinct values came: exact up to 256 of them."""
        if not self.full:
            return float(len(self.counts))
        largest = max(map(_rank, self.counts))
        return (LIMIT - 1) * HASHES / largest


def distinct(occurrences: Iterable[tuple[str, int]]) -> Distinct:
    """The summary of values and how often each came; values beyond 80 characters are kept as their start and hash."""
    counts: dict[str, int] = {}
    total = 0
    for value, count in occurrences:
        name = shortened(value)
        counts[name] = counts.get(name, 0) + count
        total += count
    return _bounded(counts, total, full=False)


def shortened(value: str) -> str:
    """The value itself up to 80 characters, else its start with its hash, so that no value makes a profile large."""
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 18]}… {_digest(value).hex()}"


def _bounded(counts: dict[str, int], total: int, *, full: bool) -> Distinct:
    if len(counts) <= LIMIT:
        return Distinct(counts=dict(sorted(counts.items())), total=total, full=full)
    kept = sorted(counts, key=_rank)[:LIMIT]
    return Distinct(counts={value: counts[value] for value in sorted(kept)}, total=total, full=True)


def _rank(value: str) -> int:
    return int.from_bytes(_digest(value))


def _digest(value: str) -> bytes:
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()
