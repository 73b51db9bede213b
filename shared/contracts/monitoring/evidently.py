"""Reports of Evidently about drift, from the versions before 0.7 and from 0.7 on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import About, Signal, number
from shared.contracts.shapes import convert

LEGACY, CURRENT = "legacy-report", "0.7"
_NAMED = re.compile(r"(\w+)\((.{0,1000})\)", re.DOTALL)
_ARGUMENT = re.compile(r"(?:^|,)(column|method|threshold|drift_share)=")
_P_VALUE = re.compile(r"p[_-]value", re.IGNORECASE)
_USUAL_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column's score by a method; `drift` where it is on the wrong side of the threshold, None without one."""

    score: float | None
    method: str
    threshold: float | None
    drift: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What a report says; counts and shares (0–1) are None where no metric of the report tells them."""

    format: str
    columns: dict[str, Column]
    number_of_columns: int | None
    drifted_columns_count: int | None
    drifted_share: float | None
    dataset_drift: bool | None
    failed_tests: tuple[str, ...] = ()
    test_count: int = 0

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns that drifted."""
        return tuple(name for name, column in self.columns.items() if column.drift)

    def told(self) -> Signal | Ignored:
        """What drifted as a signal; one column is enough, since it is tested again."""
        if not (self.drifted or self.failed_tests or self.dataset_drift):
            return Ignored("Evidently reports that nothing drifted")
        observed = {name: self.columns[name].score for name in self.drifted}
        return Signal(
            source="evidently",
            name="data drift",
            about=About(),
            features=self.drifted,
            observed={"drifted_share": self.drifted_share, "failed_tests": len(self.failed_tests), **observed},
        )


class _LegacyMetric(msgspec.Struct):
    metric: str
    result: dict[str, Any]


class _Drifted(msgspec.Struct):
    stattest_name: str
    drift_score: Any = None
    stattest_threshold: Any = None
    drift_detected: bool | None = None


class _Share(msgspec.Struct):
    number_of_columns: int | None = None
    number_of_drifted_columns: int | None = None
    share_of_drifted_columns: float | None = None
    dataset_drift: bool | None = None
    drift_by_columns: dict[str, _Drifted] = {}


class _Metric(msgspec.Struct):
    value: Any
    metric_name: str = ""
    metric_id: str = ""
    config: dict[str, Any] | None = None


class _Count(msgspec.Struct):
    count: float
    share: float


class _Test(msgspec.Struct):
    name: str
    status: str


def owns(value: Mapping[str, Any]) -> bool:
    """Whether this is a report of either kind."""
    metrics = value.get("metrics")
    first = metrics[0] if isinstance(metrics, list) and metrics else None
    return isinstance(first, dict) and ({"metric", "result"} <= first.keys() or _is_current(first))


def read(value: Mapping[str, Any], where: str = "") -> DriftReport:
    """The report; raises Malformed, also when none of its metrics is about drift."""
    current = _is_current(value["metrics"][0])
    report = _current(value, where) if current else _legacy(value["metrics"], f"{where}.metrics")
    if not report.columns and report.drifted_share is None:
        raise Malformed("no metric of this report is about drift; send one with a drift preset", where)
    return report


def _is_current(metric: Mapping[str, Any]) -> bool:
    return "value" in metric and bool(metric.keys() & {"metric_name", "metric_id"})


def _legacy(metrics: Any, where: str) -> DriftReport:
    overall, columns = _Share(), dict[str, Column]()
    for metric in convert(metrics, list[_LegacyMetric], where):
        if metric.metric == "ColumnDriftMetric" and isinstance(name := metric.result.get("column_name"), str):
            columns[name] = _column(convert(metric.result, _Drifted, where))
        elif "dataset_drift" in metric.result:
            overall = convert(metric.result, _Share, where)
            columns |= {name: _column(drifted) for name, drifted in overall.drift_by_columns.items()}
    return DriftReport(
        format=LEGACY,
        columns=columns,
        number_of_columns=overall.number_of_columns,
        drifted_columns_count=overall.number_of_drifted_columns,
        drifted_share=overall.share_of_drifted_columns,
        dataset_drift=overall.dataset_drift,
    )


def _column(told: _Drifted) -> Column:
    return Column(
        score=number(told.drift_score),
        method=told.stattest_name,
        threshold=number(told.stattest_threshold),
        drift=told.drift_detected,
    )


def _current(value: Mapping[str, Any], where: str) -> DriftReport:
    counted, allowed, columns = None, _USUAL_SHARE, dict[str, Column]()
    for metric in convert(value["metrics"], list[_Metric], f"{where}.metrics"):
        kind, arguments = _described(metric)
        if kind == "DriftedColumnsCount":
            counted, allowed = (
                convert(metric.value, _Count, where),
                number(arguments.get("drift_share")) or _USUAL_SHARE,
            )
        elif kind == "ValueDrift" and isinstance(name := arguments.get("column"), str):
            columns[name] = _judged(metric.value, arguments)
    tests = convert(value.get("tests") or [], list[_Test], f"{where}.tests")
    return DriftReport(
        format=CURRENT,
        columns=columns,
        number_of_columns=len(columns),
        drifted_columns_count=int(counted.count) if counted else None,
        drifted_share=counted.share if counted else None,
        dataset_drift=counted.share >= allowed if counted else None,
        failed_tests=tuple(test.name for test in tests if test.status == "FAIL"),
        test_count=len(tests),
    )


def _described(metric: _Metric) -> tuple[str, Mapping[str, Any]]:
    """The kind of a metric and its arguments: by its configuration, or by its name where that is left out."""
    named = _NAMED.fullmatch(metric.metric_name or metric.metric_id)
    if metric.config:
        return str(metric.config.get("type", "")).rpartition(":")[2], metric.config
    return (named[1], dict(_arguments(named[2]))) if named else ("", {})


def _arguments(text: str) -> Iterator[tuple[str, str]]:
    """The arguments in a metric's name; a value may hold commas."""
    found = list(_ARGUMENT.finditer(text))
    ends = [*(each.start() for each in found), len(text)][1:]
    for argument, end in zip(found, ends, strict=True):
        yield argument[1], text[argument.end() : end]


def _judged(score: Any, arguments: Mapping[str, Any]) -> Column:
    """A column's score against its threshold: a p-value drifted below it, a distance at or above it."""
    method, threshold, exact = str(arguments.get("method") or ""), number(arguments.get("threshold")), number(score)
    drift = None
    if threshold is not None and exact is not None:
        drift = exact < threshold if _P_VALUE.search(method) else exact >= threshold
    return Column(score=exact, method=method, threshold=threshold, drift=drift)
