"""Telemetry is read in every shape Event Hubs brings it in, and a bad record costs only itself."""

import json

import pytest

from shared.contracts.telemetry import Request
from tests.contracts.requests_read import parse_requests
from tests.contracts.samples import encoded, record

WANTED = Request(endpoint="churn", deployment="r-1", at=1772352000.1, code=200, latency_ms=12.5)
SHAPES = {
    "one record": (encoded(record()), 1),
    "an array": (encoded([record(), record()]), 2),
    "records": (encoded({"records": [record(), record()]}), 2),
    "records after something else": (encoded({"partition": 1, "records": [record(), record()]}), 2),
    "lines": (encoded(record()) + b"\n" + encoded(record()) + b"\r\n\n", 2),
    "lines of records": (b"\n".join([encoded({"records": [record(), record()]}), encoded(record())]), 3),
    "an indented record": (json.dumps(record(), indent=2).encode(), 1),
    "indented records": (json.dumps({"records": [record()]}, indent=2).encode(), 1),
    "an empty array": (b"[]", 0),
    "no records": (b'{"records": []}', 0),
}


@pytest.mark.parametrize(("body", "count"), SHAPES.values(), ids=SHAPES)
def test_every_shape_gives_the_same_requests(body: bytes, count: int) -> None:
    assert parse_requests(body) == ([WANTED] * count, [])


BAD = {
    "no object": 7,
    "no category": {"time": "2026-03-01T08:00:00Z", "properties": {}},
    "no endpoint": record(EndpointName=None),
    "an empty deployment": record(DeploymentName=""),
    "a latency below zero": record(TotalDurationMs=-1),
    "a code in words": record(ResponseCode="OK"),
    "no properties": {**record(), "properties": None},
    "a time that is none": {**record(), "time": "yesterday"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_record_is_refused_with_its_place_and_costs_no_neighbour(bad: object) -> None:
    requests, refused = parse_requests(encoded({"records": [record(), bad, record()]}))
    assert requests == [WANTED, WANTED]
    assert len(refused) == 1
    assert refused[0].where.startswith("records[1]")


def test_a_broken_line_is_refused_with_its_number_and_costs_no_neighbour() -> None:
    requests, refused = parse_requests(encoded(record()) + b'\n{"category": NaN}\n' + encoded(record()))
    assert requests == [WANTED, WANTED]
    assert [problem.where for problem in refused] == ["line 2"]


def test_other_categories_are_skipped_even_when_their_properties_are_strange() -> None:
    other = {"time": "2026-03-01T08:00:00Z", "category": "AmlOnlineEndpointConsoleLog", "properties": "text"}
    assert parse_requests(encoded([other, record()])) == ([WANTED], [])


def test_numbers_that_come_as_text_are_understood() -> None:
    assert parse_requests(encoded([record(ResponseCode="200", TotalDurationMs="12.5")])) == ([WANTED], [])


def test_what_is_no_json_at_all_is_one_refusal() -> None:
    for body in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b"hello"):
        requests, refused = parse_requests(body)
        assert not requests
        assert len(refused) == 1
        assert refused[0].reason


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    _, (refused,) = parse_requests(b"x" * 11, limit=10)
    assert "more than the 10 allowed" in refused.reason


@pytest.mark.parametrize(
    ("code", "failed"), [(200, False), (399, False), (400, True), (503, True), (0, True), (100, False)]
)
def test_errors_are_codes_from_400_and_no_code_at_all(code: int, failed: bool) -> None:
    (request,), _ = parse_requests(encoded(record(ResponseCode=code)))
    assert request.failed is failed


@pytest.mark.parametrize("moment", [253402300800, -62135596801, 1e300, -1e300, "9999-12-31T23:59:59-23:59"])
def test_a_moment_beyond_the_calendar_costs_only_its_record(moment: object) -> None:
    requests, refused = parse_requests(encoded([record(), {**record(), "time": moment}]))
    assert (requests[:1], len(requests) + len(refused)) == ([WANTED], 2)
