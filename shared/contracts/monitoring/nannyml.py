"""Results of NannyML as rows, one per chunk of data: univariate and multivariate drift, and estimated performance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import About, Signal, number

_UNIVARIATE = ("jensen_shannon", "wasserstein", "hellinger", "l_infinity", "kolmogorov_smirnov", "chi2")
_MULTIVARIATE = ("reconstruction_error", "domain_classifier_auroc", "domain_classifier")
_ALERT = "_alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkAlert:
    """A metric that left its thresholds in one chunk; None for a bound that there is not."""

    chunk: str
    alert: str
    value: float | None
    upper: float | None
    lower: float | None

    @property
    def feature(self) -> str:
        """The feature whose drift this is, "" for a metric of all data."""
        suffix = next((name for name in _UNIVARIATE if self.alert.endswith(f"_{name}")), "")
        return self.alert.removesuffix(f"_{suffix}") if suffix else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkReport:
    """All chunks of one result; `kind` is univariate-drift, multivariate-drift or performance."""

    kind: str
    chunks: int
    alerts: tuple[ChunkAlert, ...]

    def told(self) -> Signal | Ignored:
        """The alerts of the last chunk that has any, as a signal."""
        if not self.alerts:
            return Ignored(f"NannyML reports no alert in {self.chunks} chunk(s)")
        last = [alert for alert in self.alerts if alert.chunk == self.alerts[-1].chunk]
        return Signal(
            source="nannyml",
            name=self.kind,
            about=About(),
            features=tuple(alert.feature for alert in last),
            observed={"chunk": last[0].chunk, **{alert.alert: alert.value for alert in last}},
        )


def owns(row: Mapping[str, Any]) -> bool:
    """Whether this is a row of a result."""
    return any(key.startswith("chunk_") for key in row) and any(key.endswith(_ALERT) for key in row)


def read(rows: Sequence[Mapping[str, Any]], where: str = "") -> ChunkReport:
    """The result that the rows are; raises Malformed for an alert that is neither true, false nor null."""
    alerts: list[ChunkAlert] = []
    names: dict[str, None] = {}
    for index, row in enumerate(rows):
        for key, value in row.items():
            if key.endswith(_ALERT):
                names[key.removesuffix(_ALERT)] = None
                if _alerted(value, f"{where}[{index}].{key[:60]}"):
                    alerts.append(_alert(row, key.removesuffix(_ALERT)))
    return ChunkReport(kind=_kind(list(names)), chunks=len(rows), alerts=tuple(alerts))


def _alerted(value: Any, where: str) -> bool:
    if value not in (True, False, None):
        raise Malformed("an alert is true, false or null", where)
    return bool(value)


def _alert(row: Mapping[str, Any], name: str) -> ChunkAlert:
    return ChunkAlert(
        chunk=str(row.get("chunk_key", row.get("chunk_index", ""))),
        alert=name,
        value=number(row.get(f"{name}_value")),
        upper=number(row.get(f"{name}_upper_threshold")),
        lower=number(row.get(f"{name}_lower_threshold")),
    )


def _kind(names: Sequence[str]) -> str:
    if any(name.endswith(method) for name in names for method in _MULTIVARIATE):
        return "multivariate-drift"
    if any(name.endswith(f"_{method}") for name in names for method in _UNIVARIATE):
        return "univariate-drift"
    return "performance"
