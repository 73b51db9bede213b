"""Diagnostic logs of scored requests, packed many to one event on the telemetry hub."""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from local.cloud import RESOURCE_GROUP, SUBSCRIPTION, WORKSPACE
from local.cloud.arm import LOCATION, PROVIDER
from local.cloud.collecting import Collected, records
from local.cloud.outbox import Outbox

HUB = "inference-telemetry"
LINGER_SECONDS = 0.1
RECORDS_PER_EVENT = 200
BYTES_PER_EVENT = 200_000  # well below the hub's limit of 1 MB
WORKSPACE_ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/{PROVIDER}/workspaces/{WORKSPACE}"
)


@dataclass(frozen=True)
class ScoredRequest:
    """One request a deployment answered; sizes in bytes, `milliseconds` the whole time it took."""

    time: datetime
    endpoint: str
    deployment: str
    status: int
    model_status: int
    milliseconds: float
    request_id: str
    client_request_id: str | None
    user_agent: str
    request_size: int
    response_size: int
    outputs: list[Any] | None

    def record(self) -> dict[str, Any]:
        """The diagnostic record, in the shape of category AmlOnlineEndpointTrafficLog with the predictions added."""
        return {
            "time": self.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "resourceId": f"{WORKSPACE_ID}/onlineEndpoints/{self.endpoint}".upper(),
            "category": "AmlOnlineEndpointTrafficLog",
            "operationName": f"{PROVIDER}/workspaces/onlineEndpoints/score/action",
            "level": "Informational",
            "location": LOCATION,
            "properties": self._properties(),
        }

    def _properties(self) -> dict[str, Any]:
        return {
            "Method": "POST",
            "Path": "/score",
            "SubscriptionId": SUBSCRIPTION,
            "AzureMLWorkspaceId": SUBSCRIPTION,
            "AzureMLWorkspaceName": WORKSPACE,
            "EndpointName": self.endpoint,
            "DeploymentName": self.deployment,
            "Protocol": "HTTP/1.1",
            "ResponseCode": self.status,
            "ResponseCodeReason": HTTPStatus(self.status).phrase,
            "ModelStatusCode": self.model_status,
            "ModelStatusReason": HTTPStatus(self.model_status).phrase,
            "RequestPayloadSize": self.request_size,
            "ResponsePayloadSize": self.response_size,
            "UserAgent": self.user_agent,
            "XRequestId": self.request_id,
            "XMSClientRequestId": self.client_request_id,
            "TotalDurationMs": round(self.milliseconds, 3),
            "RequestDurationMs": 0.0,
            "ResponseDurationMs": 0.0,
            "RequestThrottlingDelayMs": 0,
            "ResponseThrottlingDelayMs": 0,
            "ModelOutputs": self.outputs,
        }


class Telemetry:
    """Sends records to `connection` (an Event Hubs connection string); without one it sends none."""

    def __init__(self, connection: str) -> None:
        self._gathered: dict[str, list[ScoredRequest]] = {}
        self._collected: dict[str, list[dict[str, Any]]] = {}
        self._pending: asyncio.TimerHandle | None = None
        self._producer: Any = None
        self._outbox: Outbox[tuple[str, bytes]] | None = None
        if connection:
            self._open(connection)
        else:
            print("telemetry is off: EventHubConnection is not set", file=sys.stderr)

    def _open(self, connection: str) -> None:
        from azure.eventhub.aio import EventHubProducerClient

        self._producer = EventHubProducerClient.from_connection_string(connection, eventhub_name=HUB, retry_total=1)
        self._outbox = Outbox("telemetry", self._send)

    def scored(self, request: ScoredRequest) -> None:
        """Takes one request; it leaves within 100 ms together with the others of its endpoint."""
        if self._outbox is None:
            return
        self._gathered.setdefault(request.endpoint, []).append(request)
        if self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._pack, self._outbox)

    def collected(self, request: ScoredRequest, content: Collected) -> None:
        """Takes what was collected of a request that `scored` took just before; it leaves in events of its own."""
        place = f"{WORKSPACE_ID}/onlineEndpoints/{request.endpoint}/deployments/{request.deployment}"
        told = records(content, place, request.request_id, request.time)
        if self._outbox is not None:
            self._collected.setdefault(request.endpoint, []).extend(told)

    def _pack(self, outbox: Outbox[tuple[str, bytes]]) -> None:
        self._pending = None
        gathered, self._gathered = self._gathered, {}
        collected, self._collected = self._collected, {}
        scored = {endpoint: [request.record() for request in requests] for endpoint, requests in gathered.items()}
        for endpoint, content in (*scored.items(), *collected.items()):
            for event in packed(json.dumps(record).encode() for record in content):
                outbox.put((endpoint, event))

    async def _send(self, event: tuple[str, bytes]) -> None:
        from azure.eventhub import EventData

        endpoint, body = event
        try:
            await self._producer.send_batch([EventData(body)], partition_key=endpoint)
        except ValueError as error:  # larger than the hub takes: trying again would never end
            print(f"telemetry: {len(body)} bytes about {endpoint} were dropped: {error}", file=sys.stderr)

    async def close(self) -> None:
        """Sends what was gathered and disconnects."""
        if self._outbox is None:
            return
        if self._pending is not None:
            self._pending.cancel()
        self._pack(self._outbox)
        await self._outbox.close()
        await self._producer.close()


def packed(records: Iterable[bytes]) -> Iterator[bytes]:
    """Bodies of events: `{"records": […]}` with the records in order, as many to one as the two limits allow."""
    together: list[bytes] = []
    for record in records:
        if together and (len(together) == RECORDS_PER_EVENT or sum(map(len, together)) + len(record) > BYTES_PER_EVENT):
            yield b'{"records": [%s]}' % b", ".join(together)
            together = []
        together.append(record)
    if together:
        yield b'{"records": [%s]}' % b", ".join(together)
