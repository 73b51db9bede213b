"""Whole lives of releases, told over simulated ports."""

from collections.abc import Mapping

import msgspec
import pytest

from shared.core.ledger import first_broken
from shared.core.policy import ApprovalPolicy, Policy
from shared.core.release import Stage
from shared.ports import Answer
from tests.simulated.house import POLICY, House
from tests.simulated.story import (
    ANNA,
    BERT,
    CARL,
    ENDPOINT,
    MODEL,
    answer,
    bring_live,
    bring_to_approval,
    register,
    scan,
)

DAY = 86_400.0
PICKLE = b"\x80\x04\x95\x10\x00\x00\x00"


@pytest.fixture
def house() -> House:
    return House()


def serving(house: House) -> dict[str, int]:
    """The traffic in percent by version, as the cloud serves it."""
    versions = {release.deployment: release.version for release in house.releases()}
    return {versions[name]: weight for name, weight in house.endpoints.serving(ENDPOINT).items()}


def news(house: House) -> list[str]:
    """The types of the events that went out, in their order."""
    return [msgspec.json.decode(event)["type"].removeprefix("gatehouse.release.") for event in house.notices.events]


def stages(house: House, version: str) -> list[str]:
    """Every stage that the release was in, in its order."""
    ledger = house.release(MODEL, version).ledger
    return [entry.after for entry in ledger if entry.after != entry.before]


def test_a_good_first_release_goes_live_alone(house: House) -> None:
    bring_live(house, "1")
    assert stages(house, "1") == ["validating", "quarantined", "staging", "awaiting approval", "canary", "live"]
    assert serving(house) == {"1": 100}
    assert house.endpoint(ENDPOINT).live == house.release(MODEL, "1").deployment
    assert news(house) == ["awaiting-approval", "live"]


def test_a_better_release_climbs_the_ladder_and_supersedes(house: House) -> None:
    bring_live(house, "1")
    bring_live(house, "2")
    weights = [e.data["weight"] for e in house.release(MODEL, "2").ledger if e.fact == "TrafficShifted"]
    assert weights == [10, 50, 100]
    assert house.release(MODEL, "1").stage is Stage.SUPERSEDED
    assert serving(house) == {"2": 100}


def test_the_superseded_deployment_is_removed_only_after_the_soak(house: House) -> None:
    bring_live(house, "1")
    bring_live(house, "2")
    names = [house.release(MODEL, version).deployment for version in ("1", "2")]
    house.wait(DAY - 3600)
    assert [view.name for view in house.endpoints.deployments(ENDPOINT)] == names
    house.wait(2 * 3600)
    assert [view.name for view in house.endpoints.deployments(ENDPOINT)] == names[1:]
    assert house.endpoint(ENDPOINT).previous == "", "nothing may fall back to a deployment that is gone"


def test_a_bad_scan_discards_the_image_and_nothing_is_ever_deployed(house: House) -> None:
    register(house, "1")
    house.run()
    scan(house, "churn-1", critical=1)
    house.run()
    release = house.release(MODEL, "1")
    assert release.stage is Stage.REJECTED
    assert "CVE-2026-1000" in release.reason
    assert house.images.discarded == {release.digest}
    assert house.endpoints.made == []
    assert news(house) == ["rejected"]


def test_a_scan_that_comes_before_the_registration_is_parked_and_counts(house: House) -> None:
    scan(house, "churn-1")
    house.run()
    assert len(house.quarantine.cases) == 1
    register(house, "1")
    house.run()
    assert house.release(MODEL, "1").stage is Stage.AWAITING_APPROVAL


def test_a_release_worse_in_production_is_rolled_back_and_the_one_before_serves_all(house: House) -> None:
    bring_live(house, "1")
    bring_to_approval(house, "2")
    house.load.failing[house.release(MODEL, "2").deployment] = 0.3
    answer(house, "2", ANNA)
    house.run()
    assert house.release(MODEL, "2").stage is Stage.ROLLED_BACK
    assert serving(house) == {"1": 100}
    assert [view.name for view in house.endpoints.deployments(ENDPOINT)] == [house.release(MODEL, "1").deployment]
    assert house.release(MODEL, "1").stage is Stage.LIVE


def test_a_first_release_that_fails_alone_leaves_no_traffic(house: House) -> None:
    bring_to_approval(house, "1")
    house.load.failing[house.release(MODEL, "1").deployment] = 0.3
    answer(house, "1", ANNA)
    house.run()
    assert house.release(MODEL, "1").stage is Stage.ROLLED_BACK
    assert serving(house) == {}
    assert house.endpoints.deployments(ENDPOINT) == []


def test_a_pickle_fails_validation(house: House) -> None:
    register(house, "1", weights=PICKLE)
    house.run()
    release = house.release(MODEL, "1")
    assert release.stage is Stage.REJECTED
    assert "pickle" in release.reason


def test_an_unanswered_approval_expires(house: House) -> None:
    bring_to_approval(house, "1")
    house.wait(4 * DAY)
    assert house.release(MODEL, "1").stage is Stage.EXPIRED
    assert answer(house, "1", ANNA).code == 409


def test_a_person_can_refuse_a_release(house: House) -> None:
    bring_to_approval(house, "1")
    assert answer(house, "1", ANNA, "reject").code == 202
    house.run()
    release = house.release(MODEL, "1")
    assert (release.stage, release.reason) == (Stage.REJECTED, "Anna refused it: no comment")


def test_a_person_can_still_refuse_what_they_approved_while_others_are_awaited() -> None:
    house = House(Policy(name="two", scenario="classical", approval=ApprovalPolicy(required=2)))
    bring_to_approval(house, "1")
    answer(house, "1", ANNA)
    house.run()
    answer(house, "1", ANNA, "reject")
    house.run()
    assert house.release(MODEL, "1").stage is Stage.REJECTED


def test_two_approvals_need_two_people() -> None:
    house = House(Policy(name="two", scenario="classical", approval=ApprovalPolicy(required=2)))
    bring_to_approval(house, "1")
    answer(house, "1", ANNA)
    answer(house, "1", ANNA)
    house.run()
    assert house.release(MODEL, "1").stage is Stage.AWAITING_APPROVAL
    answer(house, "1", BERT)
    house.run()
    assert house.release(MODEL, "1").stage is Stage.LIVE


def test_the_submitter_is_turned_away(house: House) -> None:
    bring_to_approval(house, "1")
    assert answer(house, "1", CARL).code == 403
    assert answer(house, "1", ANNA, digest="sha256:other").code == 409


def test_a_critical_finding_recalls_a_live_release_to_the_one_before(house: House) -> None:
    bring_live(house, "1")
    bring_live(house, "2")
    scan(house, "churn-2", critical=2)
    house.run()
    assert house.release(MODEL, "2").stage is Stage.RECALLED
    assert serving(house) == {"1": 100}


def test_after_a_recall_the_version_before_is_live_again_and_the_next_one_is_measured_against_it(house: House) -> None:
    bring_live(house, "1")
    bring_live(house, "2")
    scan(house, "churn-2", critical=2)
    house.run()
    assert house.release(MODEL, "1").stage is Stage.LIVE
    house.wait(3 * DAY)
    assert serving(house) == {"1": 100}, "what lives again must outlast its old soak"
    bring_live(house, "3")
    assert stages(house, "1")[-3:] == ["superseded", "live", "superseded"]
    assert serving(house) == {"3": 100}


def test_a_critical_finding_after_the_soak_is_an_alert(house: House) -> None:
    bring_live(house, "1")
    bring_live(house, "2")
    house.wait(2 * DAY)
    scan(house, "churn-2", critical=2)
    house.run()
    assert house.release(MODEL, "2").stage is Stage.LIVE
    assert news(house)[-1] == "alert"


def test_a_failed_smoke_test_clears_staging(house: House) -> None:
    register(house, "1")
    house.run()
    deployment = house.release(MODEL, "1").deployment
    house.endpoints.answers[deployment] = Answer(code=500, latency_ms=3.0, detail="no such column")
    scan(house, "churn-1")
    house.run()
    assert house.release(MODEL, "1").stage is Stage.REJECTED
    assert "no such column" in house.release(MODEL, "1").reason
    assert house.endpoints.deployments(f"{ENDPOINT}-stg") == []


def test_a_release_that_never_had_traffic_rolls_back_without_touching_another_canary(house: House) -> None:
    bring_live(house, "1")
    bring_to_approval(house, "2")
    answer(house, "2", ANNA)
    house.wait(70)
    register(house, "3")
    scan(house, "churn-3")
    house.wait(50)
    canary, written = house.release(MODEL, "2").deployment, list[Mapping[str, int]]()
    house.endpoints.watchers.append(lambda endpoint, weights: written.append(weights))
    house.endpoints.failing[house.release(MODEL, "3").deployment] = "out of quota"
    answer(house, "3", ANNA)
    house.run()
    assert house.release(MODEL, "3").stage is Stage.ROLLED_BACK
    assert [weights[canary] for weights in written] == [50, 100]


def test_every_ledger_of_a_busy_house_is_whole_and_nothing_is_left_to_do(house: House) -> None:
    for version in ("1", "2", "3"):
        bring_live(house, version)
    house.wait(30 * DAY)
    assert house.bus.waiting() == []
    assert [first_broken(release.ledger) for release in house.releases()] == [None, None, None]
    assert [release.outstanding for release in house.releases()] == [(), (), ()]
    assert {release.policy_digest for release in house.releases()} == {POLICY.digest()}
