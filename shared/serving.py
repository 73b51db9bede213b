"""Serving telemetry from Event Hubs: every batch is counted once into the rings of its endpoints."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.contracts import telemetry
from shared.contracts.malformed import Malformed
from shared.core.identity import traffic_prefix
from shared.intake import Intake
from shared.monitoring.traffic import Ring, counted, decode_ring, encode_ring
from shared.ports import Clock, Conflict, Documents, Unavailable

TRIES = 12
FUTURE_SECONDS = 3600.0

log = logging.getLogger("gatehouse.serving")


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event of a partition."""

    sequence: int
    body: bytes


class Serving:
    """Counts what endpoints served; any number of workers may share the stream."""

    def __init__(
        self,
        documents: Documents,
        intake: Intake,
        clock: Clock,
        *,
        window_seconds: float,
        pause: Callable[[float], None],
    ) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock
        self._seconds, self._pause = window_seconds, pause

    def count(self, partition: str, events: Sequence[Arrived]) -> None:
        """Count one batch of one partition; bad records are quarantined beside it. Raises Unavailable.

        A record dated more than an hour ahead is a bad one: many of them would push real windows out of the ring. An
        hour is more than any clock of a worker is wrong.
        """
        latest = self._clock.now() + FUTURE_SECONDS
        by_endpoint: dict[str, list[tuple[int, list[telemetry.Request]]]] = defaultdict(list)
        for event in events:
            parsed, refused = telemetry.parse_requests(event.body)
            requests = [request for request in parsed if request.at <= latest]
            if len(requests) < len(parsed):
                refused.append(Malformed(f"{len(parsed) - len(requests)} record(s) are dated in the future"))
            for problem in refused:
                self._intake.refuse(event.body, str(problem), f"inference-telemetry/{partition}/{event.sequence}")
            for endpoint, served in _grouped(requests).items():
                by_endpoint[endpoint].append((event.sequence, served))
        for endpoint, batch in by_endpoint.items():
            self._merge(endpoint, partition, batch)

    def _merge(self, endpoint: str, partition: str, batch: list[tuple[int, list[telemetry.Request]]]) -> None:
        key = f"{traffic_prefix(endpoint)}{partition}"
        for attempt in range(TRIES):
            stored = self._documents.read(key)
            ring = decode_ring(stored.data) if stored else Ring(endpoint=endpoint)
            fresh = counted(ring, batch, self._seconds)
            if fresh.fence == ring.fence:
                return
            try:
                etag = stored.etag if stored else None
                self._documents.write(key, encode_ring(fresh), etag, {"endpoint": endpoint[:60]})
                return
            except (Conflict, Unavailable) as race:
                log.info("reading the windows of %s again: %s", endpoint, race)
                self._pause(0.02 * 2 ** min(attempt, 6))
        raise Unavailable(f"the windows of {endpoint} changed under {TRIES} tries; deliver the batch again")


def _grouped(requests: Sequence[telemetry.Request]) -> dict[str, list[telemetry.Request]]:
    grouped: dict[str, list[telemetry.Request]] = defaultdict(list)
    for request in requests:
        grouped[request.endpoint].append(request)
    return grouped
