"""Whole lives of images, told over simulated ports: promotion, waivers, moved tags and scans that are due."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from shared.core import facts
from shared.core.evidence import VexStatement
from shared.core.identity import fact_id
from shared.core.policy import LivePolicy, QuarantinePolicy
from shared.core.release import Stage
from tests.simulated.faults import Fault
from tests.simulated.house import POLICY, House
from tests.simulated.registry import REGISTRY, digest_named
from tests.simulated.story import (
    CARL,
    ENDPOINT,
    MODEL,
    OLGA,
    answer,
    bring_live,
    bring_to_approval,
    register,
    scan,
    security,
    waive,
)

IMAGE, CVE = "churn-1", "CVE-2026-1000"
HOUR = 3600.0


@pytest.fixture
def house() -> House:
    return House()


def patient(**quarantine: Any) -> House:
    """A house whose releases wait twelve hours for a waiver."""
    return House(replace(POLICY, quarantine=QuarantinePolicy(hold_for_waiver_hours=12.0, **quarantine)))


def failing(house: House) -> None:
    register(house, "1")
    house.run()
    scan(house, IMAGE, critical=1)
    house.run()


def stage(house: House, version: str = "1") -> Stage:
    return house.release(MODEL, version).stage


def news(house: House) -> list[str]:
    return [msgspec.json.decode(event)["type"].removeprefix("gatehouse.release.") for event in house.notices.events]


def story(house: House, image: str = IMAGE) -> dict[str, Any]:
    reply = house.image_stories.one(digest_named(image))
    assert reply.code == 200
    content: dict[str, Any] = reply.content
    return content


def test_a_cleared_image_is_deployed_from_where_images_are_trusted(house: House) -> None:
    bring_to_approval(house, "1")
    trusted = house.release(MODEL, "1").trusted
    assert trusted is not None
    assert trusted.pinned() == f"{REGISTRY}/trusted/{IMAGE}@{digest_named(IMAGE)}"
    assert house.endpoints.specs[0].image == trusted.pinned()
    assert (story(house)["stage"], story(house)["trusted"]) == ("cleared", trusted.pinned())
    assert [word["release"] for word in story(house)["cleared_by"]] == ["churn:1"]


def test_a_refused_image_is_gone_wherever_it_lay(house: House) -> None:
    bring_to_approval(house, "1")
    scan(house, IMAGE, critical=1)
    house.run()
    assert stage(house) is Stage.REJECTED
    assert house.images.discards == [f"{REGISTRY}/{name}@{digest_named(IMAGE)}" for name in (IMAGE, f"trusted/{IMAGE}")]
    assert story(house)["stage"] == "removed"
    assert [(word["release"], word["policy"]) for word in story(house)["rejected_by"]] == [("churn:1", "usual")]
    assert story(house)["ledger_whole"] is True


def test_the_requester_hears_the_reason_and_where_the_full_trace_is(house: House) -> None:
    failing(house)
    told = msgspec.json.decode(house.notices.events[-1])["data"]
    assert told["requesters"] == [CARL]
    assert "1 critical finding(s)" in told["reason"]
    assert told["ledger"] == "/api/releases/churn/1"
    assert [(each["scanner"], len(each["report"])) for each in told["reports"]] == [("trivy", 64)]


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.LOST_ANSWER, Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_fault_while_an_image_is_promoted_loses_nothing(house: House, fault: Fault) -> None:
    left = [fault]
    house.faults.pick = lambda call: left.pop() if call == "images.promote" and left else None
    bring_to_approval(house, "1")
    assert left == []
    assert stage(house) is Stage.AWAITING_APPROVAL


def test_a_finding_while_the_image_is_copied_removes_the_copy_too(house: House) -> None:
    register(house, "1")
    house.run()
    house.faults.pick = lambda call: Fault.REFUSED if call == "images.promote" else None
    scan(house, IMAGE)
    house.run(5.0)
    scan(house, IMAGE, critical=1)
    house.run(5.0)
    house.faults.pick = lambda call: None
    release = house.release(MODEL, "1")
    assert (release.stage, release.trusted) == (Stage.REJECTED, None)
    house.run(120.0)
    kinds = [entry.fact for entry in house.release(MODEL, "1").ledger]
    assert kinds.count("ImageDiscarded") == 2, "once at once, and once when the copy must have landed"


def test_a_failing_release_waits_for_a_waiver_and_goes_on_with_it() -> None:
    house = patient()
    failing(house)
    assert (stage(house), news(house)) == (Stage.QUARANTINED, ["waiver-needed"])
    reply = waive(house, IMAGE, [CVE])
    assert reply.code == 202
    house.run()
    assert stage(house) is Stage.AWAITING_APPROVAL
    assert [(each["id"], each["name"]) for each in story(house)["waivers"]] == [(reply.content["waiver"], OLGA)]


def test_a_release_that_nobody_waives_is_rejected_when_its_time_is_over() -> None:
    house = patient()
    failing(house)
    house.wait(11 * HOUR)
    scan(house, IMAGE, critical=1)
    house.run()
    assert stage(house) is Stage.QUARANTINED, "a later scan does not end the wait"
    house.wait(2 * HOUR)
    release = house.release(MODEL, "1")
    assert release.stage is Stage.REJECTED, "nor does it prolong it"
    assert "no waiver came in time" in release.reason
    assert digest_named(IMAGE) in house.images.discarded


def test_a_live_release_is_judged_again_when_its_waiver_is_over() -> None:
    house = patient()
    failing(house)
    waive(house, IMAGE, "all", hours=48)
    house.run()
    answer(house, "1", "Anna")
    house.run()
    assert stage(house) is Stage.LIVE
    house.wait(47 * HOUR)
    assert "alert" not in news(house)
    house.wait(HOUR)
    assert news(house)[-1] == "alert"
    assert story(house)["stage"] == "quarantined"


def test_a_revoked_waiver_counts_no_more() -> None:
    house = patient()
    failing(house)
    waiver = waive(house, IMAGE, "all").content["waiver"]
    house.run()
    body = msgspec.json.encode({"comment": "wrong image"})
    assert house.waivers.revoke(digest_named(IMAGE), "nothing", security(), body).code == 404
    assert house.waivers.revoke(digest_named(IMAGE), waiver, security(), body).code == 202
    house.run()
    assert stage(house) is Stage.REJECTED


@pytest.mark.parametrize(
    ("ids", "hours", "person", "code"),
    [
        ("all", 10, CARL, 403),
        ("all", 721, OLGA, 403),
        ("some", 10, OLGA, 400),
        ([], 10, OLGA, 400),
        ([""], 10, OLGA, 400),
        ([CVE] * 101, 10, OLGA, 400),
        ("all", 0, OLGA, 400),
    ],
)
def test_a_waiver_that_may_not_be_is_refused_and_kept(ids: Any, hours: float, person: str, code: int) -> None:
    house = patient()
    failing(house)
    reply = waive(house, IMAGE, ids, hours, person)
    assert reply.code == code
    assert [case.id for case in house.quarantine.newest(9)] == [reply.content["quarantine"]]
    house.run()
    assert story(house)["waivers"] == []


def test_a_waiver_needs_a_role_an_image_and_a_release_that_it_is_for() -> None:
    house = patient()
    failing(house)
    body = msgspec.json.encode({"ids": "all", "reason": "?", "hours": 1})
    assert house.waivers.grant(digest_named(IMAGE), {}, body).code == 401
    for unknown in ("churn-1", "sha256:" + "0" * 64, "../releases"):
        assert house.waivers.grant(unknown, security(), body).code == 404
    house.wait(13 * HOUR)
    assert house.waivers.grant(digest_named(IMAGE), security(), body).code == 409, "nobody waits for it any more"


def test_a_statement_of_a_believed_author_frees_a_release_that_waits() -> None:
    house = patient(vex_authors=("Vendor",))
    failing(house)
    for author, expected in [("Stranger", Stage.QUARANTINED), ("Vendor", Stage.AWAITING_APPROVAL)]:
        statement = VexStatement(id=CVE, status="not_affected", justification="vulnerable_code_not_present")
        house.intake.tell(
            [
                facts.VexStated(
                    id=fact_id("vex", author),
                    at=house.clock.now(),
                    digest=digest_named(IMAGE),
                    statements=(statement,),
                    author=author,
                    report="e" * 64,
                )
            ]
        )
        house.run()
        assert stage(house) is expected


def test_what_was_stated_before_the_scan_counts_with_it() -> None:
    house = House(replace(POLICY, quarantine=QuarantinePolicy(vex_authors=("Vendor",))))
    register(house, "1")
    house.run()
    statement = VexStatement(id=CVE, status="fixed")
    known = {"statements": (statement,), "author": "Vendor", "report": "e" * 64}
    house.intake.tell([facts.VexStated(id="vex", at=house.clock.now(), digest=digest_named(IMAGE), **known)])
    house.run()
    scan(house, IMAGE, critical=1)
    house.run()
    assert stage(house) is Stage.AWAITING_APPROVAL


def push(house: House, image: str, tag: str, at: float) -> None:
    """Let the registry say that the tag of the repository `churn-1` names that image."""
    pushed = facts.ImagePushed(
        id=fact_id("push", image, tag, str(at)),
        at=at,
        digest=digest_named(image),
        registry=REGISTRY,
        repository=IMAGE,
        tag=tag,
    )
    house.intake.tell([pushed])
    house.run()


def test_a_tag_that_moves_is_told_to_the_releases_of_the_image_before(house: House) -> None:
    bring_live(house, "1")
    push(house, "churn-new", "latest", house.clock.now() + 1)
    assert news(house)[-1] == "tag-moved"
    moved = house.release(MODEL, "1").ledger[-2]
    assert (moved.fact, moved.data["to"]) == ("TagMoved", digest_named("churn-new"))
    assert stage(house) is Stage.LIVE


def test_a_late_push_and_one_of_another_tag_move_nothing(house: House) -> None:
    now = house.clock.now()
    push(house, IMAGE, "latest", now + 100)
    bring_live(house, "1")
    push(house, "churn-older", "latest", now + 50)
    push(house, "churn-new", "2", now + 200)
    push(house, IMAGE, "latest", now + 300)
    assert "tag-moved" not in news(house)


def test_a_scan_that_is_due_is_told_once_in_every_period() -> None:
    policy = QuarantinePolicy(rescan_hours=24.0)
    house = House(replace(POLICY, quarantine=policy, live=LivePolicy(soak_hours=1)))
    bring_live(house, "1")
    assert house.rescans.run() == 0
    house.wait(25 * HOUR)
    for _ in range(3):
        assert house.rescans.run() == 1
        house.run()
    assert news(house).count("rescan-due") == 1
    house.wait(24 * HOUR)
    house.rescans.run()
    house.run()
    assert news(house).count("rescan-due") == 2
    scan(house, IMAGE)
    house.run()
    assert house.rescans.run() == 0


def test_images_are_listed_and_an_unknown_one_is_not_found(house: House) -> None:
    bring_live(house, "1")
    assert house.image_stories.all().content == {"images": [{"digest": digest_named(IMAGE), "stage": "cleared"}]}
    assert house.image_stories.one("sha256:" + "0" * 64).code == 404
    assert house.endpoints.serving(ENDPOINT)
