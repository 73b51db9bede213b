"""Gatehouse's own messages and documents, as somebody else might write them, and what people post to the doors."""

from collections.abc import Callable
from functools import cache

from docs.samples import release_in, samples
from shared.contracts import wire
from shared.core.release import Stage
from shared.core.traffic import Endpoint
from tests.fuzz.doors import Doors
from tests.fuzz.events_fuzzed import BY_DATABRICKS, BY_MLFLOW, VALIDATION, noticed
from tests.fuzz.parser import Parser, parser
from tests.fuzz.seeds import encoded
from tests.fuzz.texts_fuzzed import AUDIT, REQUIREMENTS

_KEY = release_in(Stage.LIVE).key


def _facts() -> list[bytes]:
    return [wire.encode_fact(sample.fact) for stage in (Stage.QUARANTINED, Stage.LIVE) for sample in samples(stage)]


def _errands() -> list[bytes]:
    stages = (Stage.VALIDATING, Stage.CANARY)
    return [wire.encode_errand(wire.Errand(order=order)) for stage in stages for order in release_in(stage).outstanding]


def _records() -> list[bytes]:
    return [wire.encode_record(release_in(stage)) for stage in (Stage.CANARY, Stage.LIVE)]


def _fact(body: bytes) -> None:
    wire.encode_fact(wire.decode_fact(body))


def _errand(body: bytes) -> None:
    wire.encode_errand(wire.decode_errand(body))


def _record(body: bytes) -> None:
    wire.encode_record(wire.decode_record(_KEY, body))


def _entries(body: bytes) -> None:
    for entry in wire.decode_entries(_KEY, body):
        wire.encode_fact(wire.fact_of(entry))


@cache
def _doors() -> Doors:
    return Doors()


def _webhook(sender: str, own: Callable[[], list[bytes]]) -> Parser:
    return parser(f"doors/{sender}", "json", 4, lambda body: _doors().webhook(sender, body), own)


_ANSWER = {"decision": "approve", "digest": "sha256:" + "a" * 64, "comment": "x"}
_WAIVER = {"ids": ["CVE-2026-1"], "reason": "x", "hours": 24}
_WISH = {"package": "numpy", "specifier": ">=1", "source": "pypi", "model": "", "scenario": "", "reason": "x"}
_ENDPOINT = Endpoint(name="churn", holder="r", epoch=1)

OWN: tuple[Parser, ...] = (
    parser("wire/fact", "json", 40, _fact, _facts),
    parser("wire/errand", "json", 40, _errand, _errands),
    parser("wire/record", "json", 20, _record, _records),
    parser("wire/entries", "json", 20, _entries, lambda: [wire.encode_entries(release_in(Stage.CANARY).ledger)]),
    parser("wire/endpoint", "json", 20, wire.decode_endpoint, lambda: [wire.encode_endpoint(_ENDPOINT)]),
    parser("doors/approval", "json", 4, lambda body: _doors().approval(body), lambda: encoded(_ANSWER)),
    parser("doors/demand", "json", 4, lambda body: _doors().demand(body), lambda: encoded({"comment": "x"})),
    parser("doors/waiver", "json", 4, lambda body: _doors().waiver(body), lambda: encoded(_WAIVER)),
    parser("doors/exception", "json", 4, lambda body: _doors().exception(body), lambda: encoded(_WISH)),
    parser("doors/packages", "text", 4, lambda body: _doors().packages(body), lambda: [REQUIREMENTS, *AUDIT]),
    _webhook("event-grid", lambda: encoded([VALIDATION])),
    _webhook("mlflow", lambda: encoded(BY_MLFLOW)),
    _webhook("databricks", lambda: encoded(BY_DATABRICKS)),
    _webhook("ghcr", noticed),
)
