"""The broker: finds the queue, hub or management node behind an address, and serves them on one TCP port."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from local.messaging import cbs, hub_management
from local.messaging.attach import Attach
from local.messaging.clock import Clock, now_ms
from local.messaging.connection import Connection
from local.messaging.entities import DEFAULT_CONSUMER_GROUP, Entities, HubRules
from local.messaging.errors import AmqpError
from local.messaging.hub_node import HubNode, HubSink, PartitionSource
from local.messaging.links import OutgoingLink, SessionPort, Sink, Source
from local.messaging.queue_entry import QueueRules, dead_letter_rules
from local.messaging.queue_management import QueueManagement
from local.messaging.queue_node import QueueNode, QueueSink, QueueSource
from local.messaging.queues import Queue
from local.messaging.requests import HUB_DIALECT, QUEUE_DIALECT, ReplySource, RequestSink

DEAD_LETTERS = "/$deadletterqueue"
MANAGEMENT = "$management"


class Broker:
    """All queues and hubs, in memory: they live as long as this object, however often it is served."""

    def __init__(self, entities: Entities, clock: Clock = now_ms) -> None:
        self._clock = clock
        self._queues: dict[str, QueueNode] = {}
        self._hubs: dict[str, HubNode] = {}
        self._connections: set[Connection] = set()
        for queue in entities.queues:
            self.add_queue(queue)
        for hub in entities.hubs:
            self.add_hub(hub)

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[int]:
        """Listen (port 0: on any free one) while the context lasts; gives the port. Raises OSError if it is taken.

        On leaving, clients are cut off without a word, as in a crash.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._connect, host, port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for connection in list(self._connections):
                connection.abort()
            for node in self._queues.values():
                node.close()
            await server.wait_closed()

    def open_sink(self, attach: Attach, session: SessionPort) -> Sink:
        """The sink at an address. Raises AmqpError if nothing there takes messages."""
        path = attach.address
        if path == "$cbs":
            return RequestSink(session, path, partial(cbs.put_token, clock=self._clock), HUB_DIALECT)
        if path == MANAGEMENT:
            return RequestSink(session, path, partial(hub_management.read, hubs=self._hubs), HUB_DIALECT)
        if node := self._queues.get(path.removesuffix(f"/{MANAGEMENT}")):
            return self._queue_sink(path, node, session)
        match path.split("/"):
            case [name] if hub := self._hubs.get(name):
                return HubSink(hub)
            case [name, "partitions", partition] if hub := self._hubs.get(name):
                return HubSink(hub, hub.partition(partition))
        raise _no_such_entity(path)

    def open_source(self, attach: Attach, session: SessionPort, link: OutgoingLink) -> Source:
        """The source at an address, feeding `link`. Raises AmqpError if nothing there can be received from."""
        path = attach.address
        if path in ("$cbs", MANAGEMENT) or path.endswith(f"/{MANAGEMENT}"):
            source = ReplySource(link)
            session.on_reply_link(path, source.push)
            return source
        if node := self._queues.get(path):
            return QueueSource(node, link, settled=attach.settled)
        match path.split("/"):
            case [name, "consumergroups", group, "partitions", partition] if hub := self._hubs.get(name):
                self._refuse_unknown_group(hub, group)
                return PartitionSource(hub.partition(partition), group, attach, link)
        raise _no_such_entity(path)

    def add_queue(self, rules: QueueRules) -> None:
        """Add an empty queue, and its dead-letter queue."""
        dead = QueueNode(Queue(dead_letter_rules(rules)), self._clock)
        name = rules.name.lower()
        self._queues[name] = QueueNode(Queue(rules, dead.queue), self._clock, dead)
        self._queues[name + DEAD_LETTERS] = dead

    def add_hub(self, rules: HubRules) -> None:
        """Add an empty event hub."""
        self._hubs[rules.name.lower()] = HubNode(rules, self._clock)

    def _connect(self) -> Connection:
        connection = Connection(self, self._connections.discard)
        self._connections.add(connection)
        return connection

    def _queue_sink(self, path: str, node: QueueNode, session: SessionPort) -> Sink:
        if path.endswith(f"/{MANAGEMENT}"):
            return RequestSink(session, path, QueueManagement(node).handle, QUEUE_DIALECT)
        if path.endswith(DEAD_LETTERS):
            raise AmqpError("amqp:not-allowed", f"'{path}' takes dead letters only from its queue; send to the queue.")
        return QueueSink(node)

    def _refuse_unknown_group(self, hub: HubNode, group: str) -> None:
        known = (DEFAULT_CONSUMER_GROUP, *hub.rules.consumer_groups)
        if group not in [name.lower() for name in known]:
            told = f"Hub '{hub.rules.name}' has no consumer group '{group}'; it has {', '.join(known)}."
            raise AmqpError("amqp:not-found", told)


def _no_such_entity(path: str) -> AmqpError:
    told = f"The messaging entity '{path}' could not be found: name it in the emulator's configuration file."
    return AmqpError("amqp:not-found", told)
