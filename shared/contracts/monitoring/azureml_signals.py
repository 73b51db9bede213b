"""What Azure ML's model monitoring writes for one signal: features with metrics, or metrics with groups."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import About, Signal, number
from shared.contracts.shapes import convert

TOOL = "azureml-model-monitoring"
# These shall be above their thresholds, as scores and pass rates shall; all others below.
_HIGHER_IS_BETTER = frozenset(
    {
        "TwoSampleKolmogorovSmirnovTest",
        "PearsonsChiSquaredTest",
        "NormalizedDiscountedCumulativeGain",
        "Accuracy",
        "Precision",
        "Recall",
    }
)
_SCORE = re.compile(r"(Average|Acceptable)\w+Score(PerInstance)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A metric's value and threshold; None for what is no number, which is neither a breach nor a pass."""

    metric: str
    value: float | None
    threshold: float | None
    feature: str = ""

    @property
    def breached(self) -> bool:
        """Whether the value is on the wrong side of the threshold."""
        if self.value is None or self.threshold is None:
            return False
        if self.metric in _HIGHER_IS_BETTER or is_pass_rate(self.metric) or _SCORE.fullmatch(self.metric):
            return self.value < self.threshold
        return self.value > self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric of a signal without features, in its own words: None where the key is missing."""

    value: Any
    threshold: Any
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalOutput:
    """What one signal of a monitor measured; `measured` holds everything that has a threshold."""

    signal_name: str
    signal_type: str
    features: dict[str, tuple[Measured, ...]]
    metrics: dict[str, Metric]
    row_count: dict[str, int]
    measured: tuple[Measured, ...]

    @property
    def violations(self) -> tuple[Measured, ...]:
        """What broke its threshold."""
        return tuple(each for each in self.measured if each.breached)

    def told(self) -> Signal | Ignored:
        """The violations as a signal."""
        if not self.violations:
            return Ignored(f"{self.signal_name}: no metric is on the wrong side of its threshold")
        observed = {f"{v.metric} of {v.feature}" if v.feature else v.metric: v.value for v in self.violations}
        return Signal(
            source="azure-ml",
            name=self.signal_name,
            about=About(monitors=(self.signal_name,)),
            features=tuple(v.feature for v in self.violations),
            observed=observed,
        )


class _Told(msgspec.Struct, rename="camel"):
    metric_name: str
    metric_value: Any = None
    threshold: Any = None


class _Feature(msgspec.Struct):
    metrics: list[_Told] = []


class _Output(msgspec.Struct, rename="camel"):
    signal_name: str
    signal_type: str
    metrics: dict[str, Any]


def is_pass_rate(metric: str) -> bool:
    """Whether the metric is the share of answers that were good enough."""
    return metric.endswith("PassRate")


def owns(value: Mapping[str, Any]) -> bool:
    """Whether this is what one signal measured."""
    return {"signalName", "signalType", "metrics"} <= value.keys()


def read(value: Any, where: str = "") -> SignalOutput:
    """The document; raises Malformed."""
    told = convert(value, _Output, where)
    features = _features(told.metrics.get("features"), where)
    metrics = {
        name: _metric(name, of, where) for name, of in told.metrics.items() if name not in ("features", "rowCount")
    }
    grouped = [each for name in metrics for each in _grouped(name, told.metrics[name])]
    return SignalOutput(
        signal_name=told.signal_name,
        signal_type=told.signal_type,
        features=features,
        metrics=metrics,
        row_count=convert(told.metrics.get("rowCount") or {}, dict[str, int], where, strict=False),
        measured=(*(each for of in features.values() for each in of), *grouped),
    )


def _features(value: Any, where: str) -> dict[str, tuple[Measured, ...]]:
    read_as = convert(value or {}, dict[str, _Feature], f"{where}.metrics.features")
    return {name: tuple(_thresholded(name, feature.metrics)) for name, feature in read_as.items()}


def _thresholded(feature: str, metrics: list[_Told]) -> Iterator[Measured]:
    for told in metrics:
        if told.threshold is not None:
            yield Measured(
                metric=told.metric_name,
                value=number(told.metric_value),
                threshold=number(told.threshold),
                feature=feature,
            )


def _metric(name: str, value: Any, where: str) -> Metric:
    if not isinstance(value, dict) or not isinstance(groups := value.get("groups") or {}, dict):
        raise Malformed("a metric is an object, its groups too", f"{where}.metrics.{name[:60]}".removeprefix("."))
    return Metric(value=value.get("value"), threshold=value.get("threshold"), groups=tuple(sorted(groups)))


def _grouped(name: str, value: Mapping[str, Any]) -> Iterator[Measured]:
    """The metric itself and each of its groups, as far as they have thresholds."""
    every = {"": value, **(value.get("groups") or {})}
    for group, of in every.items():
        if isinstance(of, dict) and (threshold := number(of.get("threshold"))) is not None:
            yield Measured(metric=name, value=number(of.get("value")), threshold=threshold, feature=group)
