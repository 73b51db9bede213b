"""What others' monitors send, told apart by what is inside, each record for itself: a signal, nothing, or refused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from shared.contracts import strict_json
from shared.contracts.envelopes import parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring import (
    azure_monitor,
    azureml_events,
    azureml_signals,
    content_safety,
    evidently,
    gateway_logs,
    nannyml,
    older_alerts,
    platform_metrics,
    resource_logs,
    whylogs,
)
from shared.contracts.monitoring.signals import Signal
from shared.contracts.packed import Record, Unread, canonical, records

KNOWN = (
    "alerts of Azure Monitor, events and signals of Azure ML monitoring, reports of Evidently, NannyML and whylogs, "
    "analyses of Content Safety, gateway logs, platform metrics, or one of these as {model, report}"
)


class Document(Protocol):
    """What a monitor sent, as its own family reads it."""

    def told(self) -> Signal | Ignored:
        """What of it is a signal."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One record of a body, or the rows that are one report together, as `body`, and what was made of it."""

    body: bytes
    outcome: Signal | Ignored | Malformed


type _Family = tuple[Callable[[Mapping[str, Any]], bool], Callable[[Any, str], Document]]

_ONE: tuple[_Family, ...] = (
    (azure_monitor.owns, azure_monitor.read),
    (older_alerts.owns, older_alerts.read),
    (azureml_signals.owns, azureml_signals.read),
    (evidently.owns, evidently.read),
    (content_safety.owns, content_safety.read),
)
# Documents of many rows, which are one only together.
_ROWS: tuple[_Family, ...] = (
    (nannyml.owns, nannyml.read),
    (whylogs.owns, whylogs.read),
    (platform_metrics.owns, platform_metrics.read),
    (gateway_logs.owns, gateway_logs.read),
)
_LAST: tuple[_Family, ...] = ((resource_logs.owns, resource_logs.read),)


def hear(body: bytes) -> list[Heard]:
    """What is said in a body, in every shape that many records in one body come in; a bad record hides no other.

    Raises Malformed when the body as a whole is neither JSON nor lines of it, or holds nothing.
    """
    heard = list(_heard(records(body)))
    if not heard:
        raise Malformed("there is no record in it; send at least one")
    return heard


def parse(value: Any, where: str = "") -> Document:
    """The one document that a JSON value is, be it an object or rows; raises Malformed for anything unknown."""
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        if rows and len(rows) == len(value) and (family := _family(rows[0], _ROWS)):
            return family[1](value, where)
    if isinstance(value, dict):
        if "eventType" in value or "specversion" in value:
            return _event(value)
        if family := _family(value, (*_ONE, *_LAST)):
            return family[1](value, where)
        if family := _family(value, _ROWS):
            return family[1]([value], where)
    raise Malformed(f"no monitor that is known says this; known are {KNOWN}", where)


def owns(value: Any) -> bool:
    """Whether a JSON value, or the first of an array, is of a known monitor."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and (_is_named(first) or _family(first, (*_ONE, *_ROWS)) is not None)


def _heard(told: Iterator[Record | Unread]) -> Iterator[Heard]:
    """Every record by itself, and the rows of each report together, where the first of them is."""
    rows: dict[int, list[Record]] = {}
    for record in told:
        if isinstance(record, Unread):
            yield Heard(record.body, record.problem)
        elif (kind := _row_kind(record.value)) is None:
            yield _outcome(record.value, record.where)
        else:
            rows.setdefault(kind, []).append(record)
    for report in rows.values():
        yield from _reported(report)


def _row_kind(value: strict_json.JSON) -> int | None:
    if not isinstance(value, dict):
        return None
    return next((index for index, (owned, _) in enumerate(_ROWS) if owned(value)), None)


def _reported(rows: Sequence[Record]) -> Iterator[Heard]:
    """The report that the rows are, without those that cannot be read even alone."""
    whole = _outcome([row.value for row in rows], rows[0].where.partition("[")[0])
    if not isinstance(whole.outcome, Malformed):
        yield whole
        return
    alone = [_outcome([row.value], row.where) for row in rows]
    yield from (each for each in alone if isinstance(each.outcome, Malformed))
    readable = [row.value for row, each in zip(rows, alone, strict=True) if not isinstance(each.outcome, Malformed)]
    if readable:
        yield _outcome(readable, rows[0].where.partition("[")[0])


def _outcome(value: strict_json.JSON, where: str) -> Heard:
    try:
        outcome: Signal | Ignored | Malformed = _named(value, where) if _is_named(value) else parse(value, where).told()
    except Malformed as problem:
        outcome = problem
    return Heard(canonical(value), outcome)


def _is_named(value: strict_json.JSON) -> bool:
    return isinstance(value, dict) and {"model", "report"} <= value.keys() <= {"model", "report", "id"}


def _named(value: Any, where: str) -> Signal | Ignored:
    """A report that a sender named the model of, and, as `id`, the occurrence."""
    for key in ("model", "id"):
        if not isinstance(value.get(key, ""), str):
            raise Malformed("must be text", f"{where}.{key}".removeprefix("."))
    told = parse(value["report"], f"{where}.report".removeprefix(".")).told()
    if isinstance(told, Ignored):
        return told
    identity = (value["id"],) if value.get("id") else told.identity
    return replace(told, about=replace(told.about, model=value["model"]), identity=identity)


def _event(value: dict[str, Any]) -> Document:
    (event,) = parse_events(canonical(value))
    if isinstance(event, Malformed):
        raise event
    if not azureml_events.owns(event):
        raise Malformed(f"an event of type {event.type[:100]!r} says nothing about drift; filter the subscription")
    return azureml_events.read(event)


def _family(row: Mapping[str, Any], families: Sequence[_Family]) -> _Family | None:
    return next((family for family in families if family[0](row)), None)
