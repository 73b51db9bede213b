"""An AMQP session: its links, its delivery numbers, and the deliveries nobody has settled yet."""

from collections.abc import Callable
from typing import Protocol

from local.messaging import performatives
from local.messaging.attach import Attach
from local.messaging.decode import Described
from local.messaging.encode import NULL
from local.messaging.errors import AmqpError
from local.messaging.links import IncomingLink, OutgoingLink, Router, Sink
from local.messaging.performatives import Detach, Disposition, Flow, Transfer

_TRANSFER_ROOM = 64  # no transfer performative of ours is longer, frame header included
_NO_LIMIT = 2**20


class ConnectionPort(Protocol):
    """What a session needs from its connection."""

    writable: bool
    max_frame_size: int  # the client's, in bytes

    def send_frame(self, channel: int, body: bytes) -> None:
        """Send one frame."""


class Session:
    """The server's end of one session; it uses the client's channel and handle numbers as its own."""

    def __init__(self, connection: ConnectionPort, channel: int, next_incoming_id: int, router: Router) -> None:
        self._connection = connection
        self._channel = channel
        self._router = router
        self._next_incoming_id = next_incoming_id
        self._next_outgoing_id = 0
        self._incoming: dict[int, IncomingLink] = {}
        self._outgoing: dict[int, OutgoingLink] = {}
        self._unsettled: dict[int, tuple[OutgoingLink, bytes]] = {}
        self._replies: dict[str, Callable[[bytes], None]] = {}

    @property
    def writable(self) -> bool:
        """Whether the connection takes more without piling up."""
        return self._connection.writable

    def send(self, body: bytes, payload: bytes = b"") -> None:
        """Send one frame on this session's channel."""
        self._connection.send_frame(self._channel, body + payload)

    def send_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        """Send a link's flow."""
        ids = (self._next_incoming_id, self._next_outgoing_id)
        self.send(performatives.flow(ids, handle, delivery_count, credit, drain=drain))

    def send_delivery(self, link: OutgoingLink, tag: bytes, payload: bytes, *, settled: bool) -> None:
        """Send one message in as many frames as it needs; unless settled, await its outcome."""
        delivery_id = self._next_outgoing_id
        self._next_outgoing_id = (delivery_id + 1) & 0xFFFFFFFF
        if not settled:
            self._unsettled[delivery_id] = (link, tag)
        room = self._connection.max_frame_size - _TRANSFER_ROOM
        at = 0
        while len(payload) - at > room:
            more = performatives.transfer(link.handle, delivery_id, tag, settled, True)
            self.send(more, payload[at : at + room])
            at += room
        self.send(performatives.transfer(link.handle, delivery_id, tag, settled, False), payload[at:])

    def on_reply_link(self, address: str, push: Callable[[bytes], None]) -> None:
        """Remember how a node's answers to requests made on this session are sent."""
        self._replies[address] = push

    def reply(self, address: str, payload: bytes) -> None:
        """Send a node's answer; dropped if the client listens no more, as a service would."""
        push = self._replies.get(address)
        if push is not None:
            push(payload)

    def on_attach(self, attach: Attach) -> None:
        """Attach a link, or refuse it: an attach without termini, then a detach that says why."""
        try:
            if attach.role:
                self._attach_outgoing(attach)
            else:
                self._attach_incoming(attach)
        except AmqpError as refusal:
            self._answer(attach, NULL, NULL, sink=None, settled=attach.settled)
            self.send(performatives.detach(attach.handle, refusal))

    def on_flow(self, flow: Flow) -> None:
        """Credit for an outgoing link; session windows need no care, ours never closes and theirs is left to TCP."""
        if flow.handle is not None and (link := self._outgoing.get(flow.handle)):
            link.on_flow(flow)

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """A frame of a message. Raises AmqpError if its handle is not attached."""
        self._next_incoming_id = (self._next_incoming_id + 1) & 0xFFFFFFFF
        link = self._incoming.get(transfer.handle)
        if link is None:
            raise AmqpError("amqp:session:unattached-handle", f"No sender is attached with handle {transfer.handle}.")
        link.on_transfer(transfer, payload)

    def on_disposition(self, disposition: Disposition) -> None:
        """The client's outcome for deliveries it received; each is answered, unless it asked for no answer."""
        if not disposition.role:
            return
        last = disposition.first if disposition.last is None else disposition.last
        if last - disposition.first > len(self._unsettled):  # a range wider than what we track: walk what we track
            covered = [number for number in self._unsettled if disposition.first <= number <= last]
        else:
            covered = list(range(disposition.first, last + 1))
        for delivery_id in covered:
            self._settle(delivery_id, disposition)

    def on_detach(self, detach: Detach) -> None:
        """The client lets go of a link."""
        if self._forget(detach.handle):
            self.send(performatives.detach(detach.handle))

    def wake(self) -> None:
        """The connection takes more again: let every source send."""
        for link in list(self._outgoing.values()):
            if link.source is not None:
                link.source.wake()

    def close(self) -> None:
        """The session is gone, and all its links with it."""
        for handle in [*self._incoming, *self._outgoing]:
            self._forget(handle)

    def _attach_outgoing(self, attach: Attach) -> None:
        link = OutgoingLink(self, attach)
        link.source = self._router.open_source(attach, self, link)
        link.on_detach_wanted(self._cutter(attach.handle))
        self._outgoing[attach.handle] = link
        self._answer(attach, attach.source, attach.target, sink=None, settled=link.source.settled)

    def _attach_incoming(self, attach: Attach) -> None:
        sink = self._router.open_sink(attach, self)
        link = self._incoming[attach.handle] = IncomingLink(self, attach, sink)
        self._answer(attach, attach.source, attach.target, sink=sink, settled=attach.settled)
        link.replenish()

    def _answer(self, attach: Attach, source: bytes, target: bytes, *, sink: Sink | None, settled: bool) -> None:
        answer = performatives.attach(
            attach.name,
            attach.handle,
            role=not attach.role,
            settle_modes=(1 if settled else attach.sender_settle_mode, attach.receiver_settle_mode),
            source=source,
            target=target,
            max_message_size=sink.max_message_size if sink else _NO_LIMIT,
            properties=sink.attach_properties if sink else NULL,
        )
        self.send(answer)

    def _cutter(self, handle: int) -> Callable[[AmqpError], None]:
        def cut(reason: AmqpError) -> None:
            self._forget(handle)
            self.send(performatives.detach(handle, reason))

        return cut

    def _forget(self, handle: int) -> bool:
        link = self._incoming.pop(handle, None) or self._outgoing.pop(handle, None)
        if link is None:
            return False
        link.close()
        if isinstance(link, OutgoingLink):
            self._unsettled = {key: held for key, held in self._unsettled.items() if held[0] is not link}
        return True

    def _settle(self, delivery_id: int, disposition: Disposition) -> None:
        if not isinstance(disposition.state, Described) or disposition.state.descriptor == performatives.RECEIVED:
            return  # no outcome yet
        link, tag = self._unsettled.pop(delivery_id, (None, b""))
        try:
            if link is None or link.source is None:
                raise AmqpError("com.microsoft:message-lock-lost", f"Delivery {delivery_id} was already settled.")
            answer = link.source.settle(tag, disposition.state)
        except AmqpError as refusal:
            answer = performatives.rejected(refusal)
        if not disposition.settled:
            self.send(performatives.disposition(False, delivery_id, answer))
