"""Event Hubs triggers: one partition's batches in order, and a checkpoint after each, whatever the function did."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubConsumerClient, PartitionContext
from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore
from azure.storage.blob.aio import ContainerClient

from local.host.config import HostConfig, connection_string, resolve
from local.host.functions import Function
from local.host.payloads import (
    Long,
    PayloadError,
    body_of,
    metadata_of_many,
    metadata_of_one,
    overwritten_by_body,
    payload_of_many,
    payload_of_one,
    properties_of,
    text_of,
)
from local.host.worker import Worker

_LOG = logging.getLogger("local.host")
CHECKPOINT_CONTAINER = "azure-webjobs-eventhub"
# Shorter than the platform's, so that a host started after a kill soon owns the dead one's partitions.
_BALANCE_SECONDS = 2.0
_OWNERSHIP_SECONDS = 4.0
_EARLIEST = "-1"
_PAUSE_AFTER_TROUBLE = 1.0


class HubTrigger:
    """One function triggered by an event hub, on every partition this host owns."""

    def __init__(self, function: Function, worker: Worker, config: HostConfig, settings: Mapping[str, str]) -> None:
        """Raises StartError when the hub's name, its connection or AzureWebJobsStorage cannot be resolved."""
        self.function = function
        self._worker = worker
        self._config = config
        self._hub = resolve(str(function.trigger["eventHubName"]), settings)
        self._group = resolve(str(function.trigger.get("consumerGroup") or "$Default"), settings)
        self._connection = connection_string(str(function.trigger["connection"]), settings)
        self._storage = connection_string("AzureWebJobsStorage", settings)
        self._client: EventHubConsumerClient | None = None
        self._receiving: asyncio.Task[None] | None = None
        self._busy: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Begin to receive."""
        self._receiving = asyncio.create_task(self._receive(), name=f"hub {self._hub}")

    async def stop(self, seconds: float) -> None:
        """Take no more batches, let running ones finish for at most `seconds`, then close the client.

        A batch that does not finish has no checkpoint: it will be delivered again.
        """
        self._stopping.set()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=seconds)
        for batch in self._busy:
            batch.cancel()
        if self._client:
            await self._client.close()
        if self._receiving:
            self._receiving.cancel()
            await asyncio.gather(self._receiving, return_exceptions=True)

    async def _receive(self) -> None:
        """Receive through one client after the other; trouble with storage or broker only costs a pause."""
        while not self._stopping.is_set():
            try:
                await self._receive_with_client()
            except Exception as error:
                _LOG.warning("hub %s: %r; receiving again", self._hub, error)
                await asyncio.sleep(_PAUSE_AFTER_TROUBLE)

    async def _receive_with_client(self) -> None:
        await create_checkpoint_container(self._storage)
        store = BlobCheckpointStore.from_connection_string(self._storage, CHECKPOINT_CONTAINER)
        async with store:
            self._client = self._consumer(store)
            async with self._client:
                await self._client.receive_batch(
                    on_event_batch=self._on_batch,
                    on_error=self._on_error,
                    max_batch_size=self._config.max_event_batch_size if self.function.many else 1,
                    prefetch=self._config.prefetch_count,
                    starting_position=_EARLIEST,
                )

    def _consumer(self, store: BlobCheckpointStore) -> EventHubConsumerClient:
        return EventHubConsumerClient.from_connection_string(
            self._connection,
            consumer_group=self._group,
            eventhub_name=self._hub,
            checkpoint_store=store,
            load_balancing_interval=_BALANCE_SECONDS,
            partition_ownership_expiration_interval=_OWNERSHIP_SECONDS,
        )

    async def _on_batch(self, context: PartitionContext, events: list[EventData]) -> None:
        if self._stopping.is_set():
            await asyncio.Event().wait()
        batch = asyncio.create_task(self._process(context, events))
        self._busy.add(batch)
        batch.add_done_callback(self._busy.discard)
        # Shielded: closing the client cancels this call, but the batch gets its time to finish.
        await asyncio.shield(batch)

    async def _process(self, context: PartitionContext, events: list[EventData]) -> None:
        try:
            data, metadata = self._datums(context, events)
        except PayloadError as error:
            _LOG.error("%s was not called: %s", self.function.name, error)
        else:
            await self._worker.persist(self.function, data, metadata)
        await self._checkpoint(context, events[-1])

    async def _checkpoint(self, context: PartitionContext, event: EventData) -> None:
        try:
            await context.update_checkpoint(event)
        except AzureError as error:
            _LOG.warning("hub %s/%s: no checkpoint: %s", self._hub, context.partition_id, error)

    async def _on_error(self, context: PartitionContext | None, error: Exception) -> None:
        partition = context.partition_id if context else "*"
        _LOG.warning("hub %s/%s: %s; receiving again", self._hub, partition, error)

    def _datums(self, context: PartitionContext, events: list[EventData]) -> tuple[Any, dict[str, Any]]:
        bodies = [body_of(event.body) for event in events]
        values = [metadata_of(event) for event in events]
        place = metadata_of_one(_context(context))
        data_type = self.function.data_type
        if self.function.many:
            return payload_of_many(bodies, data_type), place | metadata_of_many(values)
        metadata = place | metadata_of_one(values[0])
        if data_type != "binary":
            metadata = overwritten_by_body(metadata, bodies[0])
        return payload_of_one(bodies[0], data_type), metadata


async def create_checkpoint_container(storage: str) -> None:
    """Create the container of checkpoints and ownerships in the storage account, if it is not there."""
    async with ContainerClient.from_connection_string(storage, CHECKPOINT_CONTAINER) as container:
        try:
            await container.create_container()
        except ResourceExistsError:
            _LOG.debug("container %s exists", CHECKPOINT_CONTAINER)


def _context(context: PartitionContext) -> dict[str, Any]:
    place = {
        "FullyQualifiedNamespace": context.fully_qualified_namespace,
        "EventHubName": context.eventhub_name,
        "ConsumerGroup": context.consumer_group,
        "PartitionId": context.partition_id,
    }
    return {"PartitionContext": place, "TriggerPartitionContext": place | {"IsCheckpointingAfterInvocation": True}}


def metadata_of(event: EventData) -> dict[str, Any]:
    """The trigger metadata the platform gives for an event, by name; None where absent."""
    enqueued = event.enqueued_time and event.enqueued_time.isoformat().replace("+00:00", "Z")
    key = text_of(event.partition_key)
    offset = Long(event.offset) if str(event.offset).isdigit() else Long(-1)
    system = {
        "SequenceNumber": event.sequence_number,
        "Offset": int(offset),
        "OffsetString": event.offset,
        "PartitionKey": key,
        "EnqueuedTimeUtc": enqueued,
    }
    return {
        "PartitionKey": key,
        "Offset": offset,
        "OffsetString": event.offset,
        "SequenceNumber": Long(event.sequence_number or 0),
        "EnqueuedTimeUtc": event.enqueued_time,
        "Properties": properties_of(event.properties),
        "SystemProperties": system,
    }
