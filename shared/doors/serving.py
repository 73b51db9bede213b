"""Serving telemetry from Event Hubs: every batch is counted once into the rings and windows of its deployments."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.contracts import telemetry
from shared.contracts.collector import INPUTS, LABELS, OUTPUTS, Collected
from shared.contracts.malformed import Malformed
from shared.core.identity import traffic_prefix
from shared.doors.intake import Intake
from shared.monitoring.traffic import Ring, counted, decode_ring, encode_ring
from shared.ports import Clock, Conflict, Documents, Unavailable

if TYPE_CHECKING:
    from shared.doors.serving_data import ServingData

TRIES = 12
FUTURE_SECONDS = 3600.0
COUNTED = frozenset({INPUTS, OUTPUTS, LABELS})

log = logging.getLogger("gatehouse.serving")


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event of a partition; `at` is when the hub took it, in seconds since the epoch."""

    sequence: int
    body: bytes
    at: float = 0.0


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
        data: "Callable[[], ServingData]",
    ) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock
        self._seconds, self._pause, self._data = window_seconds, pause, data

    def count(self, partition: str, events: Sequence[Arrived]) -> None:
        """Count one batch of one partition; bad records are quarantined beside it. Raises Unavailable.

        A record dated more than an hour ahead is a bad one: many of them would push real windows out of the ring. An
        hour is more than any clock of a worker is wrong.
        """
        latest = self._clock.now() + FUTURE_SECONDS
        by_endpoint: dict[str, list[tuple[int, list[telemetry.Request]]]] = defaultdict(list)
        collected: list[tuple[Arrived, Sequence[Collected]]] = []
        for event in events:
            told = telemetry.parse_telemetry(event.body)
            grouped, early = _grouped(told.requests, latest)
            refused = [Malformed(f"{early} record(s) are dated in the future")] if early else []
            self._refuse(partition, event, [*told.refused, *refused])
            for endpoint, served in grouped.items():
                by_endpoint[endpoint].append((event.sequence, served))
            if told.collected:
                collected.append((event, told.collected))
        for endpoint, batch in by_endpoint.items():
            self._merge(endpoint, partition, batch)
        if collected:
            self._keep(partition, collected)

    def _refuse(self, partition: str, event: Arrived, refused: Sequence[Malformed]) -> None:
        for problem in refused:
            self._intake.refuse(event.body, str(problem), f"inference-telemetry/{partition}/{event.sequence}")

    def _keep(self, partition: str, events: Sequence[tuple[Arrived, Sequence[Collected]]]) -> None:
        """Count inputs, outputs and labels by deployment; what else a collector brings is known and left out."""
        from shared.doors.serving_data import Brought
        from shared.monitoring.served import Record, rows_of

        brought: dict[tuple[str, str], list[Brought]] = defaultdict(list)
        for event, collected in events:
            records: dict[tuple[str, str], list[Record]] = defaultdict(list)
            for one in collected:
                if one.collection in COUNTED:
                    record = Record(collection=one.collection, correlation=one.correlation, rows=one.rows)
                    records[one.endpoint, one.deployment].append(record)
            for place, mine in records.items():
                at = event.at or self._clock.now()
                brought[place].append(Brought(sequence=event.sequence, at=at, records=mine))
            labels = (record for mine in records.values() for record in mine if record.collection == LABELS)
            if odd := rows_of(labels).odd:
                self._refuse(partition, event, [Malformed(f"{odd} label(s) are neither a class nor a score of 0 to 1")])
        for (endpoint, deployment), batch in brought.items():
            self._data().count(endpoint, deployment, partition, batch)

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


def _grouped(requests: Sequence[telemetry.Request], latest: float) -> tuple[dict[str, list[telemetry.Request]], int]:
    """The requests by endpoint, and how many are dated after `latest` and left out."""
    grouped: dict[str, list[telemetry.Request]] = defaultdict(list)
    for request in requests:
        if request.at <= latest:
            grouped[request.endpoint].append(request)
    return grouped, len(requests) - sum(map(len, grouped.values()))
