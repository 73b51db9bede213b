"""A newer version that reaches the people ends the older ones that still wait, told over simulated ports."""

from itertools import count

import pytest

from shared.core.ledger import first_broken
from shared.core.release import Release, Stage
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.story import ANNA, ENDPOINT, MODEL, answer, bring_live, bring_to_approval, demand, register, scan

HOUR = 3600.0


@pytest.fixture
def house() -> House:
    return House()


def release(house: House, version: str) -> Release:
    return house.release(MODEL, version)


def stage(house: House, version: str) -> Stage:
    return release(house, version).stage


def test_a_newer_version_that_reaches_the_people_ends_older_ones_that_wait(house: House) -> None:
    bring_to_approval(house, "1")
    house.wait(60)
    register(house, "2")
    house.wait(60)
    bring_to_approval(house, "3")
    assert [stage(house, version) for version in "123"] == [
        Stage.SUPERSEDED,
        Stage.SUPERSEDED,
        Stage.AWAITING_APPROVAL,
    ]
    assert release(house, "1").reason == "version 3 overtook it while it waited"
    assert answer(house, "1", ANNA).code == 409


def test_an_older_canary_goes_on_when_a_newer_version_waits(house: House) -> None:
    bring_live(house, "1")
    bring_to_approval(house, "2")
    answer(house, "2", ANNA)
    house.run(50)
    assert stage(house, "2") is Stage.CANARY
    register(house, "3")
    scan(house, "churn-3")
    house.run()
    assert stage(house, "2") is Stage.LIVE
    assert stage(house, "3") is Stage.AWAITING_APPROVAL


def test_an_older_version_that_comes_late_to_the_people_gives_way(house: House) -> None:
    register(house, "1")
    house.wait(60)
    bring_live(house, "2")
    assert stage(house, "1") is Stage.SUPERSEDED
    scan(house, "churn-1")
    house.run()
    assert house.endpoints.serving(ENDPOINT) == {release(house, "2").deployment: 100}


def test_a_newer_version_that_fails_before_the_people_ends_nobody(house: House) -> None:
    bring_to_approval(house, "1")
    house.wait(60)
    register(house, "2")
    scan(house, "churn-2", critical=1)
    house.run()
    assert (stage(house, "1"), stage(house, "2")) == (Stage.AWAITING_APPROVAL, Stage.REJECTED)


def test_a_version_that_was_never_live_is_never_reinstated(house: House) -> None:
    bring_live(house, "1")
    bring_to_approval(house, "2")
    house.wait(60)
    bring_live(house, "3")
    demand(house, "3", "rollback")
    house.run()
    assert [stage(house, version) for version in "123"] == [Stage.LIVE, Stage.SUPERSEDED, Stage.ROLLED_BACK]


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_ANSWER, Fault.REFUSED])
@pytest.mark.parametrize("call", ["documents.labelled", "bus.send", "documents.write"])
def test_a_fault_while_an_older_version_is_ended_loses_nothing(house: House, call: str, fault: Fault) -> None:
    bring_to_approval(house, "1")
    house.wait(60)
    register(house, "2")
    scan(house, "churn-2")
    calls = count()
    house.faults.pick = lambda name: fault if name == call and next(calls) % 2 == 0 else None
    house.run()
    house.faults.pick = lambda name: None
    house.wait(HOUR)
    house.sweeping.run(300.0)
    house.run()
    assert (stage(house, "1"), stage(house, "2")) == (Stage.SUPERSEDED, Stage.AWAITING_APPROVAL)
    assert first_broken(release(house, "1").ledger) is None
