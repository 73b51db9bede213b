"""An alert of Azure Monitor, whatever schema it came in, and the signal that it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.alert_conditions import Condition
from shared.contracts.monitoring.alert_contexts import Context
from shared.contracts.monitoring.signals import LONGEST, About, Signal, by_labels, by_resources
from shared.core.verdicts import Number

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


def dimensions_of(conditions: Sequence[Condition]) -> dict[str, str]:
    """The dimensions of all conditions by name."""
    return {name: text for condition in conditions for name, text in condition.dimensions.items()}


def check_condition(condition: str, where: str) -> None:
    """Nothing for a word that says fired or resolved; raises Malformed."""
    if condition.lower() not in RESOLVED | FIRED:
        raise Malformed(f"{condition[:40]!r} is neither Fired nor Resolved", where.removeprefix("."))
