"""Every file of a data collector is read exactly as its expectation says."""

from pathlib import Path

from shared.contracts.collector import parse_lines
from shared.contracts.telemetry import parse_telemetry
from tests.corpus.expectations import matching, needs_corpus, sample

FILES = "drift-monitoring/mdc-*.jsonl"

pytestmark = needs_corpus


@matching(FILES)
def test_the_records_of_a_collector_are_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    collected, refused = parse_lines(body)
    assert {
        "format": "azureml-mdc-jsonl",
        "record_count": len(collected),
        "ids": [record.id for record in collected],
        "types": sorted({record.type for record in collected}),
        "row_count": sum(len(record.rows) for record in collected),
        "dataref_count": sum(bool(record.reference) for record in collected),
        "data_in_blob_count": sum(record.in_blob for record in collected),
        "model_versions": sorted({record.model_version for record in collected} - {""}),
        "endpoint_deployments": sorted({f"{record.endpoint}/{record.deployment}" for record in collected}),
        "malformed_lines": list(refused),
    } == {key: value for key, value in expected.items() if key != "trap"}


@matching(FILES)
def test_an_event_of_a_hub_with_those_lines_gives_the_same_records(expectation: Path) -> None:
    body, _ = sample(expectation)
    told = parse_telemetry(body)
    assert (list(told.collected), list(told.requests), list(told.refused)) == (parse_lines(body)[0], [], [])
