"""Records of Azure ML's data collector: what a deployment was asked, what it answered, and the labels that came."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.shapes import UNREADABLE, Instant, convert

INPUTS, OUTPUTS, LABELS = "inputs", "outputs", "labels"
_SOURCE = re.compile(
    r"/onlineEndpoints/(?P<endpoint>[^/]{1,64})/deployments/(?P<deployment>[^/]{1,64})/?", re.IGNORECASE
)
_LONGEST_ID = 256


class Collected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one request had of one kind; `at` in seconds since the epoch.

    `collection` is the last part of the CloudEvent's type: inputs and outputs (also written model_inputs and
    model_outputs), labels, request, response, tracing_spans, or a name of the users. Records of one request have one
    `correlation`. `rows` are as they came: objects, lists or single values. They are empty where the content lies
    elsewhere: under `reference`, a path beside the record, or at an address (`in_blob`), which is never followed.
    """

    id: str
    type: str
    endpoint: str
    deployment: str
    at: float
    correlation: str
    rows: Sequence[Any] = ()
    reference: str = ""
    in_blob: bool = False
    model_version: str = ""

    @property
    def collection(self) -> str:
        """What the rows are."""
        return self.type.rpartition(".")[2].removeprefix("model_")


class _Event(msgspec.Struct, gc=False):
    specversion: str
    id: str
    source: str
    type: str
    time: Instant
    data: Any = None
    dataref: str = ""
    datainblob: bool | str = False
    modelversion: str | int | None = None
    correlationid: str | None = None
    xrequestid: str | None = None


class _Batch(msgspec.Struct):
    records: list[_Event]


_MANY = msgspec.json.Decoder(list[_Event])
_BATCH = msgspec.json.Decoder(_Batch)
_ONE = msgspec.json.Decoder(_Event)


def parse_lines(body: bytes) -> tuple[list[Collected], dict[int, Malformed]]:
    """The records of a collector's file, and for every line that is none its number (from 1) and why."""
    collected: list[Collected] = []
    refused: dict[int, Malformed] = {}
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            collected.append(_line(line, f"line {number}"))
        except Malformed as problem:
            refused[number] = problem
    return collected, refused


def decoded(body: bytes) -> list[Collected] | None:
    """All records of a body by one typed decode, or None when one of them is anything else."""
    start = body.lstrip()[:64]
    read: Callable[[bytes], list[_Event]] = _ONE.decode_lines
    if start.startswith(b"["):
        read = _MANY.decode
    elif start.startswith(b"{") and start[1:].lstrip().startswith(b'"records"'):
        read = _records
    try:
        return [_collected(event, "") for event in read(body)]
    except (*UNREADABLE, Malformed):
        return None


def is_collected(value: object) -> bool:
    """Whether a parsed record is a CloudEvent, as the collector's are, rather than one of Azure's resource logs."""
    return isinstance(value, dict) and "specversion" in value


def collected_of(value: object, where: str) -> Collected:
    """The record of a parsed CloudEvent; raises Malformed."""
    return _collected(convert(value, _Event, where), where)


def _records(body: bytes) -> list[_Event]:
    return _BATCH.decode(body).records


def _line(line: bytes, where: str) -> Collected:
    try:
        return _collected(_ONE.decode(line), where)
    except UNREADABLE as error:
        raise Malformed(f"no record of a data collector: {error}", where) from None


def _collected(event: _Event, where: str) -> Collected:
    place = _SOURCE.search(event.source)
    if place is None:
        raise Malformed("the source names no online endpoint with a deployment, so nothing tells whose this is", where)
    in_blob = str(event.datainblob).lower() == "true"
    return Collected(
        id=event.id,
        type=event.type,
        endpoint=place["endpoint"],
        deployment=place["deployment"],
        at=event.time.timestamp(),
        correlation=(event.correlationid or event.xrequestid or event.id)[:_LONGEST_ID],
        rows=event.data if isinstance(event.data, list) and not in_blob else (),
        reference=event.dataref,
        in_blob=in_blob,
        model_version="" if event.modelversion is None else str(event.modelversion),
    )
