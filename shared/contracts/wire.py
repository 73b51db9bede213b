"""Facts, orders and documents as JSON bytes and back; the one place that knows their shape on the wire."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.core.datasets import Dataset
from shared.core.exceptions import PackageException
from shared.core.facts import DATASET_FACTS, EXCEPTION_FACTS, IMAGE_FACTS, MODEL_FACTS, RELEASE_FACTS, Fact
from shared.core.images import Image
from shared.core.ledger import Entry
from shared.core.orders import DATA_ORDERS, ORDERS, WATCH_ORDERS, Order
from shared.core.record import Record
from shared.core.release import Release
from shared.core.traffic import Endpoint
from shared.core.watch import Watch

FACTS: dict[str, type[Fact]] = {
    kind.__name__: kind for kind in (*RELEASE_FACTS, *IMAGE_FACTS, *EXCEPTION_FACTS, *MODEL_FACTS, *DATASET_FACTS)
}
ORDER_KINDS: dict[str, type[Order]] = {kind.__name__: kind for kind in (*ORDERS, *WATCH_ORDERS, *DATA_ORDERS)}
RECORDS: dict[str, type[Record]] = {
    "releases": Release,
    "images": Image,
    "exceptions": PackageException,
    "watches": Watch,
    "datasets": Dataset,
}


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _loaded(body: bytes, kind: Any = Any, where: str = "") -> Any:
    """The JSON in `body` as a `kind`, in one go; raises Malformed."""
    try:
        return _decoder(kind).decode(body)
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, msgspec.ValidationError):
            raise Malformed(str(problem), where) from None
        raise Malformed(
            f"not JSON ({problem}); Gatehouse writes this message itself, so look at who else sends"
        ) from None


def _content(value: Fact | Order | Record) -> dict[str, Any]:
    """The fields by name, as they are: the encoder itself turns them into JSON."""
    kind: Any = type(value)
    return {name: getattr(value, name) for name in _names(kind)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _tagged(value: Fact | Order) -> dict[str, Any]:
    return {"kind": type(value).__name__, **_content(value)}


def _untagged[T](kinds: dict[str, type[T]], content: Any, where: str) -> T:
    if not isinstance(content, dict) or not isinstance(kind := content.get("kind"), str):
        raise Malformed("an object with a text member 'kind' is needed", where)
    if kind not in kinds:
        raise Malformed(f"unknown kind {kind[:60]!r}; known are {', '.join(kinds)}", f"{where}.kind")
    return _converted(content, kinds[kind], where)


def _converted[T](content: Any, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(content, kind)
    except (ValueError, RecursionError) as problem:
        raise Malformed(str(problem), where) from None


def encode_fact(fact: Fact) -> bytes:
    """The fact as JSON with its `kind`."""
    return msgspec.json.encode(_tagged(fact))


def decode_fact(body: bytes) -> Fact:
    """The fact in `body`; raises Malformed."""
    return _untagged(FACTS, _loaded(body), "fact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One sending of an order: how often it was tried before (0 or more), and when this try was due.

    `due` is in seconds since the epoch, 0 for the first sending.
    """

    order: Order
    attempt: int = 0
    due: float = 0.0


def encode_errand(errand: Errand) -> bytes:
    """The errand as JSON, its order with a `kind`."""
    return msgspec.json.encode({"attempt": errand.attempt, "due": errand.due, "order": _tagged(errand.order)})


def decode_errand(body: bytes) -> Errand:
    """The errand in `body`; raises Malformed."""
    content = _loaded(body)
    if not isinstance(content, dict):
        raise Malformed("an object with attempt, due and order is needed", "message")
    order = _untagged(ORDER_KINDS, content.get("order"), "order")
    attempt = _converted(content.get("attempt", 0), int, "attempt")
    if attempt < 0:
        raise Malformed("must be 0 or more", "attempt")
    return Errand(order=order, attempt=attempt, due=_converted(content.get("due", 0.0), float, "due"))


def encode_record(record: Record) -> bytes:
    """A release, an image, an exception, a watch or a dataset as JSON."""
    content = _content(record) | {"outstanding": [_tagged(order) for order in record.outstanding]}
    return msgspec.json.encode(content)


class _Waiting(msgspec.Struct):
    """The orders of a record, whose kinds only `_untagged` knows."""

    outstanding: list[Any] = []


def decode_record(key: str, body: bytes) -> Record:
    """The record kept under `key`, by its folder; raises Malformed for anything else."""
    folder = key.split("/", 1)[0]
    if folder not in RECORDS:
        raise Malformed(f"in none of the folders {', '.join(RECORDS)}", key)
    record: Record = _loaded(body, RECORDS[folder], key)
    waiting = _loaded(body, _Waiting, key).outstanding if record.outstanding else ()
    orders = tuple(_untagged(ORDER_KINDS, order, f"{key}.outstanding") for order in waiting)
    return replace(record, outstanding=orders) if orders else record


def decode_release(key: str, body: bytes) -> Release:
    """The release kept under `key`; raises Malformed."""
    record = decode_record(key, body)
    if not isinstance(record, Release):
        raise Malformed("not a release", key)
    return record


def encode_entries(entries: Iterable[Entry]) -> bytes:
    """Ledger entries as lines of JSON, each ended by a line feed."""
    return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)


def decode_entries(key: str, lines: bytes) -> tuple[Entry, ...]:
    """The entries in `lines`, of the ledger of `key`; raises Malformed naming the line, counted from 0."""
    return tuple(_loaded(line, Entry, f"line {n} of the ledger of {key}") for n, line in enumerate(lines.splitlines()))


def fact_of(entry: Entry) -> Fact:
    """The fact that the entry recorded; raises Malformed."""
    of_every_fact = {name: getattr(entry, name) for name in ("body", "actor", "answers")}
    content = {"kind": entry.fact, "id": entry.fact_id, "at": entry.happened, **of_every_fact, **entry.data}
    return _untagged(FACTS, content, f"entry {entry.n}")


def encode_endpoint(endpoint: Endpoint) -> bytes:
    """The endpoint's document as JSON."""
    return msgspec.json.encode(endpoint)


def decode_endpoint(body: bytes) -> Endpoint:
    """The endpoint's document; raises Malformed."""
    endpoint: Endpoint = _loaded(body, Endpoint, "endpoint")
    return endpoint


class Champion(msgspec.Struct, frozen=True, kw_only=True):
    """The document of a model: its live version, the declared metrics of that, and the version before.

    `turn` grows whenever another version serves, or none: clocks of two workers could tell that order wrongly.
    """

    model: str
    version: str
    metrics: dict[str, float]
    previous: str = ""
    turn: int = 0


def encode_champion(champion: Champion) -> bytes:
    """The champion's document as JSON."""
    return msgspec.json.encode(champion)


def decode_champion(body: bytes) -> Champion:
    """The champion's document; raises Malformed."""
    champion: Champion = _loaded(body, Champion, "champion")
    return champion


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """The document of a tag: the image that it names since `at` (seconds since the epoch), and the one before."""

    name: str
    digest: str
    at: float
    previous: str = ""


def encode_tag(tag: Tag) -> bytes:
    """The tag's document as JSON."""
    return msgspec.json.encode(tag)


def decode_tag(body: bytes) -> Tag:
    """The tag's document; raises Malformed."""
    return _converted(_loaded(body), Tag, "tag")
