"""Packages on the embedded platform: asked about and excepted over HTTP, and judged where a policy blocks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from local.principal import LOCAL_REVIEWER, principal
from tests.journeys.test_bad_input import VISITOR
from tests.journeys.world import QUICK_POLICY, World

pytestmark = pytest.mark.slow

REVIEWER = {"x-ms-client-principal": principal("Rita", LOCAL_REVIEWER, ["Gatehouse.PackageReviewer"])}
BLOCKING = f'{QUICK_POLICY}packages: {{enforce: block, curated: [numpy], denied: {{zmq: "*"}}}}\n'


def bill(*packages: str) -> bytes:
    """A bill of materials that names no image."""
    parts = [{"type": "library", "name": each.split("@")[0], "purl": f"pkg:pypi/{each}"} for each in packages]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts}).encode()


def rulings(world: World, model: str, text: str) -> dict[str, str]:
    """What the rules of `model` say of each line of requirements."""
    url = f"{world.platform.url}/api/packages/check?model={model}"
    answer = requests.post(url, data=text.encode(), headers=VISITOR, timeout=30)
    assert answer.status_code == 200, answer.text
    return {each["name"]: each["ruling"] for each in answer.json()["packages"]}


def state(world: World, exception: str) -> str:
    """Where an exception is, by the list that everybody can read."""
    listed = requests.get(f"{world.platform.url}/api/packages/exceptions", headers=VISITOR, timeout=30).json()
    return next((each["state"] for each in listed["exceptions"] if each["id"] == exception), "")


def test_an_exception_lets_in_what_needs_one_and_nothing_lets_in_what_is_denied(
    world: World, eventually: Callable[..., Any]
) -> None:
    world.model("pecorino", BLOCKING)
    text = "numpy==2.1.0\nsomelib==1.0\nzmq==0.0.0\n"
    assert rulings(world, "pecorino", text) == {"numpy": "allowed", "somelib": "exception", "zmq": "denied"}
    wish = {"package": "somelib", "specifier": "<2", "model": "pecorino", "reason": "reads the old files"}
    asked = world.post("/api/packages/exceptions", wish, VISITOR)
    assert asked.status_code == 202, asked.text
    exception = asked.json()["exception"]
    eventually("the wish is known", lambda: state(world, exception) == "requested")
    review = f"/api/packages/exceptions/{exception}/review"
    assert world.post(review, {"decision": "approve"}, VISITOR).status_code == 403
    assert world.post(review, {"decision": "approve"}, REVIEWER).status_code == 202
    eventually("it is granted", lambda: state(world, exception) == "granted")
    assert rulings(world, "pecorino", text) == {"numpy": "allowed", "somelib": "allowed", "zmq": "denied"}

    digest = world.register("pecorino", "1", "1")
    world.send("scan-results", bill("numpy@2.1.0", "somelib@1.0"), image=f"registry/any@{digest}")
    release = world.until("pecorino", "1", "awaiting approval", approve=False)
    assert [check["excepted"] for check in release["packages"]] == [1]

    digest = world.register("pecorino", "2", "2")
    world.send("scan-results", bill("numpy@2.1.0", "zmq@0.0.0"), image=digest)
    release = world.until("pecorino", "2", "rejected", approve=False)
    assert "zmq 0.0.0: the name is on the policy's list of denied packages" in release["reason"]
