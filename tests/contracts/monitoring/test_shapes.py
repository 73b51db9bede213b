"""Shapes that vendors document beside the captured ones: each is told apart by what is inside, never by a name."""

import json
from typing import Any

import pytest

from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring import hear, parse
from shared.contracts.monitoring.alert_contexts import LogSearch
from shared.contracts.monitoring.alerts import Alert
from shared.contracts.monitoring.azureml_signals import Measured
from shared.contracts.monitoring.evidently import DriftReport
from shared.contracts.monitoring.nannyml import ChunkReport
from shared.contracts.monitoring.signals import About, Signal, by_labels, by_resources, number

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
LOG = {
    "AlertRuleName": "too many",
    "SearchQuery": "Heartbeat",
    "SearchIntervalEndtimeUtc": "2021-11-16T15:16:49Z",
    "AlertThresholdOperator": "Greater Than",
    "AlertThresholdValue": 1,
    "ResultCount": 2,
    "Severity": "3",
    "SearchResult": {"tables": [{"name": "PrimaryResult", "columns": [], "rows": [[1], [2]]}]},
}
CLASSIC = {
    "status": "Resolved",
    "context": {
        "timestamp": "2015-08-14T22:26:41.9975398Z",
        "id": "/i",
        "name": "ruleName1",
        "condition": {"metricName": "Requests", "metricValue": "10", "threshold": "12", "operator": "GreaterThan"},
        "resourceId": f"{WORKSPACE}/onlineEndpoints/churn",
    },
    "properties": {"key1": "value1"},
}
BUDGET = {
    "schemaId": "azureMonitorCommonAlertSchema",
    "data": {
        "essentials": {
            "alertId": "/b",
            "alertRule": None,
            "severity": None,
            "signalType": None,
            "monitorCondition": "Fired",
            "alertTargetIDs": None,
            "originAlertId": None,
            "firedDateTime": "2025-04-15T17:49:34.022Z",
        },
        "alertContext": {"AlertCategory": "budgets", "AlertData": {"BudgetName": "b"}},
    },
}


def only(value: Any) -> Signal | Ignored | Malformed:
    (heard,) = hear(json.dumps(value).encode())
    return heard.outcome


def signal(value: Any) -> Signal:
    told = only(value)
    assert isinstance(told, Signal)
    return told


@pytest.mark.parametrize("value", [LOG, {"schemaId": "Microsoft.Insights/LogAlert", "data": LOG}])
def test_a_log_alert_of_its_own_schema_is_read_with_or_without_an_envelope(value: Any) -> None:
    told = parse(value)
    assert isinstance(told, Alert)
    assert isinstance(told.context, LogSearch)
    assert (told.rule, told.severity, told.context.threshold, told.context.rows) == ("too many", "Sev3", 1.0, 2)
    assert told.context.operator == "Greater Than"


def test_a_classic_alert_has_one_condition_and_may_be_over() -> None:
    told = signal(CLASSIC)
    assert told.resolved
    assert told.about == About(workspace="w", endpoint="churn", monitors=("ruleName1",))
    assert told.observed == {
        "resolved": CLASSIC["context"]["timestamp"],
        "Requests": 10.0,
        "threshold of Requests": 12.0,
    }


def test_an_alert_without_a_rule_is_called_by_its_id() -> None:
    assert signal(BUDGET).name == "/b"


@pytest.mark.parametrize(
    ("metric", "value", "threshold", "breached"),
    [
        ("NormalizedWassersteinDistance", 0.4, 0.3, True),
        ("NormalizedWassersteinDistance", 0.3, 0.3, False),
        ("PearsonsChiSquaredTest", 0.01, 0.02, True),
        ("PearsonsChiSquaredTest", 0.02, 0.02, False),
        ("TwoSampleKolmogorovSmirnovTest", 0.5, 0.02, False),
        ("AggregatedFluencyPassRate", 0.8, 0.9, True),
        ("AverageFluencyScore", 4.6, 4.5, False),
        ("AverageFluencyScore", 4.4, 4.5, True),
        ("FluencyPassRateViolationCounts", 8, None, False),
        ("AggregatedFluencyPassRate", None, 0.9, False),
    ],
)
def test_a_metric_is_broken_on_its_own_side_of_the_threshold(
    metric: str, value: float | None, threshold: float | None, breached: bool
) -> None:
    assert Measured(metric=metric, value=value, threshold=threshold).breached == breached


def test_a_group_of_a_metric_breaks_its_own_threshold() -> None:
    group = {"value": "0.5", "threshold": "0.3"}
    metrics = {"Custom": {"value": "", "threshold": "NaN", "groups": {"north": group, "south": {"value": "1"}}}}
    told = signal({"signalName": "s", "signalType": "Custom", "metrics": metrics})
    assert (told.features, told.observed) == (("north",), {"Custom of north": 0.5})


@pytest.mark.parametrize(
    ("method", "score", "drifted"),
    [
        ("K-S p_value", 0.01, True),
        ("K-S p_value", 0.05, False),
        ("Wasserstein distance (normed)", 0.05, True),
        ("Wasserstein distance (normed)", 0.049, False),
        ("Wasserstein distance (normed)", "NaN", None),
    ],
)
def test_a_column_drifts_below_a_p_value_and_from_a_distance_on(method: str, score: Any, drifted: bool | None) -> None:
    name = f"ValueDrift(column=a,b(c),method={method},threshold=0.05)"
    for key in ("metric_name", "metric_id"):
        told = parse({"metrics": [{"id": "1", key: name, "value": score}]})
        assert isinstance(told, DriftReport)
        assert (list(told.columns), told.columns["a,b(c)"].drift) == (["a,b(c)"], drifted)


def test_a_column_alone_is_read_in_a_report_of_the_older_kind() -> None:
    result = {"column_name": "a", "stattest_name": "psi", "stattest_threshold": 0.1, "drift_score": 0.3}
    told = signal({"metrics": [{"metric": "ColumnDriftMetric", "result": {**result, "drift_detected": True}}]})
    assert (told.features, told.observed["a"]) == (("a",), 0.3)


def test_a_report_about_something_else_is_no_report_about_drift() -> None:
    told = only({"metrics": [{"id": "1", "metric_name": "RowCount()", "value": 5}]})
    assert isinstance(told, Malformed)
    assert "about drift" in told.reason


def test_estimated_performance_of_nannyml_is_of_no_feature() -> None:
    row = {"chunk_key": "[0:4]", "roc_auc_value": 0.96, "roc_auc_lower_threshold": 0.97, "roc_auc_alert": True}
    told = parse([row])
    assert isinstance(told, ChunkReport)
    assert (told.kind, told.alerts[0].feature, told.alerts[0].lower) == ("performance", "", 0.97)


def test_only_the_newest_chunk_with_an_alert_is_a_signal() -> None:
    rows = [{"chunk_key": str(n), "a_chi2_value": n, "a_chi2_alert": n < 2} for n in range(3)]
    assert signal(rows).observed == {"chunk": "1", "a_chi2": 1.0}


HELD = [{"name": "age has no missing values", "passed": 1, "failed": 0, "summary": None}]
QUIET = {"signalName": "s", "signalType": "DataDrift", "metrics": {"features": {}}}
TRAFFIC = {"category": "AmlOnlineEndpointTrafficLog", "resourceId": "/r", "properties": {}}
NOTHING = {
    "constraints that hold": (HELD, "all of 1 constraint(s) hold"),
    "constraints that hold, of a model": ({"model": "churn", "report": HELD}, "all of 1 constraint(s) hold"),
    "a signal without a breach": (QUIET, "s: no metric is on the wrong side"),
    "content in no category": ({"categoriesAnalysis": []}, "content of severity 0"),
    "served requests": (TRAFFIC, "counted by the hub inference-telemetry"),
    "another log": ({**TRAFFIC, "category": "AuditEvent"}, "'AuditEvent' is no alert"),
    "chunks without an alert": ([{"chunk_key": "1", "a_chi2_alert": False}], "no alert in 1 chunk(s)"),
}


@pytest.mark.parametrize(("value", "reason"), NOTHING.values(), ids=NOTHING.keys())
def test_what_is_known_and_says_nothing_is_ignored_with_the_reason(value: Any, reason: str) -> None:
    told = only(value)
    assert isinstance(told, Ignored)
    assert reason in told.reason


@pytest.mark.parametrize(("share", "drifted"), [(0.4, False), (0.5, True)])
def test_half_of_the_columns_is_dataset_drift_unless_the_report_says_otherwise(share: float, drifted: bool) -> None:
    counted = {"id": "1", "metric_name": "DriftedColumnsCount()", "value": {"count": 2.0, "share": share}}
    told = parse({"metrics": [counted]})
    assert isinstance(told, DriftReport)
    assert told.dataset_drift == drifted
    assert isinstance(told.told(), Signal if drifted else Ignored)


def test_a_failed_test_alone_is_a_signal() -> None:
    column = {"id": "1", "metric_name": "ValueDrift(column=a,method=psi,threshold=0.5)", "value": 0.1}
    told = signal({"metrics": [column], "tests": [{"name": "Missing values", "status": "FAIL"}]})
    assert (told.features, told.observed) == ((), {"failed_tests": 1})


@pytest.mark.parametrize(("severity", "hits", "told"), [(3, 0, Ignored), (4, 0, Signal), (0, 1, Signal)])
def test_content_is_a_signal_from_what_azure_blocks(severity: int, hits: int, told: type) -> None:
    found = {"blocklistsMatch": [{}] * hits, "categoriesAnalysis": [{"category": "Hate", "severity": severity}]}
    assert isinstance(only(found), told)


def call(number: int, deployment: str, answer: Any) -> dict[str, Any]:
    address = f"https://x.example/openai/deployments/{deployment}/chat/completions"
    properties = {"responseCode": 200, "backendUrl": address, "responseBody": answer}
    return {"category": "GatewayLogs", "resourceId": "/r", "correlationId": str(number), "properties": properties}


STOPPED = json.dumps({"choices": [{"finish_reason": "content_filter"}]})


def test_the_deployment_that_was_stopped_most_is_the_one_that_is_told() -> None:
    calls = [call(n, name, STOPPED) for n, name in enumerate("aaaaabbbbbb")] + [call(99, "b", "data: {streamed")]
    told = signal(calls)
    assert told.about == About(deployment="b", monitors=("b",))
    assert told.observed == {"calls": 7, "content_filtered": 6}


@pytest.mark.parametrize(("stopped", "others", "told"), [(4, 0, Ignored), (5, 45, Signal), (5, 46, Ignored)])
def test_only_many_stopped_calls_are_a_signal_in_number_and_as_a_share(stopped: int, others: int, told: type) -> None:
    calls = [call(n, "b", STOPPED if n < stopped else "{}") for n in range(stopped + others)]
    assert isinstance(only(calls), told)


def test_a_call_that_can_not_be_read_hides_no_other() -> None:
    stopped = json.dumps({"error": {"code": "content_filter"}})
    calls = [{"category": "GatewayLogs"}, *(call(n, "b", stopped) for n in range(5))]
    outcomes = [heard.outcome for heard in hear(json.dumps(calls).encode())]
    assert [type(outcome) for outcome in outcomes] == [Malformed, Signal]


def test_labels_are_known_however_they_are_spelt_and_by_text_alone() -> None:
    labels = {"Endpoint_Name": "e", "deployment-name": "d", "ModelName": "m", "model": 7, "endpoint": "", "other": "x"}
    assert by_labels(About(endpoint="before"), labels) == About(model="m", endpoint="e", deployment="d")


@pytest.mark.parametrize(
    ("resource", "about"),
    [
        (WORKSPACE, About(workspace="w")),
        (f"{WORKSPACE}/onlineEndpoints/e", About(workspace="w", endpoint="e")),
        (f"{WORKSPACE}/ONLINEENDPOINTS/E/DEPLOYMENTS/D", About(workspace="w", endpoint="E", deployment="D")),
        (f"{WORKSPACE}/onlineEndpoints/", About(workspace="w")),
        ("/subscriptions/s/resourceGroups/onlineEndpoints/e", About()),
    ],
)
def test_a_resource_id_names_an_endpoint_only_inside_of_a_workspace(resource: str, about: About) -> None:
    assert by_resources(About(), ["/subscriptions/s", resource]) == about


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.0E-4", 0.0004),
        ("", None),
        ("NaN", None),
        ("inf", None),
        (True, None),
        (None, None),
        (10**400, None),
        ([], None),
    ],
)
def test_what_is_no_finite_number_is_none(text: Any, value: float | None) -> None:
    assert number(text) == value
