"""What registries post reaches the ledger through the real host, and only when it is proven and true."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import requests

from tests.journeys.world import REPOSITORY, SECRET, World

DELIVERED = Callable[..., Any]


def post(world: World, sender: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    """Post bytes to a webhook as its sender would."""
    sent = {"Content-Type": "application/json", **headers}
    return requests.post(f"{world.platform.url}/api/webhooks/{sender}", data=body, headers=sent, timeout=30)


def signed_by_mlflow(body: bytes, delivery: str) -> dict[str, str]:
    """What MLflow sends with `body` now."""
    moment = str(int(time.time()))
    signature = hmac.digest(SECRET.encode(), f"{delivery}.{moment}.".encode() + body, hashlib.sha256)
    return {
        "X-MLflow-Delivery-Id": delivery,
        "X-MLflow-Timestamp": moment,
        "X-MLflow-Signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def test_a_push_by_tag_is_known_by_the_digest_of_the_registry(world: World, eventually: DELIVERED) -> None:
    digest = world.team.push_image(REPOSITORY, "posted")
    target = {"repository": REPOSITORY, "tag": "posted"}
    body = json.dumps({"id": "j-1", "timestamp": "2026-11-21T00:00:00Z", "action": "push", "target": target}).encode()

    assert post(world, "acr", body, {}).status_code == 401
    assert post(world, "acr", body, {"X-Gatehouse-Secret": SECRET}).status_code == 200

    image = eventually("the image is known", lambda: world.image(digest))
    first = image["ledger"][0]
    assert (first["fact"], first["data"]["tag"]) == ("ImagePushed", "posted")


def test_a_version_that_mlflow_tells_of_starts_a_release_once(world: World, eventually: DELIVERED) -> None:
    data = {"name": "told-by-mlflow", "version": "1", "source": "runs:/a/model", "tags": {}}
    told = {"entity": "model_version", "action": "created", "timestamp": "2026-11-21T00:00:00+00:00", "data": data}
    body = json.dumps(told).encode()
    headers = signed_by_mlflow(body, "journey-1")

    codes = [post(world, "mlflow", text, headers).status_code for text in (body, body, body + b" ")]

    assert codes == [200, 200, 401]
    eventually("it is rejected", lambda: world.stage("told-by-mlflow", "1") == "rejected")
    history = world.team.release("told-by-mlflow", "1")["history"]
    assert len([line for line in history if "ModelRegistered" in line]) == 1


def test_another_method_is_answered_by_the_door_itself(world: World) -> None:
    answer = requests.get(f"{world.platform.url}/api/webhooks/acr", timeout=30)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    asked = {"WebHook-Request-Origin": "eventgrid.azure.net"}
    allowed = requests.options(f"{world.platform.url}/api/webhooks/event-grid", headers=asked, timeout=30)
    assert allowed.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
