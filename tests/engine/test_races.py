"""An order that is overtaken in the middle by the end of its release gives that release no traffic any more."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shared.contracts import wire
from shared.core.orders import Order, Promote, RollBack, ShiftTraffic
from shared.core.policy import CanaryPolicy, Policy
from shared.core.release import TERMINAL, Stage
from shared.performers.outcomes import Later
from shared.performers.performing import perform
from tests.simulated import story
from tests.simulated.bus import Letter
from tests.simulated.clock import SimulatedClock
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.story import ANNA, ENDPOINT, MODEL

CALLS = range(9)
OTHERS = range(4, 10)
POLICY = Policy(name="quick", scenario="classical", canary=CanaryPolicy(minimum_requests=20))


def letters(house: House, kind: type[Order]) -> Iterator[Letter]:
    """The waiting letters with an order of that kind."""
    for letter in house.bus.waiting():
        if letter.queue not in house.doors and isinstance(wire.decode_errand(letter.body).order, kind):
            yield letter


def run_until(house: House, kind: type[Order]) -> Letter:
    """Run until an order of that kind waits, and hand out its letter."""
    while not (found := list(letters(house, kind))):
        house.advance_to(house.bus.waiting()[0].due)
        house.deliver(house.bus.waiting()[0])
    return found[0]


def deliver_interrupted(house: House, letter: Letter, calls: int, others: int) -> None:
    """Deliver `letter`; after `calls` calls of ports the next `others` that are due come first, and then it goes on."""
    left = iter(range(calls))

    def interrupt(call: str) -> Fault | None:
        if next(left, None) is None:
            house.faults.pick = lambda call: None
            for _ in range(others):
                house.deliver(next(each for each in house.bus.waiting() if each is not letter))
        return None

    house.faults.pick = interrupt
    house.deliver(letter)
    house.faults.pick = lambda call: None


def refused_in_the_middle(kind: type[Order], calls: int, others: int) -> House:
    """Version 2 comes as far as the order; a critical finding ends it in the middle of that order."""
    house = House(POLICY)
    house.load.per_advance = 300
    story.bring_live(house, "1")
    story.bring_to_approval(house, "2")
    story.answer(house, "2", ANNA)
    letter = run_until(house, kind)
    house.advance_to(letter.due)
    story.scan(house, "churn-2", critical=1)
    deliver_interrupted(house, letter, calls, others)
    house.run()
    return house


@pytest.mark.parametrize("others", OTHERS)
def test_a_shift_overtaken_by_the_end_of_its_release_leaves_no_traffic(others: int) -> None:
    for calls in CALLS:
        house = refused_in_the_middle(ShiftTraffic, calls, others)
        assert house.release(MODEL, "2").stage is Stage.ROLLED_BACK
        assert house.endpoints.serving(ENDPOINT) == {house.release(MODEL, "1").deployment: 100}, (calls, others)
        assert house.endpoint(ENDPOINT).holder == ""
        assert len(house.endpoints.deployments(ENDPOINT)) == 1


def test_a_worker_whose_clock_is_ahead_waits_for_a_write_under_way_as_long_as_others() -> None:
    house = House(POLICY)
    story.bring_live(house, "1")
    story.bring_to_approval(house, "2")
    story.answer(house, "2", ANNA)
    house.advance_to(run_until(house, ShiftTraffic).due)
    house.faults.pick = lambda call: Fault.REFUSED if call == "endpoints.set_traffic" else None
    house.deliver(run_until(house, ShiftTraffic))
    story.demand(house, "2", "rollback")
    order = wire.decode_errand(run_until(house, RollBack).body).order
    ahead = replace(house._world(), clock=SimulatedClock(house.clock.now() + 300))
    waits = perform(order, 0, ahead)
    assert isinstance(waits, Later)
    assert "a write of the traffic of churn-api is under way" in waits.why
    house.faults.pick = lambda call: None
    house.advance_to(house.clock.now() + 120)
    writes = perform(order, 1, ahead)
    assert isinstance(writes, Later)
    assert "is being set to" in writes.why


def test_a_version_rolled_back_after_its_successor_got_all_traffic_leaves_that_alone() -> None:
    house = House(POLICY)
    house.load.per_advance = 300
    for version in ("1", "2"):
        story.bring_live(house, version)
    story.bring_to_approval(house, "3")
    story.answer(house, "3", ANNA)
    run_until(house, Promote).due += 60
    story.demand(house, "2", "rollback")
    house.run()
    third = house.release(MODEL, "3")
    assert [house.release(MODEL, version).stage for version in ("1", "2")] == [Stage.SUPERSEDED, Stage.ROLLED_BACK]
    assert third.stage is Stage.LIVE
    assert house.endpoints.serving(ENDPOINT) == house.endpoint(ENDPOINT).desired == {third.deployment: 100}
    assert (house.endpoint(ENDPOINT).live, house.endpoint(ENDPOINT).previous) == (third.deployment, "")


@pytest.mark.parametrize("others", OTHERS)
def test_a_promotion_overtaken_by_a_finding_settles_on_what_serves(others: int) -> None:
    for calls in CALLS:
        house = refused_in_the_middle(Promote, calls, others)
        (live,) = (release for release in house.releases() if release.stage is Stage.LIVE)
        assert house.endpoints.serving(ENDPOINT) == {live.deployment: 100}, (calls, others)
        assert (house.endpoint(ENDPOINT).live, house.endpoint(ENDPOINT).holder) == (live.deployment, "")
        assert {release.stage for release in house.releases()} <= {Stage.LIVE} | TERMINAL
