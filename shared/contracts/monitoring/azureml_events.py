"""Azure ML's events about drift: a monitor's run with a breach in its tag, and version 1 of dataset drift."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from shared.contracts import strict_json
from shared.contracts.envelopes import Event
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import About, Signal, by_labels, by_resources, number
from shared.contracts.shapes import convert

PREFIX = "Microsoft.MachineLearningServices."
RUN, DATASET = f"{PREFIX}RunStatusChanged", f"{PREFIX}DatasetDriftDetected"
TAG = "azureml_modelmonitor_threshold_breached"
SOURCE = "azure-ml"
MOST_VIOLATIONS = 1000
_SIGNAL = re.compile(r"The signal '(.{0,300}?)' has failed due to", re.DOTALL)
_LIST = re.compile(r"\n[ \t]*\[(?=['\"\]])")
_QUOTED = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|\])""", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One metric on the wrong side of its threshold; `group` is the feature, "" where the metric has none."""

    metric_value: float | None
    metric_name: str
    threshold_value: float | None
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A monitor's run that says in its tag which metrics broke their thresholds."""

    event: Event
    run_status: str
    run_id: str
    experiment_name: str
    signal_name: str
    violations: tuple[Violation, ...]
    tags: dict[str, Any]

    def told(self) -> Signal:
        """The breach as a signal; no number is needed for it, since a cut tag must not hide it."""
        observed = {
            f"{v.metric_name} of {v.group}" if v.group else v.metric_name: v.metric_value for v in self.violations
        }
        about = About(monitors=tuple(filter(None, (self.signal_name, self.experiment_name))))
        return Signal(
            source=SOURCE,
            name=self.signal_name or self.experiment_name or self.run_id,
            identity=(self.event.source, self.event.id),
            about=by_labels(by_resources(about, [self.event.source]), self.tags),
            features=tuple(violation.group for violation in self.violations),
            observed=observed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDrift:
    """What a dataset monitor of version 1 says: how much, without a threshold and without a model."""

    event: Event
    drift_name: str
    drift_id: str
    drift_coefficient: float
    baseline_dataset_id: str
    target_dataset_id: str
    window_start: str
    window_end: str

    def told(self) -> Signal:
        """The drift as a signal of the monitor's name."""
        return Signal(
            source=SOURCE,
            name=self.drift_name,
            identity=(self.event.source, self.event.id),
            about=by_resources(About(monitors=(self.drift_name,)), [self.event.source]),
            observed={"drift_coefficient": self.drift_coefficient, "from": self.window_start, "until": self.window_end},
        )


class _Run(msgspec.Struct, rename="camel"):
    run_status: str
    run_id: str
    experiment_name: str = ""
    run_tags: dict[str, Any] | None = None


class _Dataset(msgspec.Struct, rename="camel"):
    data_drift_id: str
    data_drift_name: str
    drift_coefficient: float
    base_dataset_id: str = ""
    target_dataset_id: str = ""
    start_time: str = ""
    end_time: str = ""


def owns(event: Event) -> bool:
    """Whether the event speaks of drift: a run's event does only with a monitor's tag."""
    if event.type == DATASET:
        return True
    tags = _camel(event.data).get("runTags") if event.type == RUN else None
    return isinstance(tags, dict) and TAG in tags


def read(event: Event) -> Breach | DatasetDrift:
    """What an owned event says; raises Malformed."""
    where = f"{event.where}.data".removeprefix(".")
    if event.type == DATASET:
        return _dataset(event, convert(_camel(event.data), _Dataset, where))
    run = convert(_camel(event.data), _Run, where)
    tags = run.run_tags or {}
    if not isinstance(text := tags.get(TAG), str):
        raise Malformed(f"the tag {TAG} is not text", f"{where}.runTags")
    named = _SIGNAL.search(text)
    return Breach(
        event=event,
        run_status=run.run_status,
        run_id=run.run_id,
        experiment_name=run.experiment_name,
        signal_name=named[1] if named else "",
        violations=tuple(violations(text)),
        tags=tags,
    )


def violations(text: str) -> Iterator[Violation]:
    """The first violations in a tag: JSON texts in a Python list in prose; what a cut left unfinished is left out."""
    for written in islice(_listed(text), MOST_VIOLATIONS):
        try:
            row = strict_json.loads(written.encode())
        except (Malformed, UnicodeEncodeError):
            continue
        if isinstance(row, dict) and isinstance(name := row.get("metric_name"), str):
            yield Violation(
                metric_value=number(row.get("metric_value")),
                metric_name=name,
                threshold_value=number(row.get("threshold_value")),
                group=str(row.get("group") or ""),
            )


def _listed(text: str) -> Iterator[str]:
    """The texts of the list, as Python writes one, that follows the prose."""
    if not (start := _LIST.search(text)):
        return
    place = start.end()
    while quoted := _QUOTED.match(text, place):
        yield _ESCAPE.sub(_unescaped, quoted[1] if quoted[1] is not None else quoted[2])
        if quoted[3] == "]":
            return
        place = quoted.end()


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 1:
        return _ESCAPED.get(code, code)
    point = int(code[1:], 16)
    return chr(point) if point <= 0x10FFFF else ""


def _camel(data: Any) -> dict[str, Any]:
    """The object with keys that begin in lower case, since versions of the event differ in that."""
    return {key[:1].lower() + key[1:]: value for key, value in data.items()} if isinstance(data, dict) else {}


def _dataset(event: Event, told: _Dataset) -> DatasetDrift:
    return DatasetDrift(
        event=event,
        drift_name=told.data_drift_name,
        drift_id=told.data_drift_id,
        drift_coefficient=told.drift_coefficient,
        baseline_dataset_id=told.base_dataset_id,
        target_dataset_id=told.target_dataset_id,
        window_start=told.start_time,
        window_end=told.end_time,
    )
