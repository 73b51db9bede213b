"""Serving telemetry of one endpoint and one Event Hubs partition: a ring of windows behind a fence."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from shared.core.windows import Traffic, Window, bucket_of

KEPT_WINDOWS = 240


class Served(Protocol):
    """One request that an endpoint answered: `at` in seconds since the epoch, `code` HTTP's."""

    @property
    def deployment(self) -> str: ...

    @property
    def at(self) -> float: ...

    @property
    def code(self) -> int: ...

    @property
    def latency_ms(self) -> float: ...


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    """The newest windows of one partition, and `fence`, the sequence number of the last event counted (-1 for none)."""

    endpoint: str
    fence: int = -1
    windows: tuple[Window, ...] = ()


def counted(ring: Ring, events: Iterable[tuple[int, Iterable[Served]]], seconds: float) -> Ring:
    """The ring with `events` (sequence number, requests) counted in windows of `seconds`.

    An event at or below the fence is skipped, so a replayed batch counts once; the fence only rises.
    """
    fresh: defaultdict[float, defaultdict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    fence = ring.fence
    for sequence, requests in sorted(events, key=lambda event: event[0]):
        if sequence > fence:
            fence = sequence
            for request in requests:
                fresh[request.at // seconds * seconds][request.deployment].add(request)
    merged = {window.start: window for window in ring.windows}
    for start, tallies in fresh.items():
        merged[start] = _merged(merged.get(start), start, seconds, tallies)
    newest = sorted(merged)[-KEPT_WINDOWS:]
    return Ring(endpoint=ring.endpoint, fence=fence, windows=tuple(merged[start] for start in newest))


@dataclass(slots=True)
class Tally:
    """What one deployment served in one window, while a batch is being counted."""

    requests: int = 0
    errors: int = 0
    latency: Counter[str] = field(default_factory=Counter)

    def add(self, request: Served) -> None:
        """Count one request."""
        self.requests += 1
        self.errors += not 100 <= request.code < 400
        self.latency[bucket_of(request.latency_ms)] += 1

    def traffic(self) -> Traffic:
        """The tally as it is kept."""
        return Traffic(requests=self.requests, errors=self.errors, latency=dict(self.latency))


def _merged(window: Window | None, start: float, seconds: float, tallies: Mapping[str, Tally]) -> Window:
    deployments = dict(window.deployments) if window else {}
    for name, tally in tallies.items():
        deployments[name] = deployments.get(name, Traffic()) + tally.traffic()
    return Window(start=start, seconds=seconds, deployments=deployments)


def encode_ring(ring: Ring) -> bytes:
    """The ring as JSON."""
    return msgspec.json.encode(ring)


def decode_ring(body: bytes) -> Ring:
    """The ring in `body`; raises msgspec.ValidationError when it is none."""
    return msgspec.json.decode(body, type=Ring)
