"""An event hub on the network: spreads events over partitions and lets each consumer read on at its own pace."""

from zlib import crc32

from local.messaging import encode, performatives
from local.messaging.attach import Attach
from local.messaging.clock import Clock
from local.messaging.decode import Described
from local.messaging.entities import HubRules
from local.messaging.errors import AmqpError
from local.messaging.hubs import PartitionLog, parse_selector
from local.messaging.links import OutgoingLink
from local.messaging.message import BATCH_FORMAT, DELIVERY_ANNOTATIONS, parse, split_batch

MAX_EVENT_BYTES = 2**20
EPOCH = "com.microsoft:epoch"

_LAST_SEQUENCE = encode.symbol("last_enqueued_sequence_number")
_LAST_OFFSET = encode.symbol("last_enqueued_offset")
_LAST_TIME = encode.symbol("last_enqueued_time_utc")
_RETRIEVED = encode.symbol("runtime_info_retrieval_time_utc")


class PartitionNode:
    """One partition: its log and the consumers that read it, by consumer group."""

    def __init__(self, clock: Clock) -> None:
        self.log = PartitionLog()
        self.clock = clock
        self._consumers: list[PartitionSource] = []

    def add(self, consumer: "PartitionSource") -> None:
        """Let a consumer in; among those of its group an epoch cuts off lower or equal epochs, and who has none.

        Raises AmqpError if a consumer with a higher epoch reads already.
        """
        rivals = [other for other in self._consumers if other.group == consumer.group]
        if any(other.outranks(consumer) for other in rivals):
            raise stolen("A consumer with a higher epoch reads this partition; wait for it or raise your owner level.")
        if consumer.epoch is not None:
            for rival in rivals:
                rival.link.cut(stolen(f"A new consumer with epoch {consumer.epoch} reads this partition now."))
        self._consumers.append(consumer)

    def remove(self, consumer: "PartitionSource") -> None:
        """Let a consumer go."""
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    def wake(self) -> None:
        """Events were appended."""
        for consumer in list(self._consumers):
            consumer.wake()


def stolen(description: str) -> AmqpError:
    """The error for a consumer that lost its partition to another."""
    return AmqpError("amqp:link:stolen", description)


class HubNode:
    """One event hub."""

    def __init__(self, rules: HubRules, clock: Clock) -> None:
        self.rules = rules
        self.created_at = clock()
        self.partitions = [PartitionNode(clock) for _ in range(rules.partitions)]
        self._turn = 0

    def partition(self, identifier: str) -> PartitionNode:
        """The partition with that id ("0" to the number of partitions less one). Raises AmqpError if there is none."""
        if identifier.isdecimal() and int(identifier) < len(self.partitions):
            return self.partitions[int(identifier)]
        told = f"Hub '{self.rules.name}' has no partition '{identifier}'; it has 0 to {len(self.partitions) - 1}."
        raise AmqpError("com.microsoft:argument-out-of-range", told)

    def choose(self, key: str | None) -> PartitionNode:
        """The partition for a key, always the same one; without a key the next in turn."""
        if key is not None:
            return self.partitions[crc32(str(key).encode()) % len(self.partitions)]
        self._turn = (self._turn + 1) % len(self.partitions)
        return self.partitions[self._turn]


class HubSink:
    """Takes what a producer sends: to one partition if it named one, else by key or in turn."""

    max_message_size = MAX_EVENT_BYTES
    attach_properties = encode.NULL

    def __init__(self, hub: HubNode, partition: PartitionNode | None = None) -> None:
        self._hub = hub
        self._partition = partition

    def take(self, payload: bytes, message_format: int) -> None:
        """Append an event, or a batch to one partition."""
        if message_format == BATCH_FORMAT:
            events, envelope = split_batch(payload)
        else:
            envelope = parse(payload)
            events = [envelope]
        partition = self._partition or self._hub.choose(envelope.partition_key)
        now = partition.clock()
        for event in events:
            partition.log.append(event, now)
        partition.wake()


class PartitionSource:
    """Feeds one consumer of a partition; events are sent settled, for consumers keep their own checkpoints."""

    settled = True

    def __init__(self, partition: PartitionNode, group: str, attach: Attach, link: OutgoingLink) -> None:
        self._partition = partition
        self._next = partition.log.start(parse_selector(attach.selector))
        self._tells_end = attach.wants_runtime_metric
        self.group = group
        self.epoch: int | None = attach.properties.get(EPOCH)
        self.link = link
        partition.add(self)

    def outranks(self, newcomer: "PartitionSource") -> bool:
        """Whether this consumer keeps the newcomer out: a higher epoch does, an equal one gives way."""
        return self.epoch is not None and (newcomer.epoch is None or newcomer.epoch < self.epoch)

    def wake(self) -> None:
        """Send what the link takes."""
        while self.link.ready and (event := self._partition.log.get(self._next)):
            self._next = event.sequence + 1
            told = _end_of(self._partition) if self._tells_end else b""
            self.link.send(b"", told + event.payload, settled=True)

    def settle(self, tag: bytes, state: Described) -> bytes:  # noqa: ARG002 - all are settled already
        """Nothing to settle: agree."""
        return performatives.outcome(state.descriptor)

    def close(self) -> None:
        """Stop reading."""
        self._partition.remove(self)


def _end_of(partition: PartitionNode) -> bytes:
    """Delivery annotations that tell where the partition's end is."""
    log = partition.log
    pairs = [
        _LAST_SEQUENCE + encode.int64(log.next_sequence - 1),
        _LAST_OFFSET + encode.string(str(log.last_offset)),
        _LAST_TIME + encode.timestamp(log.last_enqueued_at),
        _RETRIEVED + encode.timestamp(partition.clock()),
    ]
    return encode.described(DELIVERY_ANNOTATIONS, encode.map_of(pairs))
