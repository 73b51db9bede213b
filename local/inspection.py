"""What Gatehouse makes of any payload it knows, printed as JSON; nothing is sent and nothing is changed."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from local import door_inspection, signal_inspection
from shared.contracts import image_documents, policies, telemetry
from shared.contracts.collector import Collected
from shared.contracts.data_events import Arrival, MalwareFound
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring.signals import Signal
from shared.contracts.packages.listing import parse_listing
from shared.contracts.packages.pip_audit import is_audit
from shared.contracts.packages.requirements import parse_requirements
from shared.contracts.registries.notices import Hint
from shared.contracts.sbom import sbom_format
from shared.contracts.sniff import sniff
from shared.core.facts import Fact
from shared.core.windows import Traffic, bucket_of, total

type Outcome = dict[str, Any] | Hint | Signal | Malformed | Ignored

SHIPPED = Path(__file__).parents[1] / "policies" / "classical.yaml"
LARGEST = 64 * 1024 * 1024
_ABSENT = msgspec.Raw()
_DOCUMENTS = frozenset({"scan", "vex", "sbom"})


def run(files: list[str], image: str = "") -> int:
    """Print one JSON object per file (a list of them for several files); 0 when all was understood, 1 otherwise.

    An object has `file`, `kind`, and `facts`, `hints`, `signals`, `ignored` and `refused` as far as there are any;
    what was ignored or refused has a `reason` and a `where`. `image` is what a sender would say beside a document
    about one.
    """
    reports = [inspect(file, image) for file in files]
    print(json.dumps(reports[0] if len(reports) == 1 else reports, indent=2, ensure_ascii=False))
    return 1 if not reports or any("refused" in report for report in reports) else 0


def inspect(file: str, image: str = "") -> dict[str, Any]:
    """What Gatehouse would make of one file; never raises."""
    kind, outcomes = "unknown", list[Outcome]()
    try:
        body = _read(file)
        kind = kind_of(body)
        outcomes += _document(body, image) if kind in _DOCUMENTS else _READERS[kind](body)
    except Malformed as refused:
        outcomes.append(refused)
    return {"file": file, "kind": kind, **_sorted(outcomes)}


def kind_of(body: bytes) -> str:
    """events, signals, scan, vex, sbom, packages, telemetry or policy, by what is inside; raises Malformed."""
    start = body.lstrip()[:1]
    if start not in (b"{", b"["):
        return _text_kind(body)
    if door := door_inspection.kind_of(body):
        return door
    shape = _shape(body)
    if bytes(shape.type).startswith(b'"azureml.inference.'):
        return "telemetry"
    if shape.specversion or shape.event_type:
        return "events"
    if signal_inspection.owns(body):
        return "signals"
    if shape.records or shape.category:
        return "telemetry"
    return _document_kind(body)


def _text_kind(body: bytes) -> str:
    """packages or policy, or sbom for the one kind of XML that is known."""
    if sbom_format(body):
        return "sbom"
    if re.search(rb"^dependencies\s*:", body, re.MULTILINE):
        return "packages"
    try:
        found = parse_requirements(body)
    except Malformed:
        return "policy"
    return "packages" if found.understood and not found.invalid else "policy"


def _document_kind(body: bytes) -> str:
    """packages, scan, vex or sbom."""
    try:
        if is_audit(msgspec.json.decode(body)):
            return "packages"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return sniff(body).kind
    except Malformed as unknown:
        known = "events, webhooks, telemetry, policies and documents about images"
        raise Malformed(f"no payload that Gatehouse knows; known are {known}; {unknown.reason}") from None


class _Shape(msgspec.Struct):
    """The keys by which payloads are told apart, with whatever they hold."""

    specversion: msgspec.Raw = _ABSENT
    type: msgspec.Raw = _ABSENT
    event_type: msgspec.Raw = msgspec.field(name="eventType", default=_ABSENT)
    records: msgspec.Raw = _ABSENT
    category: msgspec.Raw = _ABSENT


def _shape(body: bytes) -> _Shape:
    """The shape of the body, of its first element, or of its first line."""
    readings: tuple[tuple[Any, bytes], ...] = ((_Shape, body), (list[_Shape], body), (_Shape, body.split(b"\n", 1)[0]))
    for kind, text in readings:
        try:
            found = msgspec.json.decode(text, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        return found if isinstance(found, _Shape) else next(iter(found), _Shape())
    return _Shape()


def _read(file: str) -> bytes:
    try:
        with Path(file).open("rb") as stream:
            body = stream.read(LARGEST + 1)
    except OSError as error:
        raise Malformed(f"the file cannot be read: {error.strerror or error}", file) from None
    if len(body) > LARGEST:
        raise Malformed(f"the file has more than {LARGEST} bytes, more than any payload that is accepted", file)
    return body


def _events(body: bytes) -> list[Outcome]:
    return _seen(door_inspection.events(body))


def _seen(outcomes: Sequence[door_inspection.Seen]) -> list[Outcome]:
    return [_shown(outcome) for outcome in outcomes]


def _shown(outcome: door_inspection.Seen) -> Outcome:
    if isinstance(outcome, Arrival | MalwareFound):
        return {"fact": type(outcome).__name__, **asdict(outcome)}
    return _told(outcome) if isinstance(outcome, Fact) else outcome


def _document(body: bytes, image: str) -> list[Outcome]:
    return [_told(fact) for fact in image_documents.facts_of(body, image, received_at=time.time())]


def _packages(body: bytes) -> list[Outcome]:
    return [{"fact": "Listing", **asdict(parse_listing(body))}]


def _telemetry(body: bytes) -> list[Outcome]:
    told = telemetry.parse_telemetry(body, limit=LARGEST)
    refused = list(told.refused)
    if not told.requests and not told.collected and not refused:
        refused = [Malformed(f"no record has the category {telemetry.CATEGORY}, the only one that is read")]
    sides = sorted({(request.endpoint, request.deployment) for request in told.requests})
    served = [_served(told.requests, endpoint, deployment) for endpoint, deployment in sides]
    return [*served, *_collected(told.collected), *refused]


def _collected(records: Sequence[Collected]) -> list[Outcome]:
    """How many rows a data collector brought of each collection of each deployment."""
    rows = Counter[tuple[str, str, str]]()
    for record in records:
        rows[record.endpoint, record.deployment, record.collection] += len(record.rows)
    return [
        {"fact": "Collected", "endpoint": endpoint, "deployment": deployment, "collection": collection, "rows": count}
        for (endpoint, deployment, collection), count in rows.items()
    ]


def _served(requests: Sequence[telemetry.Request], endpoint: str, deployment: str) -> dict[str, Any]:
    mine = [request for request in requests if (request.endpoint, request.deployment) == (endpoint, deployment)]
    traffic = total(Traffic(requests=1, errors=int(r.failed), latency={bucket_of(r.latency_ms): 1}) for r in mine)
    return {"fact": "Traffic", "endpoint": endpoint, "deployment": deployment, **asdict(traffic)}


def _policy(body: bytes) -> list[Outcome]:
    whole = re.search(rb"^name:", body, re.MULTILINE) is not None
    policy = policies.parse_policy(body) if whole else policies.parse_policy(SHIPPED.read_bytes(), body)
    return [{"fact": "Policy", "digest": policy.digest(), **asdict(policy)}]


_READERS: dict[str, Callable[[bytes], list[Outcome]]] = {
    "events": _events,
    "signals": lambda body: [*signal_inspection.seen(body)],
    "registry webhook": lambda body: _seen(door_inspection.registry_webhook(body)),
    "model webhook": lambda body: _seen(door_inspection.model_webhook(body)),
    "recorded delivery": lambda body: _seen(door_inspection.recorded(body)),
    "packages": _packages,
    "telemetry": _telemetry,
    "policy": _policy,
}


def _told(fact: Fact) -> dict[str, Any]:
    return {"fact": type(fact).__name__, "document": fact.document, **asdict(fact)}


def _sorted(outcomes: Sequence[Outcome]) -> dict[str, list[dict[str, Any]]]:
    groups = {
        "facts": [outcome for outcome in outcomes if isinstance(outcome, dict)],
        "hints": [asdict(outcome) for outcome in outcomes if isinstance(outcome, Hint)],
        "signals": [asdict(outcome) for outcome in outcomes if isinstance(outcome, Signal)],
        "ignored": [_because(outcome) for outcome in outcomes if isinstance(outcome, Ignored)],
        "refused": [_because(outcome) for outcome in outcomes if isinstance(outcome, Malformed)],
    }
    return {name: group for name, group in groups.items() if group}


def _because(outcome: Malformed | Ignored) -> dict[str, str]:
    return {"reason": outcome.reason, "where": outcome.where}
