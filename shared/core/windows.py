"""Serving telemetry in mergeable windows: requests, errors and a log-spaced latency histogram per deployment."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

GROWTH = 1.1
MAXIMUM_BUCKET = 160

_EDGES = tuple(GROWTH**bucket for bucket in range(MAXIMUM_BUCKET))
_NAMES = tuple(str(bucket) for bucket in range(MAXIMUM_BUCKET + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What one deployment served: counts, and `latency` as requests per bucket of a log-spaced histogram.

    Bucket b holds latencies of (1.1^(b-1), 1.1^b] milliseconds; 0 holds all up to 1 ms, 160 all from 4.2 million ms.
    """

    requests: int = 0
    errors: int = 0
    latency: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "Traffic") -> "Traffic":
        """Both together; adding is commutative and associative, so windows merge in any order."""
        latency = dict(self.latency)
        for bucket, count in other.latency.items():
            latency[bucket] = latency.get(bucket, 0) + count
        return Traffic(requests=self.requests + other.requests, errors=self.errors + other.errors, latency=latency)

    @property
    def error_rate(self) -> float:
        """Errors per request in 0–1; NaN without requests, so that no gate passes on nothing."""
        return self.errors / self.requests if self.requests else math.nan

    def quantile(self, q: float) -> float:
        """The latency in ms below which the share `q` (0–1) of requests lies, at most 10 % too high; NaN when empty."""
        total, seen = sum(self.latency.values()), 0
        for bucket in sorted(map(int, self.latency)):
            seen += self.latency[str(bucket)]
            if seen >= q * total:
                return GROWTH**bucket
        return math.nan


def bucket_of(milliseconds: float) -> str:
    """The histogram bucket of a latency in ms; what is no finite number or negative counts as the largest."""
    return _NAMES[bisect_left(_EDGES, milliseconds)] if milliseconds >= 0 else _NAMES[-1]


def total(parts: Iterable[Traffic]) -> Traffic:
    """The sum of `parts`; an empty Traffic for none."""
    return sum(parts, start=Traffic())


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What every deployment of an endpoint served in one window; `start` and `seconds` in seconds since the epoch."""

    start: float
    seconds: float
    deployments: dict[str, Traffic]
