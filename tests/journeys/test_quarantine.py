"""The quarantine as the demonstration shows it: a refused image, its rebuild, and a package that got an exception."""

from collections.abc import Callable
from typing import Any

import pytest

from local.demo.desk import PackageDesk
from local.demo.news import News
from local.demo.plot import CURATED, OUTSIDE
from local.demo.scanner import CRITICAL, UNFIXABLE
from tests.journeys.world import QUICK_POLICY, REPOSITORY, World

pytestmark = pytest.mark.slow

MODEL = "dolcetto"
STRICT = f"""\
{QUICK_POLICY}
quarantine: {{fixable_only: true}}
packages: {{enforce: block, curated: [{", ".join(each.partition("@")[0] for each in CURATED)}]}}
"""


def registered(world: World, version: str, like: str, packages: tuple[str, ...]) -> str:
    """A release whose image the registry tells of and whose packages are listed, but which nobody scanned yet."""
    digest = world.register(MODEL, version, like, scan=False)
    world.team.announce_push(REPOSITORY, f"{MODEL}-{version}", digest)
    world.team.report_packages(REPOSITORY, digest, packages)
    return digest


def excepted(world: World, eventually: Callable[..., Any]) -> list[str]:
    """What the rules said of the package outside of the list, before and after it got an exception."""
    package, _, version = OUTSIDE.partition("@")
    desk, line = PackageDesk(world.platform.url), f"{package}=={version}"
    before = desk.check(MODEL, line)["ruling"]
    exception = desk.ask(MODEL, package, "explains each score")
    eventually("the wish is known", lambda: desk.state(exception) == "requested")
    desk.grant(exception, "it was looked at")
    eventually("it is granted", lambda: desk.state(exception) == "granted")
    return [before, desk.check(MODEL, line)["ruling"]]


def test_a_refused_image_is_removed_and_its_rebuild_goes_live_with_an_excepted_package(
    world: World, news: News, eventually: Callable[..., Any]
) -> None:
    world.model(MODEL, STRICT)
    digest = registered(world, "1", "1", CURATED)
    world.team.report_scan(REPOSITORY, digest, CRITICAL)
    assert "CVE-2024-3094" in world.until(MODEL, "1", "rejected")["reason"]
    eventually("the image is gone", lambda: not world.team.has_image(REPOSITORY, digest))
    told = eventually("the requester is told", lambda: news.of(MODEL, "1", "rejected"))
    assert ("grace" in told["requesters"], told["ledger"]) == (True, f"/api/releases/{MODEL}/1")
    eventually("the trace is kept", lambda: world.team.image(digest)["stage"] == "removed")

    assert excepted(world, eventually) == ["exception", "allowed"]

    rebuilt = registered(world, "2", "2", (*CURATED, OUTSIDE))
    world.team.report_scan(REPOSITORY, rebuilt, UNFIXABLE)
    world.until(MODEL, "2", "canary")
    eventually("it is served", lambda: world.served(MODEL))
    with world.callers(MODEL):
        release = world.until(MODEL, "2", "live")
    assert [check["excepted"] for check in release["packages"]] == [1]
    image = world.team.image(rebuilt)
    assert "ImagePushed" in {entry["fact"] for entry in image["ledger"]}
    assert (image["stage"], release["trusted"]["repository"]) == ("cleared", f"trusted/{REPOSITORY}")
