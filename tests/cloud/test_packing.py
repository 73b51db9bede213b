"""How diagnostic records become events."""

import json

from hypothesis import given
from hypothesis import strategies as st

from local.cloud.telemetry import BYTES_PER_EVENT, RECORDS_PER_EVENT, packed

sizes = st.lists(st.integers(2, BYTES_PER_EVENT // 3), max_size=20)


@given(sizes)
def test_no_record_is_lost_and_no_event_too_large(lengths: list[int]) -> None:
    records = [json.dumps("x" * (length - 2)).encode() for length in lengths]

    events = list(packed(records))

    assert [json.dumps(r).encode() for event in events for r in json.loads(event)["records"]] == records
    assert all(len(event) <= BYTES_PER_EVENT + 100 for event in events)


def test_an_event_holds_no_more_records_than_its_limit() -> None:
    counts = [len(json.loads(event)["records"]) for event in packed([b"1"] * (2 * RECORDS_PER_EVENT + 1))]

    assert counts == [RECORDS_PER_EVENT, RECORDS_PER_EVENT, 1]


def test_a_record_larger_than_an_event_travels_alone() -> None:
    large = json.dumps("x" * BYTES_PER_EVENT).encode()

    assert [len(json.loads(event)["records"]) for event in packed([b"1", large, b"2"])] == [1, 1, 1]
