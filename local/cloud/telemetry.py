"""Diagnostic logs of scored requests, packed many to one event on the telemetry hub."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import batched
from typing import Any

from local.cloud import RESOURCE_GROUP, SUBSCRIPTION, WORKSPACE
from local.cloud.arm import LOCATION, PROVIDER
from local.cloud.outbox import Outbox

HUB = "inference-telemetry"
LINGER_SECONDS = 0.1
RECORDS_PER_EVENT = 200
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
            self._pending = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._pack)

    def _pack(self) -> None:
        self._pending = None
        gathered, self._gathered = self._gathered, {}
        for endpoint, requests in gathered.items():
            for some in batched(requests, RECORDS_PER_EVENT, strict=False):
                self._put(endpoint, json.dumps({"records": [request.record() for request in some]}).encode())

    def _put(self, endpoint: str, event: bytes) -> None:
        assert self._outbox is not None
        self._outbox.put((endpoint, event))

    async def _send(self, event: tuple[str, bytes]) -> None:
        from azure.eventhub import EventData

        endpoint, body = event
        await self._producer.send_batch([EventData(body)], partition_key=endpoint)

    async def close(self) -> None:
        """Sends what was gathered and disconnects."""
        if self._outbox is None:
            return
        if self._pending is not None:
            self._pending.cancel()
        self._pack()
        await self._outbox.close()
        await self._producer.close()
