"""The front door as senders see it: the real handlers, over simulated ports."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func
import pytest

from handlers import webhooks as handler
from shared import services
from shared.doors.webhook_senders import Trust
from shared.doors.webhooks import Webhooks
from shared.ports import Bus, Case
from tests.simulated.house import House

OLD, NEW = "old-" + "o" * 40, "new-" + "n" * 40
TENANT = "00000000-0000-0000-0000-0000000000ff"
TOPIC = "/subscriptions/00000000-0000-0000-0000-000000000001"
JSON = {"Content-Type": "application/json"}
SENDERS = ("acr", "docker-hub", "harbor", "ghcr", "distribution", "event-grid", "mlflow", "databricks", "azure-monitor")
REGISTERED = {
    "entity": "model_version",
    "action": "created",
    "timestamp": "2026-11-21T00:52:32.576387+00:00",
    "data": {"name": "churn", "version": "1", "source": "runs:/a/model", "tags": {"team": "x"}},
}


class Front:
    """Sends to the handlers, and says what is on the queues and in quarantine."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.house = House()
        self._patch = patch
        self.trust()

    def trust(self, secrets: str | None = None, *, bus: Bus | None = None, **changed: Any) -> None:
        """Let every sender's setting hold `secrets`, by default an old and a new one; `bus` stands in for the usual."""
        text = f"{OLD} {NEW}" if secrets is None else secrets
        settings = {"topics": (TOPIC,), "tenant": "", "authenticated": True, **changed}
        trust = Trust(secrets=dict.fromkeys(SENDERS, text), **settings)
        webhooks = Webhooks(bus or self.house.bus, self.house.intake, self.house.clock, trust)
        self._patch.setattr(services, "_webhooks", lambda: webhooks)

    def send(
        self,
        sender: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        query: Mapping[str, str] | None = None,
    ) -> func.HttpResponse:
        """What the handler answers; JSON is said to come unless `headers` say otherwise."""
        sent = {**JSON, **(headers or {})} if method == "POST" else dict(headers or {})
        call = func.HttpRequest(
            method=method,
            url=f"https://gatehouse.example/api/webhooks/{sender}",
            headers=sent,
            params=dict(query or {}),
            route_params={"sender": sender},
            body=body,
        )
        answer: func.HttpResponse = handler.webhook.build().get_user_function()(call)
        return answer

    def signed(self, sender: str, body: bytes, secret: str = NEW, **more: Any) -> func.HttpResponse:
        """A delivery that proves its sender in the sender's own way."""
        if sender == "docker-hub":
            return self.send(sender, body, query={"code": secret})
        return self.send(sender, body, {**self.proof(sender, body, secret), **more})

    def proof(self, sender: str, body: bytes, secret: str = NEW) -> dict[str, str]:
        """The headers that prove a sender now."""
        if sender == "mlflow":
            return mlflow_headers(body, secret, str(int(self.house.clock.now())))
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        kinds = {"ghcr": {"X-Hub-Signature-256": f"sha256={digest}"}, "databricks": {"X-Databricks-Signature": digest}}
        return kinds.get(sender, {"X-Gatehouse-Secret": secret})

    def queued(self, queue: str) -> list[Any]:
        """What lies on a queue, as JSON."""
        return [json.loads(letter.body) for letter in self.house.bus.waiting() if letter.queue == queue]

    def cases(self) -> list[Case]:
        """What lies in quarantine."""
        return list(self.house.quarantine.cases.values())

    def nothing_kept(self) -> bool:
        """Whether no queue and no quarantine has anything."""
        return not self.house.bus.waiting() and not self.cases()


def mlflow_headers(body: bytes, secret: str, moment: str, delivery: str = "d-1") -> dict[str, str]:
    """What MLflow sends with `body` at `moment` (seconds since the epoch)."""
    signed = hmac.new(secret.encode(), f"{delivery}.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "X-MLflow-Delivery-Id": delivery,
        "X-MLflow-Timestamp": moment,
        "X-MLflow-Signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def pushed(repository: str, tag: str, digest: str, host: str = "registry.example", **more: Any) -> bytes:
    """A push as Azure Container Registry tells it."""
    target = {
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "digest": digest,
        "repository": repository,
        "tag": tag,
    }
    event = {"id": "e-1", "timestamp": "2026-11-21T00:00:00Z", "action": "push", "target": target}
    return json.dumps({**event, "request": {"id": "r", "host": host, "method": "PUT"}, **more}).encode()


def content(answer: func.HttpResponse) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.get_body())
