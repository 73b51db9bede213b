"""Serving telemetry of one endpoint and one Event Hubs partition: a ring of windows behind a fence."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec

from shared.core.windows import Traffic, Window, bucket_of

FINE_WINDOWS = 120
COARSE_WINDOWS = 180
COARSE = 10


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
    """The windows of one partition, and `fence`, the sequence number of the last event counted (-1 for none).

    The newest 120 windows are kept as they are, what is older in windows of ten times their length, 180 of them: with
    windows of a minute that is more than a day.
    """

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
                fresh[request.at // seconds][request.deployment].add(request)
    fine = {window.start: window for window in ring.windows if window.seconds == seconds}
    for number, tallies in fresh.items():
        served = {name: tally.traffic() for name, tally in tallies.items()}
        _add(fine, Window(start=number * seconds, seconds=seconds, deployments=served))
    coarse = {window.start: window for window in ring.windows if window.seconds != seconds}
    for start in sorted(fine)[:-FINE_WINDOWS]:
        _add(coarse, replace(fine.pop(start), start=start // (COARSE * seconds) * COARSE * seconds))
    kept = [replace(coarse[start], seconds=COARSE * seconds) for start in sorted(coarse)[-COARSE_WINDOWS:]]
    return Ring(endpoint=ring.endpoint, fence=fence, windows=(*kept, *(fine[start] for start in sorted(fine))))


@dataclass(slots=True)
class Tally:
    """What one deployment served in one window, while a batch is being counted."""

    requests: int = 0
    errors: int = 0
    latency: dict[str, int] = field(default_factory=dict)

    def add(self, request: Served) -> None:
        """Count one request."""
        self.requests += 1
        self.errors += not 100 <= request.code < 400
        bucket = bucket_of(request.latency_ms)
        self.latency[bucket] = self.latency.get(bucket, 0) + 1

    def traffic(self) -> Traffic:
        """The tally as it is kept."""
        return Traffic(requests=self.requests, errors=self.errors, latency=self.latency)


def _add(windows: dict[float, Window], window: Window) -> None:
    """Add `window` to the one of the same start."""
    known = windows.get(window.start)
    deployments = dict(known.deployments) if known else {}
    for name, served in window.deployments.items():
        deployments[name] = deployments.get(name, Traffic()) + served
    windows[window.start] = replace(window, deployments=deployments)


_RING = msgspec.json.Decoder(Ring)


def encode_ring(ring: Ring) -> bytes:
    """The ring as JSON."""
    return msgspec.json.encode(ring)


def decode_ring(body: bytes) -> Ring:
    """The ring in `body`; raises msgspec.ValidationError when it is none."""
    return _RING.decode(body)
