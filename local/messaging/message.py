"""A message as it came over the wire: the broker reads its envelope and passes everything else on as the same bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from local.messaging import encode
from local.messaging.decode import decode, elements, skip
from local.messaging.errors import DecodeError

HEADER, DELIVERY_ANNOTATIONS, ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES, DATA, SEQUENCE, VALUE = range(0x70, 0x78)
BATCH_FORMAT = 0x80013700
SCHEDULED_TIME = "x-opt-scheduled-enqueue-time"
PARTITION_KEY = "x-opt-partition-key"
OURS = frozenset(
    f"x-opt-{name}" for name in ("sequence-number", "offset", "enqueued-time", "locked-until", "message-state")
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `bare` is properties, application properties and body, byte for byte as they were sent."""

    bare: bytes
    message_id: str | None = None
    durable: bool = False
    priority: int | None = None
    ttl_ms: int | None = None
    annotations: tuple[bytes, ...] = ()  # encoded pairs, without those only a broker sets
    scheduled_at: int | None = None  # milliseconds since 1970
    partition_key: str | None = None

    @property
    def size(self) -> int:
        """Bytes this message occupies, nearly."""
        return len(self.bare) + sum(map(len, self.annotations))


def sections(payload: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(code, start, start of the value, end) of each section, in order. Raises DecodeError if malformed."""
    at = 0
    while at < len(payload):
        if payload[at] != 0:
            raise DecodeError(f"a message section must begin with a descriptor, not 0x{payload[at]:02x}")
        code, value = decode(payload, at + 1)
        end = skip(payload, value)
        yield code, at, value, end
        at = end


def _pairs(payload: bytes, at: int) -> Iterator[tuple[Any, bytes, bytes]]:
    items, _ = elements(payload, at)
    for key, value in zip(items[::2], items[1::2], strict=False):
        yield decode(key)[0], key, value


def _read_header(payload: bytes, at: int) -> dict[str, Any]:
    fields = [*decode(payload, at)[0], None, None, None]
    return {"durable": bool(fields[0]), "priority": fields[1], "ttl_ms": fields[2]}


def _read_annotations(payload: bytes, at: int) -> dict[str, Any]:
    kept: list[bytes] = []
    known: dict[str, Any] = {}
    for name, key, value in _pairs(payload, at):
        if name in (SCHEDULED_TIME, PARTITION_KEY):
            known["scheduled_at" if name == SCHEDULED_TIME else "partition_key"] = decode(value)[0]
        if name not in OURS:
            kept.append(key + value)
    return known | {"annotations": tuple(kept)}


def _read_message_id(payload: bytes, at: int) -> str | None:
    fields, _ = elements(payload, at)
    value = decode(fields[0])[0] if fields else None
    return None if value is None else str(value)


def parse(payload: bytes) -> Message:
    """The message of one complete payload. Raises DecodeError if it is not an AMQP message."""
    known: dict[str, Any] = {}
    start = len(payload)
    for code, begins, value, _ in sections(payload):
        if code == HEADER:
            known |= _read_header(payload, value)
        elif code == ANNOTATIONS:
            known |= _read_annotations(payload, value)
        elif code >= PROPERTIES:
            start = min(start, begins)
            if code == PROPERTIES:
                known["message_id"] = _read_message_id(payload, value)
            else:
                break
    return Message(bare=payload[start:], **known)


def split_batch(payload: bytes) -> tuple[list[Message], Message]:
    """The messages inside a batch envelope, and the envelope itself (for its partition key).

    Raises DecodeError if the envelope or any message inside is malformed.
    """
    inner = [decode(payload, value)[0] for code, _, value, _ in sections(payload) if code == DATA]
    return [parse(item) for item in inner], parse(payload)


def with_application_properties(message: Message, added: dict[str, str | None]) -> Message:
    """The message with string properties added; those it had under the same names give way."""
    pairs = {name: encode.string(name) + encode.string(text) for name, text in added.items() if text is not None}
    before, after, existing = b"", message.bare, list[bytes]()
    for code, start, value, end in sections(message.bare):
        if code == PROPERTIES:
            before, after = message.bare[:end], message.bare[end:]
        elif code == APPLICATION_PROPERTIES:
            existing = [key + item for name, key, item in _pairs(message.bare, value) if name not in pairs]
            before, after = message.bare[:start], message.bare[end:]
    section = encode.described(APPLICATION_PROPERTIES, encode.map_of([*existing, *pairs.values()]))
    return replace(message, bare=before + section + after)


def header_section(message: Message, delivery_count: int) -> bytes:
    """The header of a delivery; `delivery_count` is 0 when nobody had the message before."""
    fields = [
        encode.boolean(message.durable),
        encode.optional(encode.ubyte, message.priority),
        encode.optional(encode.uint, message.ttl_ms),
        encode.NULL,
        encode.uint(delivery_count),
    ]
    return encode.described(HEADER, encode.list_of(fields))


def annotations_section(message: Message, added: list[bytes]) -> bytes:
    """The message annotations: the sender's own and those the broker adds."""
    return encode.described(ANNOTATIONS, encode.map_of([*message.annotations, *added]))
