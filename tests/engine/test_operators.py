"""What operators demand of releases, told over simulated ports."""

from collections.abc import Callable

import pytest

from shared.core.orders import ShiftTraffic
from shared.core.policy import ApprovalPolicy, Policy
from shared.core.release import Release, Stage
from tests.simulated.house import House
from tests.simulated.story import (
    ANNA,
    BERT,
    ENDPOINT,
    MODEL,
    answer,
    bring_live,
    bring_to_approval,
    demand,
    register,
    scan,
)

HOUR, DAY = 3600.0, 86_400.0
SOAKED = DAY + 1


@pytest.fixture
def house() -> House:
    return House()


def release(house: House, version: str) -> Release:
    return house.release(MODEL, version)


def stage(house: House, version: str) -> Stage:
    return release(house, version).stage


def serving(house: House) -> dict[str, int]:
    """The traffic in percent by version, as the cloud serves it."""
    versions = {each.deployment: each.version for each in house.releases()}
    return {versions[name]: weight for name, weight in house.endpoints.serving(ENDPOINT).items()}


def sentences(house: House, version: str, kind: str) -> list[str]:
    return [entry.sentence for entry in release(house, version).ledger if entry.fact == kind]


def until(house: House, reached: Callable[[], bool]) -> None:
    """Deliver letter by letter until something holds."""
    while not reached():
        first = house.bus.waiting()[0]
        house.advance_to(first.due)
        house.deliver(first)


def bring_into_canary(house: House, version: str) -> None:
    """Take the version to its first share of traffic, not yet measured."""
    bring_to_approval(house, version)
    answer(house, version, ANNA)
    until(house, lambda: release(house, version).weight == 10)


def overtake(house: House) -> None:
    """Deliver the newest letter before all others."""
    house.deliver(max(house.bus.waiting(), key=lambda letter: letter.number))


def test_a_release_that_waits_is_aborted_and_its_staging_cleared(house: House) -> None:
    register(house, "1")
    scan(house, "churn-1")
    until(house, lambda: bool(house.endpoints.deployments(f"{ENDPOINT}-stg")))
    demand(house, "1", "abort")
    overtake(house)
    house.run()
    assert (stage(house, "1"), release(house, "1").reason) == (Stage.ABORTED, "Olga aborted it: because")
    assert house.endpoints.deployments(f"{ENDPOINT}-stg") == []


def test_an_aborted_canary_gives_its_traffic_back_before_it_ends(house: House) -> None:
    bring_live(house, "1")
    bring_into_canary(house, "2")
    demand(house, "2", "abort")
    house.run(0)
    assert stage(house, "2") is Stage.ROLLING_BACK
    house.run()
    assert stage(house, "2") is Stage.ABORTED
    assert serving(house) == {"1": 100}


def test_a_live_release_is_not_aborted_but_rolled_back(house: House) -> None:
    bring_live(house, "1")
    refused = demand(house, "1", "abort")
    assert refused.code == 409
    assert "it is live; roll it back" in refused.content["refused"]


def test_a_live_release_is_rolled_back_and_the_version_before_is_reinstated(house: House) -> None:
    bring_live(house, "1")
    bring_live(house, "2")
    assert demand(house, "2", "rollback").code == 202
    house.run()
    assert stage(house, "2") is Stage.ROLLED_BACK
    assert stage(house, "1") is Stage.LIVE
    assert sentences(house, "1", "Reinstated") == ["serves again: version 2 left production"]
    assert serving(house) == {"1": 100}
    house.wait(3 * DAY)
    bring_live(house, "3")
    assert release(house, "3").inspection is not None
    assert serving(house) == {"3": 100}
    assert release(house, "3").previous == "1"


@pytest.mark.parametrize("later", [0.0, SOAKED], ids=["the first version", "after the soak"])
def test_a_live_release_without_a_deployed_version_before_it_stays(house: House, later: float) -> None:
    bring_live(house, "1")
    if later:
        bring_live(house, "2")
        house.wait(later)
    refused = demand(house, "2" if later else "1", "rollback")
    assert refused.code == 409
    assert "no version before it is deployed any more" in refused.content["refused"]


def test_a_paused_release_counts_approvals_but_enters_production_only_when_it_is_resumed(house: House) -> None:
    bring_to_approval(house, "1")
    demand(house, "1", "pause")
    house.run()
    answer(house, "1", ANNA)
    house.run()
    assert stage(house, "1") is Stage.AWAITING_APPROVAL
    assert sentences(house, "1", "ApprovalGiven")[-1].endswith("but it is paused by Olga")
    demand(house, "1", "resume")
    house.run()
    assert stage(house, "1") is Stage.LIVE


def test_a_paused_release_still_needs_every_approval(house: House) -> None:
    house.policy = Policy(name="two", scenario="classical", approval=ApprovalPolicy(required=2))
    bring_to_approval(house, "1")
    demand(house, "1", "pause")
    answer(house, "1", ANNA)
    house.run()
    demand(house, "1", "resume")
    house.run()
    assert stage(house, "1") is Stage.AWAITING_APPROVAL
    answer(house, "1", BERT)
    house.run()
    assert stage(house, "1") is Stage.LIVE


def test_a_paused_canary_keeps_its_weight_and_goes_on_from_there(house: House) -> None:
    bring_live(house, "1")
    bring_into_canary(house, "2")
    demand(house, "2", "pause")
    house.wait(2 * HOUR)
    assert (stage(house, "2"), release(house, "2").weight) == (Stage.CANARY, 10)
    assert sentences(house, "2", "CanaryMeasured")[-1] == "did well at 10 %, but is paused by Olga"
    demand(house, "2", "resume")
    house.run()
    assert stage(house, "2") is Stage.LIVE
    weights = [entry.data["weight"] for entry in release(house, "2").ledger if entry.fact == "TrafficShifted"]
    assert weights == [10, 50, 100]


def test_a_release_paused_while_it_is_deployed_gets_no_traffic_before_it_is_resumed(house: House) -> None:
    bring_live(house, "1")
    bring_to_approval(house, "2")
    answer(house, "2", ANNA)
    house.run(0)
    demand(house, "2", "pause")
    house.wait(HOUR)
    assert serving(house) == {"1": 100}
    assert "once it is resumed" in sentences(house, "2", "DeploymentReady")[-1]
    demand(house, "2", "resume")
    house.run()
    assert serving(house) == {"2": 100}


@pytest.mark.parametrize("failing", [0.0, 0.9])
def test_a_canary_paused_before_its_next_shift_is_still_measured(house: House, failing: float) -> None:
    bring_live(house, "1")
    bring_into_canary(house, "2")
    until(house, lambda: release(house, "2").waits_for_any(ShiftTraffic))
    demand(house, "2", "pause")
    overtake(house)
    house.load.failing[release(house, "2").deployment] = failing
    house.wait(2 * HOUR)
    assert serving(house) == ({"1": 100} if failing else {"1": 90, "2": 10})
    demand(house, "2", "resume")
    house.run()
    assert stage(house, "2") is (Stage.ROLLED_BACK if failing else Stage.LIVE)


def test_a_shift_that_was_begun_before_the_pause_is_brought_to_its_end_and_measured(house: House) -> None:
    bring_live(house, "1")
    bring_into_canary(house, "2")
    until(house, lambda: house.endpoint(ENDPOINT).desired.get(release(house, "2").deployment) == 50)
    demand(house, "2", "pause")
    overtake(house)
    house.wait(HOUR)
    assert serving(house) == {"1": 50, "2": 50}
    assert sentences(house, "2", "CanaryMeasured")[-1] == "did well at 50 %, but is paused by Olga"


@pytest.mark.parametrize("paused", [False, True])
def test_a_failing_canary_is_rolled_back_paused_or_not(house: House, paused: bool) -> None:
    bring_live(house, "1")
    bring_into_canary(house, "2")
    if paused:
        demand(house, "2", "pause")
        house.wait(HOUR)
    house.load.failing[release(house, "2").deployment] = 0.9
    house.wait(2 * HOUR)
    assert stage(house, "2") is Stage.ROLLED_BACK
    assert serving(house) == {"1": 100}


def test_failing_scans_and_demanded_rollbacks_ignore_a_pause(house: House) -> None:
    bring_live(house, "1")
    for version in ("2", "3"):
        bring_into_canary(house, version)
        demand(house, version, "pause")
        house.run(10)
        if version == "2":
            demand(house, version, "rollback")
        else:
            scan(house, "churn-3", critical=1)
        house.run()
        assert stage(house, version) is Stage.ROLLED_BACK
        assert release(house, version).paused == ""


def test_deadlines_go_on_while_a_release_is_paused(house: House) -> None:
    bring_to_approval(house, "1")
    demand(house, "1", "pause")
    house.wait(4 * DAY)
    assert stage(house, "1") is Stage.EXPIRED


def test_a_pause_of_a_paused_release_and_a_resume_of_another_change_nothing(house: House) -> None:
    bring_to_approval(house, "1")
    assert demand(house, "1", "resume").code == 409
    demand(house, "1", "pause")
    house.run()
    refused = demand(house, "1", "pause")
    assert (refused.code, "paused by Olga already" in refused.content["refused"]) == (409, True)


def test_the_same_demand_sent_twice_is_one_entry(house: House) -> None:
    bring_to_approval(house, "1")
    assert demand(house, "1", "pause").content["fact"] == demand(house, "1", "pause").content["fact"]
    house.run()
    assert sentences(house, "1", "ReleasePaused") == ["Olga paused it: because"]
    for action in ("resume", "pause"):
        assert demand(house, "1", action).code == 202
        house.run()
    assert release(house, "1").paused == "Olga"
