"""Events and webhooks: of models, of registries, of Event Grid itself; and what served models answered."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from shared.contracts import (
    azureml,
    collector,
    databricks,
    handshake,
    mlflow,
    model_events,
    monitoring,
    registries,
    telemetry,
)
from shared.contracts.envelopes import parse_events
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import Signal
from shared.contracts.telemetry import Request
from shared.core.identity import digest_of
from shared.monitoring.traffic import Ring, counted, decode_ring, encode_ring
from tests.contracts import test_registry_notices as notices
from tests.contracts.requests_read import parse_requests
from tests.contracts.samples import cloud_event, grid_event, record
from tests.fuzz.parser import Parser, parser, told
from tests.fuzz.seeds import encoded

MANY = [record(ResponseCode=500), record(XRequestId="r", RequestThrottlingDelayMs=1, TotalDurationMs="7")]
BY_MLFLOW = {
    "entity": "model_version",
    "action": "created",
    "timestamp": "2026-11-21T00:52:32.576387+00:00",
    "data": {"name": "churn", "version": "1", "source": "runs:/a/model", "tags": {"team": "x"}},
}
BY_DATABRICKS = {
    "event": "MODEL_VERSION_CREATED",
    "webhook_id": "w",
    "event_timestamp": 1_700_000_000_500,
    "model_name": "churn",
    "version": "8",
    "tags": [{"key": "team", "value": "x"}],
}
_ALERT = {
    "schemaId": "azureMonitorCommonAlertSchema",
    "data": {
        "essentials": {
            "alertId": "/subscriptions/s/alerts/1",
            "alertRule": "drift",
            "severity": "Sev3",
            "signalType": "Metric",
            "monitorCondition": "Fired",
            "monitoringService": "Platform",
            "alertTargetIDs": ["/subscriptions/s/providers/microsoft.machinelearningservices/workspaces/w"],
            "firedDateTime": "2026-03-01T08:00:00Z",
        },
        "alertContext": {"condition": {"allOf": [{"metricName": "m", "metricValue": 0.3, "threshold": "0.1"}]}},
    },
}
VALIDATION = grid_event(
    eventType=handshake.VALIDATION, topic="/subscriptions/s", data={"validationCode": "512d38b6-c7b8-40c8"}
)


def noticed() -> list[bytes]:
    target = {"repository": "x", "digest": notices.ONE, "tag": "1", "mediaType": notices.MANIFEST}
    return encoded(
        notices.acr("push", **target),
        notices.distribution("push", **target),
        notices.harbor("PUSH_ARTIFACT", {"digest": notices.ONE, "tag": "a", "resource_url": "h/p/x:a"}),
        notices.github("published"),
        notices.event_grid("2026-01-01T00:00:00Z"),
        {"push_data": {"tag": "1", "pushed_at": 1}, "repository": {"repo_name": "a/b"}, "callback_url": "https://x"},
    )


def _traffic() -> list[bytes]:
    return [*encoded(record(), MANY, {"records": MANY}), b"\n".join(encoded(*MANY))]


def _enveloped(envelope: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], None]:
    def read(body: bytes) -> None:
        told(model_events.model_facts(json.dumps(envelope(body), ensure_ascii=False).encode()))

    return read


def _validated(body: bytes) -> None:
    events = parse_events(body)
    told(events)
    try:
        handshake.validation_answer(events, ("/subscriptions",))
    except handshake.Foreign:
        return


def _served(body: bytes) -> None:
    """What is understood can be counted and kept."""
    requests, refused = parse_requests(body)
    told(refused)
    assert all(_finite(request) for request in requests)
    ring = counted(Ring(endpoint="x"), [(1, requests)], 60.0)
    assert decode_ring(encode_ring(ring)) == ring


def _collected(body: bytes) -> None:
    """Whatever comes by the hub of telemetry: records of requests and of what the data collector saw."""
    heard = telemetry.parse_telemetry(body)
    told(heard.refused)
    assert all(math.isfinite(each.at) for each in heard.collected)


def _lines(body: bytes) -> None:
    collected, refused = collector.parse_lines(body)
    told(refused.values())
    assert all(each.endpoint for each in collected)


def _heard(body: bytes) -> None:
    """What a signal says can be hashed, which takes finite numbers and whole characters."""
    for heard in monitoring.hear(body):
        told([heard.outcome])
        if isinstance(heard.outcome, Signal):
            digest_of(asdict(heard.outcome))


def _finite(request: Request) -> bool:
    return all(math.isfinite(number) for number in (request.at, request.latency_ms, request.delayed_ms))


def _registered(body: bytes) -> None:
    told(model_events.model_facts(body))


def _of_azureml(body: bytes) -> None:
    told([azureml.model_fact(event) for event in parse_events(body) if not isinstance(event, Malformed)])


def _hints(body: bytes) -> None:
    told(registries.parse_hints(body))


_by_mlflow = _enveloped(lambda body: mlflow.enveloped(body, "d-1"))
_by_databricks = _enveloped(databricks.enveloped)

EVENTS: tuple[Parser, ...] = (
    parser("events/any", "json", 20, _registered, lambda: encoded([grid_event(), cloud_event()]), "model-registry/*"),
    parser("events/azureml", "json", 20, _of_azureml, lambda: encoded(grid_event()), "model-registry/aml-*"),
    parser("events/mlflow", "json", 20, _by_mlflow, lambda: encoded(BY_MLFLOW), "model-registry/mlflow-*"),
    parser("events/databricks", "json", 20, _by_databricks, lambda: encoded(BY_DATABRICKS), "model-registry/data*"),
    parser("events/registries", "json", 40, _hints, noticed, "registry-webhooks/*"),
    parser("events/handshake", "json", 20, _validated, lambda: encoded([VALIDATION]), "handshake/eventgrid-*"),
    parser("telemetry/served", "json", 40, _served, _traffic, "drift-monitoring/eventhub-*"),
    parser("telemetry/any", "json", 20, _collected, _traffic, "drift-monitoring/mdc-*"),
    parser("telemetry/files", "json", 10, _lines, _traffic, "drift-monitoring/mdc-*"),
    parser("monitoring", "json", 40, _heard, lambda: encoded(_ALERT), "drift-monitoring/*"),
)
