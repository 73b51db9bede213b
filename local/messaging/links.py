"""The two kinds of link ends, and what they need from the entity behind them."""

from collections.abc import Callable
from typing import Protocol

from local.messaging import performatives
from local.messaging.attach import Attach
from local.messaging.decode import Described
from local.messaging.errors import AmqpError, DecodeError
from local.messaging.performatives import Flow, Transfer

CREDIT = 1000


class Sink(Protocol):
    """What takes the messages a client sends over a link."""

    max_message_size: int  # bytes
    attach_properties: bytes  # an encoded map, or null

    def take(self, payload: bytes, message_format: int) -> None:
        """Take one delivery. Raises AmqpError or DecodeError to reject it."""


class Source(Protocol):
    """What feeds a link from which a client receives."""

    settled: bool  # deliveries are sent settled

    def wake(self) -> None:
        """The link may have become ready: send what there is."""

    def settle(self, tag: bytes, state: Described) -> bytes:
        """Apply the client's outcome to a delivery; the outcome to answer. Raises AmqpError if it cannot be applied."""

    def close(self) -> None:
        """The link is gone: send nothing more to it."""


class SessionPort(Protocol):
    """What links need from their session."""

    @property
    def writable(self) -> bool:
        """Whether the connection takes more without piling up."""

    def send(self, body: bytes, payload: bytes = b"") -> None:
        """Send one frame on the session's channel."""

    def send_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        """Send a link's flow."""

    def send_delivery(self, link: "OutgoingLink", tag: bytes, payload: bytes, *, settled: bool) -> None:
        """Send one message in as many frames as it needs."""

    def on_reply_link(self, address: str, push: Callable[[bytes], None]) -> None:
        """Remember how a node's answers to requests made on this session are sent."""

    def reply(self, address: str, payload: bytes) -> None:
        """Send a node's answer over the link remembered for it."""


class Router(Protocol):
    """Finds the entity behind an address."""

    def open_sink(self, attach: Attach, session: SessionPort) -> Sink:
        """The sink at the attach's address. Raises AmqpError if nothing there takes messages."""

    def open_source(self, attach: Attach, session: SessionPort, link: "OutgoingLink") -> Source:
        """The source at the attach's address, feeding `link`. Raises AmqpError if there is nothing to receive from."""


class IncomingLink:
    """The end of a link on which the client sends."""

    def __init__(self, session: SessionPort, attach: Attach, sink: Sink) -> None:
        self._session = session
        self._handle = attach.handle
        self._sink = sink
        self._delivery_count = attach.initial_delivery_count
        self._credit = 0
        self._pieces: list[bytes] = []
        self._first: Transfer | None = None
        self._size = 0

    def replenish(self) -> None:
        """Grant credit again once half of it is used; the SDKs ignore credit, other clients do not."""
        if self._credit < CREDIT // 2:
            self._credit = CREDIT
            self._session.send_flow(self._handle, self._delivery_count, self._credit)

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """One frame of a delivery; after the last one the sink takes it and the client is told."""
        self._first = self._first or transfer
        self._size += len(payload)
        if self._size <= self._sink.max_message_size:
            self._pieces.append(payload)
        if transfer.more:
            return
        first, whole, size = self._first, b"".join(self._pieces), self._size
        self._first, self._pieces, self._size = None, [], 0
        self._delivery_count += 1
        self._credit -= 1
        if not transfer.aborted:
            self._deliver(first, whole, size)
        self.replenish()

    def _deliver(self, first: Transfer, payload: bytes, size: int) -> None:
        outcome = self._take(payload, size, first.message_format or 0)
        if not first.settled and first.delivery_id is not None:
            self._session.send(performatives.disposition(True, first.delivery_id, outcome))

    def _take(self, payload: bytes, size: int, message_format: int) -> bytes:
        try:
            if size > self._sink.max_message_size:
                raise self._too_large(size)
            self._sink.take(payload, message_format)
        except AmqpError as refusal:
            return performatives.rejected(refusal)
        except DecodeError as malformed:
            return performatives.rejected(AmqpError("amqp:decode-error", str(malformed)))
        return performatives.ACCEPTED_OUTCOME

    def _too_large(self, size: int) -> AmqpError:
        limit = self._sink.max_message_size
        return AmqpError("amqp:link:message-size-exceeded", f"The message has {size} bytes; {limit} are allowed here.")

    def close(self) -> None:
        """Nothing is held for a sender."""


class OutgoingLink:
    """The end of a link on which the client receives."""

    def __init__(self, session: SessionPort, attach: Attach) -> None:
        self._session = session
        self.handle = attach.handle
        self.source: Source | None = None
        self._credit = 0
        self._delivery_count = 0
        self._detach: Callable[[AmqpError], None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the client wants another message and the connection can take it."""
        return self._credit > 0 and self._session.writable

    def send(self, tag: bytes, payload: bytes, *, settled: bool) -> None:
        """Send one message; uses up one credit."""
        self._credit -= 1
        self._delivery_count += 1
        self._session.send_delivery(self, tag, payload, settled=settled)

    def on_flow(self, flow: Flow) -> None:
        """New credit; a drain takes back what cannot be used at once, and is answered."""
        seen = self._delivery_count if flow.delivery_count is None else flow.delivery_count
        self._credit = max(seen + (flow.link_credit or 0) - self._delivery_count, 0)
        if self.source is not None:
            self.source.wake()
        if flow.drain:
            self._delivery_count += self._credit
            self._credit = 0
        if flow.drain or flow.echo:
            self._session.send_flow(self.handle, self._delivery_count, self._credit, drain=bool(flow.drain))

    def on_detach_wanted(self, detach: Callable[[AmqpError], None]) -> None:
        """Remember how the session cuts this link off."""
        self._detach = detach

    def cut(self, reason: AmqpError) -> None:
        """Detach the client from the broker's side, telling it why."""
        if self._detach is not None:
            self._detach(reason)

    def close(self) -> None:
        """The link is gone."""
        self._credit = 0
        if self.source is not None:
            self.source.close()
