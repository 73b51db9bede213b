"""What model registries send is read exactly as it is meant, and its signature is valid exactly when it is."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import databricks, mlflow, signatures
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.model_events import model_fact, model_facts
from shared.core.facts import ModelRegistered
from tests.corpus.expectations import FOLDER, matching, needs_corpus, sample

AZURE_ML, MLFLOW, DATABRICKS = "model-registry/aml-*", "model-registry/mlflow-*", "model-registry/databricks-*"
NOTES = ("trap", "note")

pytestmark = needs_corpus


@matching(AZURE_ML)
def test_an_event_of_azure_ml_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    events = [event for event in parse_events(body) if isinstance(event, Event)]
    assert {event.envelope for event in events} == {expected["envelope"]}
    assert len(events) == expected["event_count"] == len(expected["events"])
    assert isinstance(json.loads(body), list) == (expected["top_level"] == "array")
    for event, wanted in zip(events, expected["events"], strict=True):
        assert {key: EVENT_FIELDS[key](event) for key in wanted} == wanted | {"time": seconds(wanted["time"])}
        assert isinstance(model_fact(event), ModelRegistered if "model_name" in wanted else Ignored)


@matching(MLFLOW)
def test_a_delivery_of_mlflow_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    assert subset(delivered(body, expected), expected) == plain(expected)


@matching(MLFLOW)
def test_only_a_new_version_of_a_model_is_a_fact_of_mlflow(expectation: Path) -> None:
    body, expected = sample(expectation)
    _, content, headers = unpacked(body)
    (outcome,) = model_facts(json.dumps(mlflow.enveloped(content, headers["x-mlflow-delivery-id"])).encode())
    if expected["event"] == mlflow.REGISTERED and expected["data"]["name"] != "example_model":
        assert isinstance(outcome, ModelRegistered)
        given = (outcome.model, outcome.version, outcome.tags, outcome.registry)
        assert given == (*(expected["data"][key] for key in ("name", "version", "tags")), "mlflow")
    else:
        assert isinstance(outcome, Ignored)
        assert outcome.reason


@matching(DATABRICKS)
def test_a_webhook_of_databricks_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    _, content, headers = unpacked(body)
    told = databricks.parse(content)
    found = {
        "event": told.event,
        "webhook_id": told.webhook_id,
        "event_timestamp_ms": told.event_timestamp,
        "model_name": told.model_name,
        "model_version": str(told.version),
        "from_stage": told.from_stage,
        "to_stage": told.to_stage,
        "tags": {tag.key: tag.value for tag in told.tags or []},
        "secret": expected.get("secret"),
    }
    if expected.get("secret"):
        valid = signatures.signed_by_databricks(headers, content, [expected["secret"].encode()])
        by_hand = hmac.new(expected["secret"].encode(), content, hashlib.sha256).hexdigest()
        found |= {"signature_valid": valid, "must_reject": not valid}
        found["recipe"] = "hex(HMAC-SHA256(secret, raw body))"
        assert valid == (headers["x-databricks-signature"] == by_hand)
    assert subset(found, expected) == plain(expected)
    (outcome,) = model_facts(json.dumps(databricks.enveloped(content)).encode())
    assert isinstance(outcome, ModelRegistered if told.event == databricks.REGISTERED else Ignored)


def unpacked(body: bytes) -> tuple[str, bytes, dict[str, str]]:
    """Method, body and headers of a recorded delivery, or the body alone where that is all there is."""
    content = json.loads(body)
    if "headers" not in content:
        return "POST", body, {}
    headers = {name.lower(): value for name, value in content["headers"].items()}
    return content["method"], content["body"].encode(), headers


def delivered(body: bytes, expected: dict[str, Any]) -> dict[str, Any]:
    """A delivery of MLflow in the words of the expectations."""
    _, content, headers = unpacked(body)
    told = mlflow.parse(content)
    secrets = [expected["secret"].encode()] if expected["secret"] else []
    signed, moment = "x-mlflow-signature" in headers, headers["x-mlflow-timestamp"]
    valid = signatures.signed_by_mlflow(headers, content, secrets, float(moment))
    return {
        "entity": told.entity,
        "action": told.action,
        "event": told.event,
        "timestamp": told.timestamp,
        "delivery_id": headers["x-mlflow-delivery-id"],
        "unix_timestamp": moment,
        "signature_present": signed,
        "signature_valid": valid if signed else None,
        "must_reject": not signatures.signed_by_mlflow(headers, content, secrets, float(expected["clock_to_use"])),
        "data": told.data,
        "secret": expected["secret"],
        "clock_to_use": expected["clock_to_use"],
        "duplicate_of": earlier(body, expected),
    }


def earlier(body: bytes, expected: dict[str, Any]) -> str | None:
    """The named other file, if it gives the same event by id and content."""
    if not (other := expected.get("duplicate_of")):
        return None
    ours, theirs = (only_event(each) for each in (body, (FOLDER / "model-registry" / other).read_bytes()))
    return other if (ours.id, ours.digest) == (theirs.id, theirs.digest) else None


def only_event(body: bytes) -> Event:
    _, content, headers = unpacked(body)
    (event,) = parse_events(json.dumps(mlflow.enveloped(content, headers["x-mlflow-delivery-id"])).encode())
    assert isinstance(event, Event)
    return event


def plain(expected: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in expected.items() if key not in NOTES}


def subset(told: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    return {key: told[key] for key in plain(expected)}


def seconds(text: str) -> Any:
    """The time as the standard library reads it, which cuts the seventh digit where Gatehouse may round it."""
    return pytest.approx(datetime.fromisoformat(text).timestamp(), abs=2e-6)


def fact(event: Event) -> ModelRegistered:
    outcome = model_fact(event)
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
