"""Records of a data collector are told from resource logs in any mixture, and a bad one costs only itself."""

import json
from typing import Any

import pytest

from shared.contracts.collector import parse_lines
from shared.contracts.telemetry import parse_telemetry
from tests.contracts.samples import SOURCE, encoded, record


def collected(**changes: Any) -> dict[str, Any]:
    """One record of a collector."""
    event = {
        "specversion": "1.0",
        "id": "c-1",
        "source": f"{SOURCE}/onlineEndpoints/churn/deployments/r-1",
        "type": "azureml.inference.model_inputs",
        "time": "2026-03-01T08:00:00Z",
        "data": [{"age": 41}, {"age": 17}],
        "correlationid": "q-1",
    }
    return {**event, **changes}


MIXTURES = {
    "an array": encoded([record(), collected()]),
    "records": encoded({"records": [collected(), record()]}),
    "lines": encoded(collected()) + b"\n" + encoded(record()),
    "lines of records": encoded({"records": [collected()]}) + b"\n" + encoded([record()]),
}


@pytest.mark.parametrize("body", MIXTURES.values(), ids=MIXTURES)
def test_collected_records_and_requests_may_come_in_one_event(body: bytes) -> None:
    told = parse_telemetry(body)
    assert [request.endpoint for request in told.requests] == ["churn"]
    assert [(one.deployment, one.collection, one.rows) for one in told.collected] == [
        ("r-1", "inputs", [{"age": 41}, {"age": 17}])
    ]
    assert not told.refused


ODD = {
    "a source without a deployment": collected(source="/subscriptions/s/onlineEndpoints/churn"),
    "a time without a zone": collected(time="2026-03-01T08:00:00"),
    "no type": {key: value for key, value in collected().items() if key != "type"},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_record_is_refused_with_its_place_and_costs_no_neighbour(odd: object) -> None:
    told = parse_telemetry(encoded([collected(), odd, record()]))
    assert (len(told.collected), len(told.requests)) == (1, 1)
    assert [problem.where.startswith("[1]") for problem in told.refused] == [True]


def test_a_line_that_is_none_is_named_by_its_number() -> None:
    body = encoded(collected()) + b"\n\n{}\nhello\n" + encoded(collected())
    records, refused = parse_lines(body)
    assert (len(records), list(refused)) == (2, [3, 4])


def test_content_that_lies_elsewhere_is_known_and_never_followed() -> None:
    address = "https://elsewhere.example/blob"
    told = parse_telemetry(encoded(collected(data=address, datainblob="true")))
    assert (told.collected[0].in_blob, list(told.collected[0].rows)) == (True, [])


@pytest.mark.parametrize("name", ["inputs", "model_inputs"])
def test_both_spellings_of_a_collection_are_one(name: str) -> None:
    body = json.dumps(collected(type=f"azureml.inference.{name}")).encode()
    assert parse_telemetry(body).collected[0].collection == "inputs"
