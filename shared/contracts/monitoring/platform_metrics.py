"""Azure's platform metrics, as diagnostic settings export them to an event hub: numbers without a threshold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.ignored import Ignored
from shared.contracts.shapes import convert

FORMAT = "azure-metrics"
_AGGREGATES = ("Average", "Count", "Maximum", "Minimum", "Total")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRecord:
    """One metric of one resource over one `grain` (ISO 8601) from `time` on; None for what is not aggregated."""

    name: str
    grain: str
    resource: str
    time: str
    average: float | None
    total: float | None
    count: float | None
    minimum: float | None
    maximum: float | None
    dimensions: dict[str, Any]
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRecords:
    """The metrics of one body."""

    metrics: tuple[MetricRecord, ...]

    def told(self) -> Ignored:
        """Nothing: a number alone says nothing about being too high."""
        return Ignored(f"{len(self.metrics)} metric(s) without a threshold; make an alert rule where one matters")


class _Record(msgspec.Struct, rename="camel"):
    metric_name: str
    time_grain: str
    resource_id: str
    time: str
    average: float | None = None
    total: float | None = None
    count: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    dimension: dict[str, Any] | None = None
    unit: str | None = None


def owns(row: Mapping[str, Any]) -> bool:
    """Whether this is a record of a metric."""
    return {"metricName", "timeGrain"} <= row.keys()


def read(rows: Sequence[Mapping[str, Any]], where: str = "") -> MetricRecords:
    """The records; raises Malformed."""
    told = [convert(_one_case(row), _Record, f"{where}[{index}]") for index, row in enumerate(rows)]
    return MetricRecords(metrics=tuple(_metric(record) for record in told))


def _one_case(row: Mapping[str, Any]) -> dict[str, Any]:
    """The record with aggregates in lower case, since the exports of some resources write them otherwise."""
    return {key.lower() if key in _AGGREGATES else key: value for key, value in row.items()}


def _metric(record: _Record) -> MetricRecord:
    return MetricRecord(
        name=record.metric_name,
        grain=record.time_grain,
        resource=record.resource_id,
        time=record.time,
        average=record.average,
        total=record.total,
        count=record.count,
        minimum=record.minimum,
        maximum=record.maximum,
        dimensions=record.dimension or {},
        unit=record.unit,
    )
