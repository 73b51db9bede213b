"""Whatever is wrong with an input, it gets a located reason, its body is kept, and nothing else is delayed."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from local.demo.scanner import report
from local.principal import principal
from tests.journeys.world import World

APPROVER = {"x-ms-client-principal": principal("Ada", "00000000-0000-0000-0000-00000000000a", ["Gatehouse.Approver"])}
VISITOR = {"x-ms-client-principal": principal("Eve", "00000000-0000-0000-0000-00000000000e", ["Reader"])}
UNKNOWN_DIGEST = "sha256:" + "ab" * 32


def registered(model: str, version: str, event_id: str, **more: Any) -> dict[str, Any]:
    """An Azure ML event as Event Grid delivers it."""
    return {
        "topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w",
        "subject": f"models/{model}:{version}",
        "eventType": "Microsoft.MachineLearningServices.ModelRegistered",
        "eventTime": "2026-11-01T08:00:00.1234567Z",
        "id": event_id,
        "data": {"modelName": model, "modelVersion": version, **more},
        "dataVersion": "2",
        "metadataVersion": "1",
    }


BAD = {
    "not JSON": ("model-events", b"{not json", "JSON"),
    "no event": ("model-events", b'{"hello": "world"}', "eventType"),
    "an unknown event type": (
        "model-events",
        json.dumps([{**registered("x", "1", "unknown-type"), "eventType": "Contoso.Surprise"}]).encode(),
        "Contoso.Surprise",
    ),
    "a name that is a path": (
        "model-events",
        json.dumps([registered("../../etc/passwd", "1", "path-name")]).encode(),
        "data.modelName",
    ),
    "a duplicate key": ("model-events", b'[{"id": "1", "id": "2"}]', "more than once"),
    "no scan report": ("scan-results", b'{"SchemaVersion": 2}', "image"),
    "a fact of nobody": ("facts", b'{"kind": "MadeUp"}', "MadeUp"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_kept_with_its_reason(name: str, world: World, eventually: Callable[..., Any]) -> None:
    queue, body, clue = BAD[name]
    world.send(queue, body)
    case = eventually(f"{name} is kept", lambda: next((c for c in world.quarantined() if kept(c, body)), None))
    assert clue in case["reason"]
    assert case["source"] == queue
    assert case["sha256"] == sha256(case["body"]).hexdigest()


def kept(case: dict[str, Any], body: bytes) -> bool:
    """Whether the case holds these bytes, or the one event that they are a delivery of."""
    if case["body"] == body:
        return True
    try:
        return [json.loads(case["body"])] == json.loads(body)
    except ValueError:
        return False


def test_a_bad_event_does_not_hold_up_its_neighbours(world: World) -> None:
    batch = [{"eventType": 7}, registered("ghost", "1", "neighbour-1"), registered("ghost", "2", "neighbour-2")]
    world.send("model-events", json.dumps(batch).encode())
    for version in ("1", "2"):
        release = world.until("ghost", version, "rejected")
        assert "does not exist" in release["reason"]


def test_the_event_of_a_model_that_does_not_exist_is_kept(world: World, eventually: Callable[..., Any]) -> None:
    world.send("model-events", json.dumps([registered("phantom", "9", "phantom-9")]).encode())
    world.until("phantom", "9", "rejected")
    case = eventually("it is kept", lambda: [c for c in world.quarantined() if "phantom:9" in c["reason"]])[0]
    assert json.loads(case["body"])["id"] == "phantom-9"


def test_a_scan_of_an_unknown_image_is_parked_and_kept(world: World, eventually: Callable[..., Any]) -> None:
    body = report(world.platform.env["CONTAINER_REGISTRY"], "nobody", UNKNOWN_DIGEST, [])
    world.send("scan-results", body)
    case = eventually("it is kept", lambda: [c for c in world.quarantined() if UNKNOWN_DIGEST in c["reason"]])[0]
    assert case["body"] == body


def test_a_report_without_a_digest_is_of_the_image_that_its_sender_names(
    world: World, eventually: Callable[..., Any]
) -> None:
    row = {"vulnerability": "CVE-2026-1", "severity": "High", "featurename": "openssl"}
    body = json.dumps({"image": "churn:1", "unapproved": [], "vulnerabilities": [row]}).encode()
    digest = "sha256:" + "cd" * 32
    world.send("scan-results", body)
    eventually("it is kept", lambda: [c for c in world.quarantined() if "names no manifest digest" in c["reason"]])
    world.send("scan-results", body, image=f"acr.example/churn@{digest}")
    (scan,) = eventually("the scan is known", lambda: (world.image(digest) or {}).get("scans"))
    assert (scan["scanner"], scan["counts"]["HIGH"], scan["digest"]) == ("clair", 1, digest)


def test_the_same_event_twice_is_one_registration(world: World, eventually: Callable[..., Any]) -> None:
    body = json.dumps([registered("echo", "1", "echo-1")]).encode()
    world.send("model-events", body)
    world.send("model-events", body)
    release = world.until("echo", "1", "rejected")
    assert [entry["fact"] for entry in release["ledger"]].count("ModelRegistered") == 1


def test_the_same_event_id_with_another_body_is_a_conflict(world: World, eventually: Callable[..., Any]) -> None:
    world.send("model-events", json.dumps([registered("twin", "1", "twin-1")]).encode())
    world.until("twin", "1", "rejected")
    world.send("model-events", json.dumps([registered("twin", "1", "twin-1", modelTags={"a": "b"})]).encode())
    eventually("the other body is kept", lambda: [c for c in world.quarantined() if b'"a":"b"' in c["body"]])
    sentences = world.team.release("twin", "1")["history"]
    assert any("conflict" in sentence for sentence in sentences)


def test_only_a_signed_in_approver_can_approve_what_waits(world: World, eventually: Callable[..., Any]) -> None:
    world.model("gamay")
    digest = world.register("gamay", "1", "1")
    path = "/api/releases/gamay/1/approval"
    yes = {"decision": "approve", "digest": digest}
    world.until("gamay", "1", "quarantined", "staging", "awaiting approval", approve=False)
    world.until("gamay", "1", "awaiting approval", approve=False)
    assert world.post(path, yes, {}).status_code == 401
    assert world.post(path, yes, VISITOR).status_code == 403
    assert world.post(path, {"decision": "approve", "digest": UNKNOWN_DIGEST}, APPROVER).status_code == 409
    assert world.post(path, {"decision": "maybe", "digest": digest}, APPROVER).status_code == 400
    assert "16384" in world.post(path, {**yes, "comment": "x" * 20_000}, APPROVER).json()["refused"].replace(",", "")
    assert world.post("/api/releases/gamay/77/approval", yes, APPROVER).status_code == 404
    assert world.stage("gamay", "1") == "awaiting approval"
    wrong = [case for case in world.quarantined() if UNKNOWN_DIGEST in case["reason"] and "approval" in case["source"]]
    assert wrong
    assert world.post(path, {"decision": "reject", "digest": digest, "comment": "not now"}, APPROVER).status_code == 202
    assert "not now" in world.until("gamay", "1", "rejected", approve=False)["reason"]
    assert world.post(path, yes, APPROVER).status_code == 409


def test_a_pickled_model_is_refused_with_what_to_do(world: World) -> None:
    world.model("carmenere")
    pickled = b"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s."
    world.trained["pickle"] = replace(world.trained["1"], onnx=pickled)
    world.register("carmenere", "1", "pickle")
    release = world.until("carmenere", "1", "rejected")
    assert "pickle" in release["reason"]
    assert "onnx" in release["reason"]
