"""Whole lives of releases, through the unmodified SDKs and the platform's own worker."""

from collections.abc import Callable
from typing import Any

import pytest

from local.demo.news import News
from shared.core.identity import deployment_name
from tests.journeys.world import REPOSITORY, World


def test_a_good_release_goes_live_under_traffic_in_place_of_the_one_before(
    world: World, news: News, eventually: Callable[..., Any]
) -> None:
    world.first_live("merlot")
    with world.callers("merlot") as callers:
        world.register("merlot", "2", "2")
        release = world.until("merlot", "2", "live")
        eventually("version 1 is superseded", lambda: world.stage("merlot", "1") == "superseded")
    assert world.team.traffic("merlot") == {deployment_name("merlot", "2"): 100}
    assert release["ledger_whole"]
    served = {deployment for deployment, code in callers.answers if code == 200}
    assert {deployment_name("merlot", "1"), deployment_name("merlot", "2")} <= served
    first = deployment_name("merlot", "1")
    gone = {"effect": "deployment-deleted", "endpoint": "merlot", "deployment": first}
    eventually("the old deployment is gone", lambda: any(gone.items() <= line.items() for line in world.witness()))
    told = eventually("the news is out", lambda: [e for e in news.events if e["subject"] == "releases/merlot/2"][1:])
    assert told[-1]["specversion"] == "1.0"
    assert told[-1]["type"] == "gatehouse.release.live"
    assert told[-1]["content_type"].startswith("application/cloudevents+json")


def test_a_release_on_an_image_with_critical_findings_never_gets_a_deployment(
    world: World, eventually: Callable[..., Any]
) -> None:
    world.model("syrah")
    digest = world.register("syrah", "1", "1", critical=True)
    release = world.until("syrah", "1", "rejected")
    assert "CVE-2024-3094" in release["reason"]
    eventually("the image is gone", lambda: not world.team.has_image(REPOSITORY, digest))
    locked = [line for line in world.witness() if line["effect"] == "image-locked" and line["digest"] == digest]
    assert locked
    assert deployment_name("syrah", "1") not in {line.get("deployment") for line in world.witness()}


def test_a_release_that_fails_in_production_is_rolled_back_and_the_one_before_serves_again(world: World) -> None:
    world.first_live("malbec")
    with world.callers("malbec"):
        world.register("malbec", "2", "4")
        release = world.until("malbec", "2", "rolled back")
    canary = next(verdict for verdict in release["verdicts"] if verdict["gate"] == "canary")
    assert canary["outcome"] == "fail"
    assert canary["numbers"]["canary_errors"] > 0
    assert world.team.traffic("malbec") == {deployment_name("malbec", "1"): 100}
    assert world.stage("malbec", "1") == "live"


def test_a_model_below_the_required_accuracy_is_rejected_with_the_numbers(world: World) -> None:
    world.model("riesling")
    world.register("riesling", "1", "5")
    release = world.until("riesling", "1", "rejected")
    metric = next(verdict for verdict in release["verdicts"] if verdict["gate"] == "metric accuracy")
    assert metric["outcome"] == "fail"
    assert metric["numbers"]["value"] < metric["numbers"]["minimum"]
    assert release["image"] is None


def test_a_release_waits_for_a_scan_of_its_own_image(world: World) -> None:
    world.model("tannat")
    digest = world.register("tannat", "1", "1", scan=False)
    world.until("tannat", "1", "quarantined")
    other = world.team.push_image(REPOSITORY, "tannat-other")
    world.team.report_scan(REPOSITORY, other, [])
    assert world.stage("tannat", "1") == "quarantined"
    world.team.report_scan(REPOSITORY, digest, [])
    world.until("tannat", "1", "awaiting approval", approve=False)


@pytest.mark.slow
def test_a_crash_of_the_app_in_the_middle_of_a_rollout_loses_nothing(world: World) -> None:
    world.first_live("barbera")
    with world.callers("barbera"):
        world.register("barbera", "2", "2")
        world.until("barbera", "2", "canary")
        world.platform.kill_app()
        world.platform.start_app()
        world.team.moved_to(world.platform.url)
        world.until("barbera", "2", "live", seconds=110)
    created = [
        line
        for line in world.witness()
        if line["effect"] == "deployment-create-started" and line["deployment"] == deployment_name("barbera", "2")
    ]
    assert len([line for line in created if line["endpoint"] == "barbera"]) == 1
