"""Azure Monitor's alerts in the schemas that action groups still send where the common one is off."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.contracts.monitoring.alert_conditions import Condition, conditions_of
from shared.contracts.monitoring.alert_contexts import Context, context_of
from shared.contracts.monitoring.alerts import RESOLVED, Alert, check_condition, dimensions_of
from shared.contracts.shapes import convert

METRIC, ACTIVITY, LOG = "AzureMonitorMetricAlert", "Microsoft.Insights/activityLogs", "Microsoft.Insights/LogAlert"


class Older(msgspec.Struct):
    """What all of them but log alerts have inside `data`, and what the oldest have outermost."""

    status: str
    context: dict[str, Any]
    properties: dict[str, Any] | None = None


class _Metric(msgspec.Struct, rename="camel"):
    id: str
    name: str
    timestamp: str
    severity: str | None = None
    condition_type: str | None = None
    condition: Any = None
    resource_id: str | None = None


class _Activity(msgspec.Struct, rename="camel"):
    event_data_id: str
    event_timestamp: str
    operation_name: str | None = None
    resource_id: str | None = None


class _Log(msgspec.Struct, rename="pascal"):
    alert_rule_name: str
    search_query: str = ""
    severity: str | None = None
    resource_id: str | None = None
    search_interval_end: str = msgspec.field(name="SearchIntervalEndtimeUtc", default="")


def owns(value: Mapping[str, Any]) -> bool:
    """Whether this is an alert in one of these schemas."""
    return (
        value.get("schemaId") in (METRIC, ACTIVITY, LOG)
        or {"AlertRuleName", "SearchQuery"} <= value.keys()
        or {"status", "context"} <= value.keys()
    )


def read(value: Mapping[str, Any], where: str = "") -> Alert:
    """The alert; raises Malformed."""
    inner: Any = value.get("data") if "schemaId" in value else value
    if value.get("schemaId") == LOG or "AlertRuleName" in value:
        return _log(convert(inner, dict[str, Any], where), where)
    older = convert(inner, Older, where)
    return _activity(older, where) if "activityLog" in older.context else _metric(older, where)


def _metric(older: Older, where: str) -> Alert:
    told = convert(older.context, _Metric, f"{where}.data.context")
    found = conditions_of(told.condition, f"{where}.data.context.condition")
    return _older(
        older,
        METRIC,
        alert_id=told.id,
        rule=told.name,
        severity=told.severity,
        moment=told.timestamp,
        target=told.resource_id,
        condition_type=told.condition_type,
        conditions=found,
    )


def _activity(older: Older, where: str) -> Alert:
    place = f"{where}.data.context.activityLog"
    log = convert(older.context["activityLog"], dict[str, Any], place)
    told = convert(log, _Activity, place)
    return _older(
        older,
        ACTIVITY,
        alert_id=told.event_data_id,
        rule=None,
        severity=None,
        moment=told.event_timestamp,
        target=told.resource_id,
        context=context_of(log, place),
    )


def _log(value: Mapping[str, Any], where: str) -> Alert:
    """A log alert's own payload, which is only ever sent when it fires."""
    told = convert(value, _Log, where)
    context = {
        **value,
        "Threshold": value.get("AlertThresholdValue"),
        "Operator": value.get("AlertThresholdOperator"),
        "SearchResults": value.get("SearchResult"),
    }
    return _older(
        Older(status="Activated", context={}),
        LOG,
        alert_id=told.alert_rule_name,
        rule=told.alert_rule_name,
        severity=told.severity,
        moment=told.search_interval_end,
        target=told.resource_id,
        context=context_of(context, where),
    )


def _older(
    older: Older,
    schema: str,
    *,
    alert_id: str,
    rule: str | None,
    severity: str | None,
    moment: str,
    target: str | None,
    condition_type: str | None = None,
    conditions: tuple[Condition, ...] = (),
    context: Context | None = None,
) -> Alert:
    check_condition(older.status, "data.status")
    over = older.status.lower() in RESOLVED
    return Alert(
        schema=schema,
        alert_id=alert_id,
        rule=rule,
        severity=f"Sev{severity}" if severity and severity.isdigit() else severity,
        severity_raw=severity,
        signal_type=None,
        condition=older.status,
        service=None,
        targets=(target,) if target else (),
        configuration_items=(),
        fired=None if over else moment,
        resolved=moment if over else None,
        origin=None,
        condition_type=condition_type,
        conditions=conditions,
        custom_properties=older.properties,
        context=context,
        labels={**dimensions_of(conditions), **(older.properties or {})},
    )
