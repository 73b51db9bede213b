"""AMQP performatives: what they decode to, and encoders that always write every field, trailing nulls included.

The Event Hubs SDK reads fields by position; trimming trailing nulls, though legal, makes it fail at connect.
"""

import struct
from typing import Any, NamedTuple

from local.messaging import encode
from local.messaging.encode import (
    NULL,
    boolean,
    described,
    list_of,
    optional,
    string,
    symbol,
    ubyte,
    uint,
    ulong,
    ushort,
)
from local.messaging.errors import AmqpError

OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
SASL_MECHANISMS, SASL_INIT, SASL_OUTCOME = 0x40, 0x41, 0x44
RECEIVED, ACCEPTED, REJECTED, RELEASED, MODIFIED = range(0x23, 0x28)
WINDOW = 2**31 - 1

_FRAME = struct.Struct(">IBBH").pack


class Open(NamedTuple):
    """The first performative of a connection."""

    container_id: str
    hostname: str | None = None
    max_frame_size: int | None = None
    channel_max: int | None = None
    idle_timeout: int | None = None  # milliseconds
    outgoing_locales: Any = None
    incoming_locales: Any = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Any = None


class Flow(NamedTuple):
    """Credit for a link (or the session, without a handle)."""

    next_incoming_id: int | None
    incoming_window: int
    next_outgoing_id: int
    outgoing_window: int
    handle: int | None = None
    delivery_count: int | None = None
    link_credit: int | None = None
    available: int | None = None
    drain: bool | None = None
    echo: bool | None = None
    properties: Any = None


class Transfer(NamedTuple):
    """A message, or a piece of one, sent by the client."""

    handle: int
    delivery_id: int | None = None
    delivery_tag: bytes | None = None
    message_format: int | None = None
    settled: bool | None = None
    more: bool | None = None
    rcv_settle_mode: int | None = None
    state: Any = None
    resume: bool | None = None
    aborted: bool | None = None
    batchable: bool | None = None


class Disposition(NamedTuple):
    """The fate of one or more deliveries."""

    role: bool  # True: the sender of this performative received the deliveries
    first: int
    last: int | None = None
    settled: bool | None = None
    state: Any = None
    batchable: bool | None = None


class Detach(NamedTuple):
    """The end of a link."""

    handle: int
    closed: bool | None = None
    error: Any = None


def frame(channel: int, body: bytes, kind: int = 0) -> bytes:
    """A complete frame; `kind` is 0 for AMQP and 1 for SASL, an empty body makes a keep-alive."""
    return _FRAME(len(body) + 8, 2, kind, channel) + body


def error(refusal: AmqpError) -> bytes:
    """An AMQP error with all three fields: without `info` a rejected send hangs the SDK for ever."""
    return described(0x1D, list_of([symbol(refusal.condition), string(refusal.description), encode.map_of([])]))


def rejected(refusal: AmqpError) -> bytes:
    """The outcome of a delivery that was refused, or of a settlement that could not be applied."""
    return described(REJECTED, list_of([error(refusal)]))


def outcome(code: int, *, failed: bool = False, undeliverable: bool = False) -> bytes:
    """A terminal delivery state without an error; the two flags are for MODIFIED."""
    if code == REJECTED:
        return described(code, list_of([NULL]))
    if code == MODIFIED:
        return described(code, list_of([boolean(failed), boolean(undeliverable), NULL]))
    return described(code, encode.EMPTY_LIST)


ACCEPTED_OUTCOME = outcome(ACCEPTED)


def sasl_mechanisms(names: tuple[str, ...]) -> bytes:
    """The mechanisms the server offers."""
    return described(SASL_MECHANISMS, list_of([encode.array_of([symbol(name) for name in names], 0xA3)]))


def sasl_outcome() -> bytes:
    """SASL succeeded: who the client is shows in the token it puts to $cbs."""
    return described(SASL_OUTCOME, list_of([ubyte(0), NULL]))


def open_(container_id: str, max_frame_size: int, channel_max: int) -> bytes:
    """The server's open."""
    known = [string(container_id), NULL, uint(max_frame_size), ushort(channel_max)]
    return described(OPEN, list_of(known + [NULL] * 6))


def begin(remote_channel: int) -> bytes:
    """The server's begin, with a window that never closes: back-pressure is left to credit and TCP."""
    known = [ushort(remote_channel), uint(0), uint(WINDOW), uint(WINDOW), uint(255)]
    return described(BEGIN, list_of(known + [NULL] * 3))


def flow(session_ids: tuple[int, int], handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> bytes:
    """Credit granted to (or, as the answer to a drain, reported to) the client.

    `session_ids` are the next incoming and the next outgoing transfer id.
    """
    session = [uint(session_ids[0]), uint(WINDOW), uint(session_ids[1]), uint(WINDOW)]
    link = [uint(handle), uint(delivery_count), uint(credit), NULL, boolean(drain), boolean(False), NULL]
    return described(FLOW, list_of(session + link))


def transfer(handle: int, delivery_id: int, tag: bytes, settled: bool, more: bool) -> bytes:
    """The performative in front of a payload."""
    known = [uint(handle), uint(delivery_id), encode.binary(tag), uint(0), boolean(settled), boolean(more)]
    return described(TRANSFER, list_of([*known, NULL, NULL, boolean(False), boolean(False), boolean(False)]))


def disposition(role: bool, delivery_id: int, state: bytes) -> bytes:
    """A settled disposition of one delivery."""
    fields = [boolean(role), uint(delivery_id), uint(delivery_id), boolean(True), state, NULL]
    return described(DISPOSITION, list_of(fields))


def detach(handle: int, refusal: AmqpError | None = None) -> bytes:
    """A closing detach, with the reason if there is one."""
    return described(DETACH, list_of([uint(handle), boolean(True), optional(error, refusal)]))


def end(refusal: AmqpError | None = None) -> bytes:
    """The end of a session."""
    return described(END, list_of([optional(error, refusal)]))


def close(refusal: AmqpError | None = None) -> bytes:
    """The end of a connection."""
    return described(CLOSE, list_of([optional(error, refusal)]))


def attach(
    name: str,
    handle: int,
    *,
    role: bool,
    settle_modes: tuple[int, int],
    source: bytes,
    target: bytes,
    max_message_size: int,
    properties: bytes,
) -> bytes:
    """The server's attach; `source`, `target` and `properties` are encoded already."""
    sender_mode, receiver_mode = settle_modes
    known = [string(name), uint(handle), boolean(role), ubyte(sender_mode), ubyte(receiver_mode), source, target]
    counters = [NULL, boolean(False), NULL if role else uint(0), ulong(max_message_size)]
    return described(ATTACH, list_of([*known, *counters, NULL, NULL, properties]))
