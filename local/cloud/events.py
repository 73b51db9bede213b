"""Event Grid's part: a registered model becomes an event on the Service Bus queue subscribed to it."""

import json
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

from local.cloud.assets import AssetVersion
from local.cloud.outbox import Outbox

QUEUE = "model-events"


class ModelEvents:
    """Sends `ModelRegistered` events to `connection` (a Service Bus connection string); without one it sends none."""

    def __init__(self, connection: str) -> None:
        self._client: Any = None
        self._outbox: Outbox[bytes] | None = None
        if connection:
            self._open(connection)
        else:
            print("events are off: ServiceBusConnection is not set, or --no-events was given", file=sys.stderr)

    def _open(self, connection: str) -> None:
        from azure.servicebus.aio import ServiceBusClient

        self._client = ServiceBusClient.from_connection_string(connection, retry_total=1)
        self._sender = self._client.get_queue_sender(QUEUE)
        self._outbox = Outbox("events", self._send)

    def registered(self, workspace: str, model: AssetVersion) -> None:
        """Announces a new version of a model of the workspace with this ARM id."""
        if self._outbox is not None:
            self._outbox.put(json.dumps([registered_event(workspace, model)]).encode())

    async def _send(self, body: bytes) -> None:
        from azure.servicebus import ServiceBusMessage

        message = ServiceBusMessage(body, content_type="application/json", message_id=str(uuid.uuid4()))
        await self._sender.send_messages(message)

    async def close(self) -> None:
        """Sends what waits and disconnects."""
        if self._outbox is not None:
            await self._outbox.close()
            await self._sender.close()
            await self._client.close()


def registered_event(workspace: str, model: AssetVersion) -> dict[str, Any]:
    """The event in the Event Grid schema."""
    return {
        "topic": workspace,
        "subject": f"models/{model.name}:{model.version}",
        "eventType": "Microsoft.MachineLearningServices.ModelRegistered",
        "eventTime": datetime.now(UTC).isoformat(),
        "id": str(uuid.uuid4()),
        "data": {
            "modelName": model.name,
            "modelVersion": model.version,
            "modelTags": model.properties.get("tags") or {},
            "modelProperties": model.properties.get("properties") or {},
        },
        "dataVersion": "2",
        "metadataVersion": "1",
    }
