"""What operators can do to releases and to what lies in quarantine, through HTTP on the embedded platform."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from local.demo.scanner import report
from local.principal import principal
from shared.core.identity import deployment_name
from tests.journeys.test_bad_input import VISITOR, registered
from tests.journeys.world import QUICK_POLICY, World

pytestmark = pytest.mark.slow

OPERATOR = {"x-ms-client-principal": principal("Olga", "00000000-0000-0000-0000-00000000000b", ["Gatehouse.Operator"])}
LONG_SOAK = QUICK_POLICY.replace("soak_hours: 0.0005", "soak_hours: 1")


def demand(world: World, name: str, version: str, action: str, who: dict[str, str] = OPERATOR) -> requests.Response:
    """Send an operator's demand about a release."""
    return world.post(f"/api/releases/{name}/{version}/{action}", {"comment": "because"}, who)


def case_with(world: World, clue: str) -> dict[str, Any]:
    """The newest quarantine case with the clue in its reason, empty without one; asked over HTTP."""
    listed = requests.get(f"{world.platform.url}/api/quarantine", timeout=30).json()["cases"]
    return next((case for case in listed if clue in case["reason"]), {})


def test_an_aborted_release_ends_and_its_staging_is_cleared(world: World, eventually: Callable[..., Any]) -> None:
    world.model("sangiovese")
    world.register("sangiovese", "1", "1")
    world.until("sangiovese", "1", "awaiting approval", approve=False)
    assert demand(world, "sangiovese", "1", "abort", {}).status_code == 401
    assert demand(world, "sangiovese", "1", "abort", VISITOR).status_code == 403
    assert demand(world, "sangiovese", "2", "abort").status_code == 404
    assert demand(world, "sangiovese", "1", "rollback").status_code == 409
    assert demand(world, "sangiovese", "1", "abort").status_code == 202
    release = world.until("sangiovese", "1", "aborted", approve=False)
    assert release["reason"] == "Olga aborted it: because"
    deployment = deployment_name("sangiovese", "1")
    gone = {"effect": "deployment-deleted", "endpoint": "sangiovese-stg", "deployment": deployment}
    eventually("staging is clear", lambda: any(gone.items() <= line.items() for line in world.witness()))
    assert demand(world, "sangiovese", "1", "pause").status_code == 409


def test_a_paused_release_is_held_until_it_is_resumed_and_a_live_one_can_be_rolled_back(
    world: World, eventually: Callable[..., Any]
) -> None:
    world.model("nebbiolo", LONG_SOAK)
    world.register("nebbiolo", "1", "1")
    world.until("nebbiolo", "1", "canary")
    eventually("it serves", lambda: world.served("nebbiolo"))
    with world.callers("nebbiolo"):
        world.until("nebbiolo", "1", "live")
        world.register("nebbiolo", "2", "2")
        world.until("nebbiolo", "2", "awaiting approval", approve=False)
        assert demand(world, "nebbiolo", "2", "pause").status_code == 202
        eventually("it is paused", lambda: world.team.release("nebbiolo", "2")["paused"] == "Olga")
        world.team.approve("nebbiolo", "2")
        eventually("the yes is noted", lambda: "paused by Olga" in world.team.release("nebbiolo", "2")["history"][-1])
        assert world.stage("nebbiolo", "2") == "awaiting approval"
        assert demand(world, "nebbiolo", "2", "resume").status_code == 202
        world.until("nebbiolo", "2", "live", approve=False)
        eventually("version 1 is superseded", lambda: world.stage("nebbiolo", "1") == "superseded")
    assert demand(world, "nebbiolo", "2", "abort").status_code == 409
    assert demand(world, "nebbiolo", "2", "rollback").status_code == 202
    world.until("nebbiolo", "2", "rolled back")
    eventually("version 1 is live again", lambda: world.stage("nebbiolo", "1") == "live")
    assert world.team.traffic("nebbiolo") == {deployment_name("nebbiolo", "1"): 100}


def test_an_event_that_no_policy_could_judge_is_sent_again_once_the_policy_is_repaired(
    world: World, eventually: Callable[..., Any]
) -> None:
    world.model("grignolino", "canary: {laddder: [30]}")
    world.send("model-events", json.dumps([registered("grignolino", "1", "grignolino-1")]).encode())
    case = eventually("it is kept", lambda: case_with(world, "grignolino:1"))
    assert (case["door"], case["redriven"]) == ("model-events", [])
    address = f"/api/quarantine/{case['id']}"
    shown = requests.get(world.platform.url + address, timeout=30).json()
    assert "grignolino-1" in shown["text"]
    assert "laddder" in shown["reason"]
    assert world.post(f"{address}/redrive", {}, VISITOR).status_code == 403
    world.model("grignolino")
    assert world.post(f"{address}/redrive", {}, OPERATOR).status_code == 202
    release = world.until("grignolino", "1", "rejected")
    assert "does not exist" in release["reason"]
    shown = requests.get(world.platform.url + address, timeout=30).json()
    assert [again["name"] for again in shown["redriven"]] == ["Olga"]


def test_a_report_without_its_image_is_sent_again_with_the_image_that_an_operator_names(
    world: World, eventually: Callable[..., Any]
) -> None:
    wrong, right = ("sha256:" + sign * 32 for sign in ("ab", "cd"))
    body = report("acr.example", "schiava", right, []).replace(b"RepoDigests", b"RepoTags")
    world.send("scan-results", body, image=f"schiava@{wrong[:-1]}")
    case = eventually("it is kept", lambda: case_with(world, wrong[:-1]))
    assert (case["door"], case["properties"]) == ("scan-results", {"image": f"schiava@{wrong[:-1]}"})
    address = f"/api/quarantine/{case['id']}/redrive"
    assert world.post(address, {"image": "schiava:1"}, OPERATOR).status_code == 400
    assert world.post(address, {"image": f"schiava@{right}"}, OPERATOR).status_code == 202
    parked = eventually("it is parked", lambda: case_with(world, f"no release waits for image {right}"))
    assert parked["properties"] == {"image": right}


def test_a_dead_letter_is_found_in_quarantine_and_sent_again(world: World, eventually: Callable[..., Any]) -> None:
    with world.broken("freisa", "1"):
        world.send("model-events", json.dumps([registered("freisa", "1", "freisa-1")]).encode())
        case = eventually("it is kept", lambda: case_with(world, "dead letter of facts"))
    assert "MaxDeliveryCountExceeded" in case["reason"]
    assert (case["source"], case["door"]) == ("facts/$DeadLetterQueue", "facts")
    assert world.stage("freisa", "1") == ""
    assert world.post(f"/api/quarantine/{case['id']}/redrive", {}, OPERATOR).status_code == 202
    world.until("freisa", "1", "rejected")


def test_health_has_a_place_for_the_last_sweep(world: World) -> None:
    health = requests.get(f"{world.platform.url}/api/health", timeout=30)
    assert (health.status_code, health.json()["storage"]) == (200, "ok")
    assert "last_sweep" in health.json()


def test_an_id_of_a_case_is_never_a_path(world: World) -> None:
    for case in ("0" * 32, "..%2Fstate%2Fx", "%2e%2e"):
        answer = requests.get(f"{world.platform.url}/api/quarantine/{case}", timeout=30)
        assert answer.status_code == 404, case
