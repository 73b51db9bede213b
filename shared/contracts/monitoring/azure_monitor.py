"""Azure Monitor's alerts in the common schema and in the older ones that action groups still send without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.alert_contexts import Condition, Context, conditions_of, context_of, labels_of
from shared.contracts.monitoring.signals import LONGEST, About, Signal, by_labels, by_resources
from shared.contracts.shapes import convert
from shared.core.verdicts import Number

COMMON = "azureMonitorCommonAlertSchema"
METRIC, ACTIVITY = "AzureMonitorMetricAlert", "Microsoft.Insights/activityLogs"
RESOLVED = frozenset({"resolved", "deactivated"})
FIRED = frozenset({"fired", "activated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert, in its sender's own words: None for what it leaves out, times as text.

    `condition` is Fired, Resolved, Activated or Deactivated, `severity` Sev0–Sev4. `origin` is the id that the
    monitoring service itself gave. `labels` are all names and values by which it may say what it is about.
    """

    schema: str
    alert_id: str
    rule: str | None
    severity: str | None
    severity_raw: str | None
    signal_type: str | None
    condition: str
    service: str | None
    targets: tuple[str, ...]
    configuration_items: tuple[str, ...]
    fired: str | None
    resolved: str | None
    origin: str | None
    condition_type: str | None
    conditions: tuple[Condition, ...]
    custom_properties: Mapping[str, Any] | None
    context: Context | None
    labels: Mapping[str, Any]

    @property
    def is_resolved(self) -> bool:
        """Whether it says that what it told before is over."""
        return self.condition.lower() in RESOLVED

    def told(self) -> Signal:
        """The alert as a signal; the same alert fired and resolved are two."""
        about = by_resources(About(monitors=(self.rule,) if self.rule else ()), self.targets)
        moment = (self.resolved if self.is_resolved else self.fired) or ""
        return Signal(
            source="azure-monitor",
            name=self.rule or self.alert_id,
            identity=(self.alert_id, self.origin or "", self.condition.lower(), moment),
            about=by_labels(about, self.labels),
            observed=self._observed(),
            resolved=self.is_resolved,
        )

    def _observed(self) -> dict[str, Number]:
        seen: dict[str, Number] = {"severity": self.severity, "fired": self.fired, "resolved": self.resolved}
        for condition in self.conditions:
            name = condition.metric or condition.query or "value"
            seen[name[:LONGEST]] = condition.value
            seen[f"threshold of {name[:LONGEST]}"] = condition.threshold
        return seen | (self.context.observed() if self.context else {})


class _Essentials(msgspec.Struct, rename="camel"):
    alert_id: str
    monitor_condition: str
    fired_date_time: str | None = None
    resolved_date_time: str | None = None
    alert_rule: str | None = None
    severity: str | None = None
    signal_type: str | None = None
    monitoring_service: str | None = None
    alert_target_ids: list[str] | None = msgspec.field(name="alertTargetIDs", default=None)
    configuration_items: list[str] | None = None
    origin_alert_id: str | None = None


class _Common(msgspec.Struct, rename="camel"):
    essentials: _Essentials
    alert_context: dict[str, Any] | None = None
    custom_properties: dict[str, Any] | None = None


class _Outer(msgspec.Struct, rename="camel"):
    data: _Common
    custom_properties: dict[str, Any] | None = None


class _Older(msgspec.Struct):
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
    """Whether this is an alert, or what is left of one."""
    return (
        "alertContext" in value
        or "essentials" in value
        or value.get("schemaId") in (COMMON, METRIC, ACTIVITY)
        or {"AlertRuleName", "SearchQuery"} <= value.keys()
        or {"status", "context"} <= value.keys()
    )


def read(value: Mapping[str, Any], where: str = "") -> Alert:
    """The alert; raises Malformed, also for a context alone, which does not say whether it fired."""
    if value.get("schemaId") == COMMON:
        return _common(convert(value, _Outer, where), where)
    if "alertContext" in value or "essentials" in value:
        raise Malformed("only a part of an alert: send all of it, by the common alert schema", where)
    if "AlertRuleName" in value:
        return _log(value, convert(value, _Log, where), where)
    older = convert(value.get("data") if "schemaId" in value else value, _Older, where)
    if "activityLog" in older.context:
        return _activity(older, where)
    return _metric(older, where)


def _common(told: _Outer, where: str) -> Alert:
    essentials, context = told.data.essentials, told.data.alert_context or {}
    custom = told.data.custom_properties or told.custom_properties
    _known(essentials.monitor_condition, f"{where}.data.essentials.monitorCondition")
    found = conditions_of(context.get("condition"), f"{where}.data.alertContext.condition")
    return Alert(
        schema=COMMON,
        alert_id=essentials.alert_id,
        rule=essentials.alert_rule,
        severity=essentials.severity,
        severity_raw=essentials.severity,
        signal_type=essentials.signal_type,
        condition=essentials.monitor_condition,
        service=essentials.monitoring_service,
        targets=tuple(essentials.alert_target_ids or ()),
        configuration_items=tuple(essentials.configuration_items or ()),
        fired=essentials.fired_date_time,
        resolved=essentials.resolved_date_time,
        origin=essentials.origin_alert_id,
        condition_type=context.get("conditionType"),
        conditions=found,
        custom_properties=custom,
        context=context_of(context, f"{where}.data.alertContext"),
        labels={**_dimensions(found), **labels_of(context), **(custom or {})},
    )


def _metric(older: _Older, where: str) -> Alert:
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


def _activity(older: _Older, where: str) -> Alert:
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


def _log(value: Mapping[str, Any], told: _Log, where: str) -> Alert:
    """A log alert's own payload, which is only ever sent when it fires."""
    context = {
        **value,
        "Threshold": value.get("AlertThresholdValue"),
        "Operator": value.get("AlertThresholdOperator"),
        "SearchResults": value.get("SearchResult"),
    }
    return _older(
        _Older(status="Activated", context={}),
        "Microsoft.Insights/LogAlert",
        alert_id=told.alert_rule_name,
        rule=told.alert_rule_name,
        severity=told.severity,
        moment=told.search_interval_end,
        target=told.resource_id,
        context=context_of(context, where),
    )


def _older(
    older: _Older,
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
    _known(older.status, "data.status")
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
        labels={**_dimensions(conditions), **(older.properties or {})},
    )


def _dimensions(conditions: Sequence[Condition]) -> dict[str, str]:
    return {name: text for condition in conditions for name, text in condition.dimensions.items()}


def _known(condition: str, where: str) -> None:
    if condition.lower() not in RESOLVED | FIRED:
        raise Malformed(f"{condition[:40]!r} is neither Fired nor Resolved", where.removeprefix("."))
