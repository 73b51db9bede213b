"""An AMQP connection: bytes to frames, SASL, open and close, and frames to the sessions they belong to."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from local.messaging import performatives
from local.messaging.attach import parse_attach
from local.messaging.decode import decode
from local.messaging.errors import AmqpError, DecodeError
from local.messaging.links import Router
from local.messaging.performatives import Detach, Disposition, Flow, Open, Transfer
from local.messaging.session import Session

log = logging.getLogger(__name__)

_SASL_HEADER = b"AMQP\x03\x01\x00\x00"
_AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
_MECHANISMS = ("MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL")
_CONTAINER = "gatehouse-local"
_MAX_FRAME_SIZE = 65_536
_CHANNEL_MAX = 4_999
_TLS_HANDSHAKE = 0x16


class Connection(asyncio.Protocol):
    """One client. All of it runs in the event loop's callbacks; frames written within one callback leave together."""

    def __init__(self, router: Router, on_closed: Callable[["Connection"], None]) -> None:
        self._router = router
        self._on_closed = on_closed
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._outbox: list[bytes] = []
        self._sessions: dict[int, Session] = {}
        self._keep_alive: asyncio.TimerHandle | None = None
        self.writable = True
        self.max_frame_size = 512

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """The client is gone; locks it held expire in their own time, as on the real service."""
        self.writable = False
        if self._keep_alive is not None:
            self._keep_alive.cancel()
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        self._on_closed(self)

    def pause_writing(self) -> None:
        """The client reads slower than we write: hold sources back."""
        self.writable = False

    def resume_writing(self) -> None:
        """The client caught up."""
        self.writable = True
        for session in list(self._sessions.values()):
            session.wake()

    def data_received(self, data: bytes) -> None:
        """Bytes came: handle every complete frame in them."""
        self._buffer = self._buffer + data if self._buffer else data
        try:
            self._handle_buffer()
        except DecodeError as malformed:
            self._fail(AmqpError("amqp:decode-error", str(malformed)))
        except AmqpError as refusal:
            self._fail(refusal)

    def send_frame(self, channel: int, body: bytes) -> None:
        """Send one AMQP frame, together with whatever else this callback sends."""
        self._write(performatives.frame(channel, body))

    def abort(self) -> None:
        """Drop the client without a word, as a crash would."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(data)

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._outbox))
        self._outbox.clear()

    def _handle_buffer(self) -> None:
        buffer, at = self._buffer, 0
        self._refuse_tls(buffer)
        while len(buffer) - at >= 8:
            if buffer[at : at + 4] == b"AMQP":
                self._on_header(buffer[at : at + 8])
                at += 8
                continue
            size = int.from_bytes(buffer[at : at + 4])
            if not 8 <= size <= _MAX_FRAME_SIZE:
                raise AmqpError("amqp:connection:framing-error", f"A frame claims {size} bytes; 8–65536 are allowed.")
            if len(buffer) - at < size:
                break
            self._on_frame(buffer[at : at + size])
            at += size
        self._buffer = buffer[at:]

    def _refuse_tls(self, buffer: bytes) -> None:
        if buffer[:1] == bytes((_TLS_HANDSHAKE,)):
            log.error("a client speaks TLS: its connection string lacks 'UseDevelopmentEmulator=true' in lower case")
            self.abort()
            self._buffer = b""

    def _on_header(self, header: bytes) -> None:
        if header not in (_SASL_HEADER, _AMQP_HEADER):
            raise AmqpError("amqp:not-implemented", f"Protocol header {header!r} is neither AMQP 1.0 nor its SASL.")
        self._write(header)
        if header == _SASL_HEADER:
            self._write(performatives.frame(0, performatives.sasl_mechanisms(_MECHANISMS), kind=1))

    def _on_frame(self, frame: bytes) -> None:
        start, channel = frame[4] * 4, int.from_bytes(frame[6:8])
        if len(frame) == start:
            return  # a keep-alive
        code, at = decode(frame, start + 1)
        if code == performatives.ATTACH:
            if session := self._sessions.get(channel):
                session.on_attach(parse_attach(frame, at))
            return
        fields, end = decode(frame, at)
        if not isinstance(fields, list):
            raise DecodeError("not AMQP 1.0: a performative must be a list")
        try:
            self._on_performative(channel, code, fields, frame[end:])
        except TypeError as error:
            raise DecodeError(f"performative 0x{code:02x} does not have the fields it must have: {error}") from error

    def _on_performative(self, channel: int, code: int, fields: list[Any], payload: bytes) -> None:
        session = self._sessions.get(channel)
        match code:
            case performatives.TRANSFER if session:
                session.on_transfer(Transfer(*fields), payload)
            case performatives.DISPOSITION if session:
                session.on_disposition(Disposition(*fields))
            case performatives.FLOW if session:
                session.on_flow(Flow(*fields))
            case performatives.DETACH if session:
                session.on_detach(Detach(*fields))
            case performatives.BEGIN:
                self._on_begin(channel, fields)
            case performatives.END if session:
                del self._sessions[channel]
                session.close()
                self.send_frame(channel, performatives.end())
            case _:
                self._on_connection_performative(code, fields)

    def _on_connection_performative(self, code: int, fields: list[Any]) -> None:
        match code:
            case performatives.SASL_INIT:
                self._write(performatives.frame(0, performatives.sasl_outcome(), kind=1))
            case performatives.OPEN:
                self._on_open(Open(*fields))
            case performatives.CLOSE:
                self._close(None)
            case _:
                log.debug("ignored performative 0x%02x: its session has ended", code)

    def _on_open(self, opened: Open) -> None:
        self.max_frame_size = min(opened.max_frame_size or _MAX_FRAME_SIZE, _MAX_FRAME_SIZE)
        self.send_frame(0, performatives.open_(_CONTAINER, _MAX_FRAME_SIZE, _CHANNEL_MAX))
        if opened.idle_timeout:
            self._stay_alive(opened.idle_timeout / 2000)

    def _on_begin(self, channel: int, fields: list[Any]) -> None:
        next_outgoing_id = fields[1] if len(fields) > 1 else None
        if not isinstance(next_outgoing_id, int):
            raise DecodeError("begin: next-outgoing-id is missing")
        self._sessions[channel] = Session(self, channel, next_outgoing_id, self._router)
        self.send_frame(channel, performatives.begin(channel))

    def _stay_alive(self, seconds: float) -> None:
        self._keep_alive = self._loop.call_later(seconds, self._stay_alive, seconds)
        self.send_frame(0, b"")

    def _fail(self, reason: AmqpError) -> None:
        log.warning("closing a connection: %s", reason)
        self._close(reason)

    def _close(self, reason: AmqpError | None) -> None:
        self.send_frame(0, performatives.close(reason))
        self._flush()
        if self._transport is not None:
            self._transport.close()
