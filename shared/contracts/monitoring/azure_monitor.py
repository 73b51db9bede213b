"""Azure Monitor's alerts in the common alert schema."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.alert_conditions import conditions_of
from shared.contracts.monitoring.alert_contexts import context_of, labels_of
from shared.contracts.monitoring.alerts import Alert, check_condition, dimensions_of
from shared.contracts.shapes import convert

COMMON = "azureMonitorCommonAlertSchema"


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


class _Rule(msgspec.Struct, rename="camel"):
    condition_type: str | None = None
    condition: Any = None


class _Outer(msgspec.Struct, rename="camel"):
    data: _Common
    custom_properties: dict[str, Any] | None = None


def owns(value: Mapping[str, Any]) -> bool:
    """Whether this is an alert, or what is left of one."""
    return value.get("schemaId") == COMMON or bool(value.keys() & {"alertContext", "essentials"})


def read(value: Mapping[str, Any], where: str = "") -> Alert:
    """The alert; raises Malformed, also for a context alone, which does not say whether it fired."""
    if value.get("schemaId") != COMMON:
        raise Malformed("only a part of an alert: send all of it, by the common alert schema", where)
    return _alert(convert(value, _Outer, where), where)


def _alert(told: _Outer, where: str) -> Alert:
    essentials, context = told.data.essentials, told.data.alert_context or {}
    custom = told.data.custom_properties or told.custom_properties
    check_condition(essentials.monitor_condition, f"{where}.data.essentials.monitorCondition")
    place = f"{where}.data.alertContext"
    rule = convert(context, _Rule, place)
    found = conditions_of(rule.condition, f"{place}.condition")
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
        condition_type=rule.condition_type,
        conditions=found,
        custom_properties=custom,
        context=context_of(context, place),
        labels={**dimensions_of(found), **labels_of(context), **(custom or {})},
    )
