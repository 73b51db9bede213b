"""What served models were asked and answered, in every shape that Event Hubs brings: one, an array, lines, records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from shared.contracts import collector, packed, strict_json
from shared.contracts.collector import Collected
from shared.contracts.malformed import Malformed
from shared.contracts.shapes import UNREADABLE, Instant, convert

CATEGORY = "AmlOnlineEndpointTrafficLog"


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request that a deployment answered: `at` in seconds since the epoch, `code` HTTP's, latency in ms.

    `id` is the platform's own id of the request and `delayed_ms` how long throttling held it back.
    """

    endpoint: str
    deployment: str
    at: float
    code: int
    latency_ms: float
    id: str = ""
    delayed_ms: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether it was an error: 400 and above, or no HTTP code at all (below 100)."""
        return self.code >= 400 or self.code < 100


_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_Milliseconds = Annotated[float, msgspec.Meta(ge=0)]


class _Answered(msgspec.Struct, gc=False, rename="pascal"):
    endpoint_name: _Label
    deployment_name: _Label
    response_code: int
    total_duration_ms: _Milliseconds
    x_request_id: str | None = msgspec.field(name="XRequestId", default=None)
    request_throttling_delay_ms: _Milliseconds | None = None


class _Record(msgspec.Struct, gc=False):
    category: str
    time: Instant
    properties: _Answered


class _Batch(msgspec.Struct):
    records: list[_Record]


_ONE = msgspec.json.Decoder(_Record)
_MANY = msgspec.json.Decoder(list[_Record])
_BATCH = msgspec.json.Decoder(_Batch)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What one body holds: requests that were answered, records of a data collector, and what is neither."""

    requests: Sequence[Request] = ()
    collected: Sequence[Collected] = ()
    refused: Sequence[Malformed] = ()


def parse_telemetry(body: bytes, *, limit: int = 1_048_576) -> Telemetry:
    """What a body of at most `limit` bytes holds, in any mixture.

    Resource logs of other categories are skipped. Never raises: a body that is no telemetry at all is one Malformed.
    """
    try:
        strict_json.within(body, limit)
    except Malformed as refused:
        return Telemetry(refused=[refused])
    if (records := _fast(body)) is not None:
        return Telemetry([_request(record) for record in records if record.category == CATEGORY])
    if collected := collector.decoded(body):
        return Telemetry(collected=collected)
    return _slow(body, limit)


def _fast(body: bytes) -> list[_Record] | None:
    """All records by one typed decode, or None when one of them is not what most are."""
    start = body.lstrip()[:64]
    try:
        if start.startswith(b"["):
            return _MANY.decode(body)
        if start.startswith(b"{") and start[1:].lstrip().startswith(b'"records"'):
            return _BATCH.decode(body).records
        return _ONE.decode_lines(body) if start else None
    except UNREADABLE:
        return None


def _request(record: _Record) -> Request:
    answered = record.properties
    return Request(  # by place: a name each would cost a tenth of reading the record
        answered.endpoint_name,
        answered.deployment_name,
        record.time.timestamp(),
        answered.response_code,
        answered.total_duration_ms,
        answered.x_request_id or "",
        answered.request_throttling_delay_ms or 0.0,
    )


def _slow(body: bytes, limit: int) -> Telemetry:
    """Record by record, so that a bad one does not hide its neighbours."""
    requests: list[Request] = []
    collected: list[Collected] = []
    refused: list[Malformed] = []
    try:
        every = list(packed.records(body, limit=limit))
    except Malformed as whole:
        return Telemetry(refused=[whole])
    for record in every:
        try:
            if isinstance(record, packed.Unread):
                raise record.problem
            if collector.is_collected(record.value):
                collected.append(collector.collected_of(record.value, record.where))
            else:
                requests += _understood(record.value, record.where)
        except Malformed as problem:
            refused.append(problem)
    return Telemetry(requests, collected, refused)


def _understood(value: strict_json.JSON, where: str) -> list[Request]:
    """The one request of a record, none for another category; numbers may come as text, as some exports do."""
    if not isinstance(value, dict) or not isinstance(value.get("category"), str):
        raise Malformed(
            "not a record of telemetry: it has no category; send Azure's resource logs or a collector's records", where
        )
    if value["category"] != CATEGORY:
        return []
    return [_request(convert(value, _Record, where, strict=False))]
