"""Every authentic payload is read exactly as its expectation says, or refused with a reason; none is read as empty."""

import contextlib
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from local.inspection import inspect
from shared.contracts import azureml, policies, telemetry, trivy
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.malformed import Malformed
from shared.core.facts import ModelRegistered
from tests.corpus.expectations import EXPECTATIONS, FOLDER, matching, name_of, needs_corpus, sample

TRIVY = "scans/trivy-*.json"
MODELS = "model-registry/aml-*.json"
TRAFFIC = "drift-monitoring/eventhub-online-endpoint-traffic*.json"

pytestmark = needs_corpus


@matching(TRIVY)
def test_a_trivy_report_is_read_exactly_or_called_by_its_name(expectation: Path) -> None:
    body, expected = sample(expectation)
    if expected["format"] != "trivy-json":
        with pytest.raises(Malformed, match="Kubernetes"):
            trivy.parse_scan(body)
        return
    parsed = trivy.parse_scan(body)
    assert told_of(parsed) == {key: value for key, value in expected.items() if key != "trap"}
    with pytest.raises(Malformed) as refused:
        trivy.to_fact(parsed, hashlib.sha256(body).hexdigest())
    image = parsed.artifact_type == "container_image"
    assert ("manifest digest" if image else "only image scans open the gate") in refused.value.reason


def told_of(parsed: trivy.ParsedScan) -> dict[str, Any]:
    """A parsed report in the words of the expectations."""
    rows = parsed.vulnerabilities
    raw = {severity: count for severity, count in rows.by_severity.items() if count}
    return {
        "tool": trivy.TOOL,
        "format": "trivy-json",
        "schema_version": parsed.schema_version,
        "artifact_name": parsed.artifact_name,
        "artifact_type": parsed.artifact_type,
        "image_tags": list(parsed.image_tags),
        "repo_digests": list(parsed.repo_digests),
        "manifest_digest": parsed.manifest_digest or None,
        "image_id_config_digest": parsed.image_id or None,
        "os": parsed.os,
        "vulnerabilities": {
            "total_rows": rows.rows,
            "by_severity": rows.by_severity,
            "negligible_not_counted_above": rows.negligible,
            "severity_raw": raw,
            "fixable_rows": rows.fixable_rows,
            "unique_ids": len(rows.ids),
            "sample_ids": list(rows.ids[:8]),
            "status_counts": {status or "<absent>": count for status, count in rows.statuses.items()},
        },
        "secrets": {
            "total": parsed.secrets.rows,
            "by_severity": parsed.secrets.by_severity,
            "rule_ids": list(parsed.secrets.ids),
        },
        "misconfigurations": {
            "failed": parsed.misconfigurations.rows,
            "failed_by_severity": parsed.misconfigurations.by_severity,
            "sample_ids": list(parsed.misconfigurations.ids[:8]),
        },
        "license_rows": parsed.license_rows,
        "suppressed_findings": parsed.suppressed_findings,
    }


@matching(MODELS)
def test_an_event_of_azure_ml_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    events = [event for event in parse_events(body) if isinstance(event, Event)]
    assert {event.envelope for event in events} == {expected["envelope"]}
    assert len(events) == expected["event_count"] == len(expected["events"])
    assert isinstance(json.loads(body), list) == (expected["top_level"] == "array")
    for event, wanted in zip(events, expected["events"], strict=True):
        assert {key: EVENT_FIELDS[key](event) for key in wanted} == wanted | {"time": seconds(wanted["time"])}
        assert isinstance(azureml.model_fact(event), ModelRegistered if "model_name" in wanted else azureml.Ignored)


def seconds(text: str) -> Any:
    """The time as the standard library reads it, which cuts the seventh digit where Gatehouse may round it."""
    return pytest.approx(datetime.fromisoformat(text).timestamp(), abs=2e-6)


def fact(event: Event) -> ModelRegistered:
    outcome = azureml.model_fact(event)
    assert isinstance(outcome, ModelRegistered)
    return outcome


EVENT_FIELDS: dict[str, Callable[[Event], Any]] = {
    "id": lambda event: event.id,
    "type": lambda event: event.type,
    "subject": lambda event: event.subject,
    "source_or_topic": lambda event: event.source,
    "time": lambda event: event.time,
    "model_name": lambda event: fact(event).model,
    "model_version": lambda event: fact(event).version,
    "tags": lambda event: fact(event).tags,
    "properties": lambda event: event.data["ModelProperties"],
    "service_name": lambda event: event.data["ServiceName"],
    "compute_type": lambda event: event.data["ServiceComputeType"],
    "models": lambda event: [pair.split(":") for pair in event.data["ModelIds"].split(",")],
    "run_id": lambda event: event.data["runId"],
    "run_type": lambda event: event.data["runType"],
    "run_status": lambda event: event.data["runStatus"],
    "monitor_breach": lambda event: event.data["runTags"].get("azureml_modelmonitor_threshold_breached"),
    "experiment_name": lambda event: event.data["experimentName"],
    "produced_model_name": lambda event: event.data["runProperties"]["model_name"],
}


@matching(TRAFFIC)
def test_the_traffic_log_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    requests, refused = telemetry.parse_requests(body)
    assert refused == []
    assert {
        "format": "azure-resource-logs",
        "record_count": len(requests),
        "category": telemetry.CATEGORY,
        "endpoint": " ".join({request.endpoint for request in requests}),
        "by_response_code": dict(Counter(str(request.code) for request in requests)),
        "errors_4xx_5xx": sum(request.failed for request in requests),
        "distinct_request_ids": len({request.id for request in requests}),
        "throttling_delay_ms_total": sum(request.delayed_ms for request in requests),
    } == {key: value for key, value in expected.items() if key != "trap"}


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=name_of)
def test_every_payload_is_understood_or_refused_with_a_reason(expectation: Path) -> None:
    sample(expectation)
    told = inspect(str(FOLDER / name_of(expectation)))
    understood = fnmatch(name_of(expectation), TRAFFIC) or "model-registered" in expectation.name
    assert bool(told.get("facts")) == understood, told
    assert "refused" not in told if understood else told.get("refused") or told.get("ignored")
    assert all(outcome["reason"] for outcome in told.get("refused", []) + told.get("ignored", []))


@matching(TRIVY, MODELS, TRAFFIC, "packages/*.yaml")
def test_a_damaged_payload_is_understood_or_refused(expectation: Path) -> None:
    body, _ = sample(expectation)
    chance = random.Random(expectation.name)
    for _ in range(10):
        damaged = bytearray(body[: chance.choice([len(body), chance.randrange(len(body))])])
        for _ in range(min(chance.randrange(1, 20), len(damaged))):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]",:0e-\\\n&* \xff')
        parse_all(bytes(damaged))


def parse_all(body: bytes) -> None:
    """Run every parser over the body; raises whatever is not Malformed."""
    with contextlib.suppress(Malformed):
        assert azureml.model_facts(body)
    with contextlib.suppress(Malformed):
        trivy.to_fact(trivy.parse_scan(body), "0" * 64)
    with contextlib.suppress(Malformed):
        assert policies.parse_policy(body).name
    telemetry.parse_requests(body)
