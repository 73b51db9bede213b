"""Telemetry counts every event once, in any order and by any number of workers."""

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.telemetry import Request
from shared.core.windows import GROWTH, MAXIMUM_BUCKET, Traffic, bucket_of, total
from shared.monitoring.traffic import COARSE_WINDOWS, FINE_WINDOWS, Ring, counted, decode_ring, encode_ring

counts = st.integers(0, 1000)
latencies = st.dictionaries(st.integers(0, MAXIMUM_BUCKET).map(str), counts)
traffic = st.builds(Traffic, requests=counts, errors=counts, latency=latencies)
requests = st.builds(
    Request,
    endpoint=st.just("e"),
    deployment=st.sampled_from(["a", "b"]),
    at=st.floats(0, 300),
    code=st.sampled_from([0, 200, 404, 500]),
    latency_ms=st.floats(0, 1e5),
)
batches = st.lists(st.lists(requests, max_size=5), max_size=8).map(lambda events: list(enumerate(events)))


@given(st.lists(traffic, max_size=6), st.randoms(use_true_random=False))
def test_windows_merge_in_any_order(parts: list[Traffic], shuffler: random.Random) -> None:
    shuffled = list(parts)
    shuffler.shuffle(shuffled)
    assert total(shuffled) == total(parts)
    middle = len(parts) // 2
    assert total(parts[:middle]) + total(parts[middle:]) == total(parts)


@given(batches, st.integers(0, 8), st.integers(0, 8))
def test_a_replayed_batch_counts_once(events: list[tuple[int, list[Request]]], seen: int, again: int) -> None:
    once = counted(Ring(endpoint="e"), events, 10.0)
    part = counted(Ring(endpoint="e"), events[:seen], 10.0)
    assert counted(part, events[min(again, seen) :], 10.0) == once
    assert counted(once, events, 10.0) == once


@given(batches)
def test_every_request_is_counted_and_every_error(events: list[tuple[int, list[Request]]]) -> None:
    served = [request for _, batch in events for request in batch]
    ring = counted(Ring(endpoint="e"), events, 10.0)
    both = total(each for window in ring.windows for each in window.deployments.values())
    assert (both.requests, both.errors) == (len(served), sum(request.failed for request in served))
    assert sum(both.latency.values()) == len(served)


@given(batches)
def test_a_ring_survives_its_storage(events: list[tuple[int, list[Request]]]) -> None:
    ring = counted(Ring(endpoint="e"), events, 10.0)
    assert decode_ring(encode_ring(ring)) == ring


def test_a_ring_keeps_what_is_older_in_longer_windows_and_loses_no_request() -> None:
    events = [(n, [Request("e", "a", n * 10.0, 200, 5.0)]) for n in range(FINE_WINDOWS + 65)]
    ring = Ring(endpoint="e")
    for event in events:
        ring = counted(ring, [event], 10.0)
    fine = [window for window in ring.windows if window.seconds == 10.0]
    coarse = [window for window in ring.windows if window.seconds == 100.0]
    assert (len(fine), len(coarse), coarse[0].start, ring.fence) == (FINE_WINDOWS, 7, 0.0, FINE_WINDOWS + 64)
    assert total(window.deployments["a"] for window in ring.windows).requests == FINE_WINDOWS + 65


def test_a_ring_is_bounded() -> None:
    events = [(n, [Request("e", "a", n * 10.0, 200, 5.0)]) for n in range(FINE_WINDOWS + COARSE_WINDOWS * 10 + 500)]
    ring = counted(Ring(endpoint="e"), events, 10.0)
    assert len(ring.windows) == FINE_WINDOWS + COARSE_WINDOWS


@given(st.floats())
def test_every_latency_has_a_bucket_at_most_ten_percent_too_high(milliseconds: float) -> None:
    bucket = int(bucket_of(milliseconds))
    assert 0 <= bucket <= MAXIMUM_BUCKET
    if 1 < milliseconds < 4e6:
        assert milliseconds / (1 + 1e-9) <= GROWTH**bucket <= milliseconds * GROWTH * (1 + 1e-9)


@given(traffic)
def test_no_traffic_has_no_rate(served: Traffic) -> None:
    assert math.isnan(served.error_rate) == (served.requests == 0)
    assert math.isnan(Traffic().quantile(0.95))
