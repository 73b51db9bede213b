"""What registries post reaches the ledger through the real host, and only when it is proven and true."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import requests

from local import send
from shared.contracts import wire
from shared.core.facts import WatchBegun
from shared.core.watch_policy import WatchPolicy
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


def test_alerts_by_the_hub_and_by_an_action_group_are_heard_of_a_watched_model(
    world: World, eventually: DELIVERED
) -> None:
    world.send("facts", wire.encode_fact(begun("watched")))
    eventually("it is watched", lambda: watch(world, "watched"))

    by_hub, by_post = alert("by-hub", "watched"), alert("by-post", "watched")
    send.send("monitoring-alerts", [b'{"poison": 1}', by_hub, by_hub])
    assert post(world, "azure-monitor", by_post, {}).status_code == 401
    assert post(world, "azure-monitor", by_post, {"X-Gatehouse-Secret": SECRET}).status_code == 200

    signals = eventually("both are heard", lambda: heard(world, "watched", 2))
    assert signals == ["azure-monitor: by-hub", "azure-monitor: by-post"]
    (case,) = eventually("the poison is kept", lambda: [c for c in world.quarantined() if c["body"] == b'{"poison":1}'])
    assert case["door"] == "monitoring-signals"


def begun(model: str) -> WatchBegun:
    return WatchBegun(
        id=f"begun-{model}",
        at=time.time(),
        model=model,
        version="1",
        turn=1,
        endpoint="nowhere",
        deployment="r-1",
        scenario="classical",
        policy=WatchPolicy(),
    )


def alert(rule: str, model: str) -> bytes:
    essentials = {"alertId": rule, "alertRule": rule, "monitorCondition": "Fired", "firedDateTime": "2026-11-21"}
    data = {"essentials": essentials, "alertContext": {}, "customProperties": {"model": model}}
    return json.dumps({"schemaId": "azureMonitorCommonAlertSchema", "data": data}).encode()


def watch(world: World, model: str) -> dict[str, Any]:
    """The watch over a model as people see it, {} where there is none yet."""
    answer = requests.get(f"{world.platform.url}/api/watches/{model}", timeout=30)
    return dict(answer.json()) if answer.status_code == 200 else {}


def heard(world: World, model: str, number: int) -> list[str]:
    """The signals about a model once there are `number` in its ledger, [] before."""
    ledger = watch(world, model)["ledger"]
    told = [
        f"{entry['data']['source']}: {entry['data']['signal']}" for entry in ledger if entry["fact"] == "DriftSignalled"
    ]
    return sorted(told) if len(told) >= number else []
