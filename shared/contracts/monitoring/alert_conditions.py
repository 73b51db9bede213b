"""The conditions of an alert rule of Azure Monitor, and what was measured when they were met."""

from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.monitoring.signals import number
from shared.contracts.shapes import convert


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a rule: a metric's or a query's `value` against the `threshold`, None where it has none."""

    metric: str | None
    namespace: str | None
    query: str | None
    operator: str | None
    threshold: float | None
    value: float | None
    aggregation: str | None
    dimensions: dict[str, str]


class _Dimension(msgspec.Struct):
    name: str
    value: str


class _Condition(msgspec.Struct, rename="camel"):
    metric_name: str | None = None
    metric_namespace: str | None = None
    search_query: str | None = None
    operator: str | None = None
    threshold: Any = None
    metric_value: Any = None
    time_aggregation: str | None = None
    dimensions: list[_Dimension] | None = None


class _Conditions(msgspec.Struct, rename="camel"):
    all_of: list[_Condition]


def conditions_of(value: Any, where: str) -> tuple[Condition, ...]:
    """The conditions of a rule, of which the oldest rules have one; () for a context without any. Raises Malformed."""
    if value is None:
        return ()
    alone = isinstance(value, dict) and "allOf" not in value
    told = [convert(value, _Condition, where)] if alone else convert(value, _Conditions, where).all_of
    return tuple(
        Condition(
            metric=each.metric_name,
            namespace=each.metric_namespace,
            query=each.search_query,
            operator=each.operator,
            threshold=number(each.threshold),
            value=number(each.metric_value),
            aggregation=each.time_aggregation,
            dimensions={dimension.name: dimension.value for dimension in each.dimensions or ()},
        )
        for each in told
    )
