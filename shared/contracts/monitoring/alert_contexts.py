"""What stands behind an alert of Azure Monitor that is not of a metric: the event, the search or the rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.monitoring.signals import number
from shared.contracts.shapes import convert
from shared.core.verdicts import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What fired an alert, of whatever kind."""

    def observed(self) -> dict[str, Number]:
        """Its numbers and words, by name."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(Context):
    """An operation in the activity log."""

    operation: str | None
    status: str | None
    caller: str | None
    event_data_id: str

    def observed(self) -> dict[str, Number]:
        return {"operation": self.operation, "status": self.status}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Context):
    """A resource's health changed."""

    current: str
    previous: str | None
    cause: str | None
    event_data_id: str

    def observed(self) -> dict[str, Number]:
        return {"health": self.current, "before": self.previous, "cause": self.cause}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartDetection(Context):
    """A smart detector saw something unusual; its values are free text with units."""

    detector: str
    detected: str | None
    normal: str | None

    def observed(self) -> dict[str, Number]:
        return {"detector": self.detector, "detected": self.detected, "normal": self.normal}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSearch(Context):
    """A log query of version 1 found too much or too little; `rows` are those that came along."""

    query: str
    result_count: int
    threshold: float | None
    operator: str | None
    alert_type: str | None
    included_search_results: bool
    rows: int

    def observed(self) -> dict[str, Number]:
        return {"query": self.query, "result_count": self.result_count, "threshold": self.threshold}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus(Context):
    """A Prometheus rule held for `duration` (ISO 8601); `value` is text, as it is sent."""

    expression: str
    value: str
    labels: dict[str, str]
    annotations: dict[str, str]
    duration: str | None
    interval: str | None

    def observed(self) -> dict[str, Number]:
        exact = number(self.value)
        return {"expression": self.expression, "value": self.value if exact is None else exact}


class _Event(msgspec.Struct, rename="camel"):
    event_data_id: str
    operation_name: str | None = None
    status: str | None = None
    caller: str | None = None
    properties: dict[str, Any] | None = None


class _Health(msgspec.Struct, rename="camel"):
    current_health_status: str
    previous_health_status: str | None = None
    cause: str | None = None


class _Smart(msgspec.Struct, rename="pascal"):
    smart_detector_id: str
    detected_value: str | None = None
    normal_value: str | None = None


class _Table(msgspec.Struct):
    rows: list[Any] = []


class _Results(msgspec.Struct):
    tables: list[_Table] = []


class _Search(msgspec.Struct, rename="pascal"):
    search_query: str
    result_count: int
    threshold: Any = None
    operator: str | None = None
    alert_type: str | None = None
    included_search_results: Any = None
    search_results: _Results | None = None


class _Prometheus(msgspec.Struct, rename="camel"):
    expression: str
    expression_value: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    duration: str | None = msgspec.field(name="for", default=None)
    interval: str | None = None


def context_of(context: Mapping[str, Any], where: str) -> Context | None:
    """What the context is of, None for one that is known by its conditions alone, or not known; raises Malformed."""
    if "eventDataId" in context:
        return _event(context, where)
    if "SmartDetectorId" in context:
        smart = convert(context, _Smart, where)
        return SmartDetection(
            detector=smart.smart_detector_id, detected=smart.detected_value, normal=smart.normal_value
        )
    if "expressionValue" in context:
        return prometheus(context, where)
    return _search(context, where) if {"SearchQuery", "ResultCount"} <= context.keys() else None


def prometheus(context: Any, where: str = "") -> Prometheus:
    """The context of a Prometheus alert; raises Malformed."""
    told = convert(context, _Prometheus, where)
    return Prometheus(
        expression=told.expression,
        value=told.expression_value,
        labels=told.labels,
        annotations=told.annotations,
        duration=told.duration,
        interval=told.interval,
    )


def labels_of(context: Mapping[str, Any]) -> dict[str, Any]:
    """Names and values by which a context may say what it is about."""
    found: dict[str, Any] = {}
    for name in ("properties", "labels"):
        if isinstance(table := context.get(name), dict):
            found |= table
    for each in listed if isinstance(listed := context.get("Dimensions"), list) else ():
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            found[each["name"]] = each.get("value")
    return found


def _event(context: Mapping[str, Any], where: str) -> Activity | Health:
    told = convert(context, _Event, where)
    if "currentHealthStatus" in (told.properties or {}):
        health = convert(told.properties, _Health, f"{where}.properties")
        return Health(
            current=health.current_health_status,
            previous=health.previous_health_status,
            cause=health.cause,
            event_data_id=told.event_data_id,
        )
    return Activity(
        operation=told.operation_name, status=told.status, caller=told.caller, event_data_id=told.event_data_id
    )


def _search(context: Mapping[str, Any], where: str) -> LogSearch:
    told = convert(context, _Search, where)
    tables = told.search_results.tables if told.search_results else []
    return LogSearch(
        query=told.search_query,
        result_count=told.result_count,
        threshold=number(told.threshold),
        operator=told.operator,
        alert_type=told.alert_type,
        included_search_results=str(told.included_search_results).lower() == "true",
        rows=sum(len(table.rows) for table in tables),
    )
