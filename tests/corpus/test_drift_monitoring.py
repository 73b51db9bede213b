"""What others' monitors send is read exactly as it is meant, and only what says that something changed is a signal."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring import alert_conditions, alert_contexts, parse
from shared.contracts.monitoring.alert_contexts import Activity, Health, LogSearch, Prometheus, SmartDetection
from shared.contracts.monitoring.alerts import Alert
from shared.contracts.monitoring.azureml_events import Breach, DatasetDrift
from shared.contracts.monitoring.azureml_signals import TOOL, SignalOutput, is_pass_rate
from shared.contracts.monitoring.content_safety import Analysis
from shared.contracts.monitoring.evidently import DriftReport
from shared.contracts.monitoring.gateway_logs import CATEGORY, GatewayLog
from shared.contracts.monitoring.nannyml import ChunkReport
from shared.contracts.monitoring.platform_metrics import FORMAT, MetricRecords
from shared.contracts.monitoring.whylogs import ConstraintsReport
from shared.contracts.packed import Record, records
from tests.corpus.expectations import matching, needs_corpus
from tests.corpus.monitor_notes import read

pytestmark = needs_corpus


def document(body: bytes) -> Any:
    """The one document of a body: all of its records where they are rows, the only one where it is one."""
    values = [record.value for record in records(body) if isinstance(record, Record)]
    return parse(values) if len(values) > 1 else parse(values[0])


def same(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert {key: told[key] for key in expected} == expected


@matching("drift-monitoring/aml-eventgrid-*")
def test_an_event_of_azure_ml_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    elements = strict_json.loads(body)
    assert isinstance(elements, list)
    documents = [parse(element) for element in elements]
    same(
        {"envelope": "eventgrid", "top_level": "array", "event_count": len(documents), "events": None},
        {key: value if key != "events" else None for key, value in expected.items()},
    )
    for told, wanted in zip(documents, expected["events"], strict=True):
        assert isinstance(told, Breach | DatasetDrift)
        same(event_of(told), wanted)


def event_of(told: Breach | DatasetDrift) -> dict[str, Any]:
    event = told.event
    common = {"id": event.id, "type": event.type, "subject": event.subject, "source_or_topic": event.source}
    own = {key: value for key, value in asdict(told).items() if key not in ("event", "tags")}
    if isinstance(told, Breach):
        own |= {"monitor_breach": True, "violations": list(own["violations"])}
    return {**common, "time": event.element["eventTime"], **own}


@matching("drift-monitoring/aml-signal-*")
def test_a_signal_of_azure_ml_monitoring_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    told = document(body)
    assert isinstance(told, SignalOutput)
    same(
        {
            "tool": TOOL,
            "signal_name": told.signal_name,
            "signal_type": told.signal_type,
            "features": {
                name: [{"metric": each.metric, "value": each.value, "threshold": each.threshold} for each in of]
                for name, of in told.features.items()
            },
            "metrics": {
                name: {"value": metric.value, "threshold": metric.threshold, "groups": list(metric.groups)}
                for name, metric in told.metrics.items()
            },
            "row_count": told.row_count,
            "violations": [asdict(each) for each in told.violations],
            "breach": bool(told.violations),
            "pass_rates_below_threshold": sorted(v.metric for v in told.violations if is_pass_rate(v.metric)),
        },
        expected,
    )


@matching("drift-monitoring/azmon-*")
def test_an_alert_of_azure_monitor_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    if expected.pop("context_only", False):
        only_a_context(body, expected)
        return
    told = document(body)
    assert isinstance(told, Alert)
    same(
        {
            "schema": told.schema,
            "alert_id": told.alert_id,
            "rule": told.rule,
            "severity": told.severity,
            "severity_raw": told.severity_raw,
            "signal_type": told.signal_type,
            "condition": told.condition,
            "status": told.condition,
            "service": told.service,
            "targets": list(told.targets),
            "configuration_items": list(told.configuration_items),
            "fired": told.fired,
            "resolved": told.resolved,
            "dedupe_key": told.origin,
            "condition_type": told.condition_type,
            "conditions": [asdict(condition) for condition in told.conditions],
            "custom_properties": told.custom_properties,
            **context_of(told.context, expected),
        },
        expected,
    )


def only_a_context(body: bytes, expected: dict[str, Any]) -> None:
    """Documentation shows contexts alone: each is read, and refused as an alert, since nothing says that it fired."""
    value = strict_json.loads(body)
    assert isinstance(value, dict)
    with pytest.raises(Malformed, match="only a part of an alert"):
        parse(value)
    context: Any = value["alertContext"]
    conditions = [asdict(condition) for condition in alert_conditions.conditions_of(context.get("condition"), "")]
    told = {"schema": None, "condition_type": context.get("conditionType"), "conditions": conditions}
    same({**told, **context_of(alert_contexts.context_of(context, ""), expected)}, expected)


def context_of(context: Any, expected: Mapping[str, Any]) -> dict[str, Any]:
    """What stands behind an alert by its kind, as far as the expectation tells it."""
    kinds = {
        Activity: "activity",
        Health: "health",
        SmartDetection: "smart",
        LogSearch: "log",
        Prometheus: "prometheus",
    }
    if context is None:
        return {}
    told = {**asdict(context), "for": getattr(context, "duration", None)}
    kind = kinds[type(context)]
    return {kind: {key: told[key] for key in expected[kind]}}


@matching("drift-monitoring/evidently*")
def test_a_report_of_evidently_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    told = document(body)
    assert isinstance(told, DriftReport)
    columns = {name: asdict(column) for name, column in told.columns.items()}
    for name, wanted in expected["columns"].items():
        columns[name] = {key: columns[name][key] for key in wanted}
    same(
        {
            "tool": "evidently",
            "format": told.format,
            "dataset_drift": told.dataset_drift,
            "number_of_columns": told.number_of_columns,
            "drifted_columns_count": told.drifted_columns_count,
            "drifted_share": told.drifted_share,
            "columns": columns,
            "columns_over_threshold": list(told.drifted),
            "failed_tests": list(told.failed_tests),
            "test_count": told.test_count,
        },
        expected,
    )


@matching("drift-monitoring/nannyml*")
def test_a_result_of_nannyml_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    told = document(body)
    assert isinstance(told, ChunkReport)
    alerts = [asdict(alert) for alert in told.alerts]
    same(
        {"tool": "nannyml", "kind": told.kind, "chunks": told.chunks, "alerts": alerts, "breach": bool(alerts)},
        expected,
    )


@matching("drift-monitoring/whylogs*")
def test_a_report_of_whylogs_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    told = document(body)
    assert isinstance(told, ConstraintsReport)
    held = {"failed": list(told.failed), "passed": list(told.passed), "breach": bool(told.failed)}
    same({"tool": "whylogs", **held}, expected)


@matching("drift-monitoring/content-safety*")
def test_an_analysis_of_content_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    told = document(body)
    assert isinstance(told, Analysis)
    same({**asdict(told), "max_severity": told.max_severity}, expected)


@matching("drift-monitoring/eventhub-metrics*")
def test_platform_metrics_are_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    told = document(body)
    assert isinstance(told, MetricRecords)
    metrics = [
        {key: asdict(metric)[key] for key in wanted}
        for metric, wanted in zip(told.metrics, expected["metrics"], strict=True)
    ]
    same({"format": FORMAT, "record_count": len(told.metrics), "metrics": metrics}, expected)


@matching("drift-monitoring/apim-*")
def test_the_log_of_a_gateway_is_read_exactly(expectation: Path) -> None:
    body, expected = read(expectation)
    told = document(body)
    assert isinstance(told, GatewayLog)
    calls = [
        {key: asdict(call)[key] for key in wanted} for call, wanted in zip(told.calls, expected["records"], strict=True)
    ]
    counted = {"format": "azure-resource-logs-ndjson", "record_count": len(told.calls), "category": CATEGORY}
    same({**counted, "records": calls}, expected)
