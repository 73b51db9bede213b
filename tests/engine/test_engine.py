"""The engine applies a fact once, keeps every order alive, and knows its own writes again."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.facts import ModelRegistered, OrderDone
from shared.core.identity import release_key
from shared.core.orders import InspectModel
from shared.core.release import Release
from shared.engine import TRIES
from shared.ports import Message, Unavailable
from tests.simulated import story
from tests.simulated.faults import Crash, Fault
from tests.simulated.house import House
from tests.simulated.story import MODEL

SWEEP_SECONDS = 300.0
REGISTERED = ModelRegistered(id="r", at=1.0, body="", model=MODEL, version="1")


def once(call: str, fault: Fault) -> Callable[[str], Fault | None]:
    """What to pick so that `fault` happens at the first call of that name, and never again."""
    left = [fault]
    return lambda name: left.pop() if name == call and left else None


def sent(house: House) -> list[str]:
    """The kinds of the orders that reach the broker from now on."""
    kinds: list[str] = []

    def note(queue: str, message: Message) -> None:
        if queue != "facts":
            kinds.append(type(wire.decode_errand(message.body).order).__name__)

    house.bus.watchers.append(note)
    return kinds


def release(house: House) -> Release:
    return house.release(MODEL, "1")


@pytest.fixture
def house() -> House:
    house = House()
    story.push_model(house, "1")
    return house


@pytest.mark.parametrize("fault", [Fault.OWN_CONFLICT, Fault.LOST_ANSWER, Fault.REFUSED])
def test_a_doubtful_write_is_made_once_and_its_orders_are_sent(house: House, fault: Fault) -> None:
    orders = sent(house)
    house.faults.pick = once("documents.write", fault)
    house.engine.handle(REGISTERED)
    assert [entry.fact for entry in release(house).ledger] == ["ModelRegistered"]
    assert orders == ["InspectModel", "WatchDeadline"]


def test_a_crash_between_the_write_and_the_sending_is_repaired_by_the_redelivery(house: House) -> None:
    orders = sent(house)
    house.faults.pick = once("documents.write", Fault.CRASH_AFTER)
    with pytest.raises(Crash):
        house.engine.handle(REGISTERED)
    assert orders == []
    house.engine.handle(REGISTERED)
    assert len(release(house).ledger) == 1
    assert orders == ["InspectModel", "WatchDeadline"]


def test_a_crash_between_the_write_and_the_sending_is_repaired_by_the_sweep(house: House) -> None:
    house.faults.pick = once("documents.write", Fault.CRASH_AFTER)
    with pytest.raises(Crash):
        house.engine.handle(REGISTERED)
    orders = sent(house)
    assert house.engine.sweep(SWEEP_SECONDS) == 0, "nothing is overdue yet"
    house.wait(301)
    assert house.engine.sweep(SWEEP_SECONDS) == 1
    assert orders == ["InspectModel"]


def test_a_redelivered_fact_sends_only_what_is_still_outstanding(house: House) -> None:
    house.engine.handle(REGISTERED)
    house.wait(400)
    orders = sent(house)
    house.engine.handle(REGISTERED)
    assert orders == [], "both orders were answered or dropped with their stage"


def test_a_fact_under_a_known_id_with_another_body_is_recorded_and_its_body_kept(house: House) -> None:
    story.announce(house, "1")
    house.run()
    story.announce(house, "1", tag="changed")
    story.announce(house, "1", tag="changed")
    house.run()
    sentences = [entry.sentence for entry in release(house).ledger if entry.fact == "ModelRegistered"]
    assert [sentence.split(":")[0] for sentence in sentences] == ["registered under policy usual", "conflict"]
    assert ["changed" in case.body.decode() for case in house.quarantine.cases.values()] == [True]


def test_a_crash_after_the_record_of_a_conflict_does_not_lose_the_body(house: House) -> None:
    story.announce(house, "1")
    house.run()
    story.announce(house, "1", tag="changed")
    writes = iter([None, Fault.CRASH_AFTER])
    house.faults.pick = lambda call: next(writes, None) if call == "documents.write" else None
    house.run()
    house.faults.pick = once("documents.write", Fault.CRASH_AFTER)
    story.announce(house, "1", tag="changed again")
    house.run(200)
    assert len(house.quarantine.cases) == 2


def test_a_fact_about_an_unknown_release_is_quarantined(house: House) -> None:
    fact = OrderDone(id="d", at=1.0, model=MODEL, version="9", note="")
    house.intake.tell([fact])
    house.run()
    (case,) = house.quarantine.cases.values()
    assert case.reason == f"no release {MODEL}:9 is registered"
    assert wire.decode_fact(case.body) == fact


def test_a_registration_that_no_policy_can_judge_is_quarantined(house: House) -> None:
    house.policy = Malformed("the ladder must hold rising weights", "line 3 of the override")
    story.announce(house, "1")
    house.run()
    (case,) = house.quarantine.cases.values()
    assert "line 3 of the override" in case.reason
    assert house.releases() == []


def test_a_document_that_never_stands_still_ends_in_redelivery(house: House) -> None:
    calls: list[str] = []

    def overtaken(call: str) -> Fault | None:
        calls.append(call)
        return Fault.OVERTAKEN

    house.faults.pick = overtaken
    with pytest.raises(Unavailable, match=rf"changed under {TRIES} tries of ModelRegistered"):
        house.engine.handle(REGISTERED)
    assert calls == ["documents.read", "documents.write"] * TRIES


def test_a_stale_order_is_dropped(house: House) -> None:
    house.engine.handle(REGISTERED)
    (order,) = (each for each in release(house).outstanding if isinstance(each, InspectModel))
    house.run()
    before = release(house)
    house.bus.put("validation", wire.encode_errand(wire.Errand(order=order)))
    house.run()
    assert release(house) == before


def test_an_order_that_is_no_message_of_ours_is_quarantined(house: House) -> None:
    house.bus.put("deployment", b'{"order": {"kind": "Destroy"}}')
    house.run()
    (case,) = house.quarantine.cases.values()
    assert "unknown kind 'Destroy'" in case.reason
    assert house.bus.waiting() == []


def test_a_document_restored_without_its_labels_is_listed_and_swept_all_the_same(house: House) -> None:
    assert house.engine.handle(REGISTERED) is None
    key = release(house).key
    stored = house.documents.read(key)
    assert stored is not None
    house.documents.write(key, stored.data, stored.etag, {})
    listed = house.people.releases().content["releases"]
    assert [(line["model"], line["version"], line["stage"]) for line in listed] == [(MODEL, "1", "validating")]
    house.clock.advance_to(house.clock.now() + 400)
    assert house.engine.sweep(SWEEP_SECONDS) == 1


def overdue(house: House) -> None:
    """A release whose orders were never sent, long ago."""
    house.faults.pick = once("documents.write", Fault.CRASH_AFTER)
    with pytest.raises(Crash):
        house.engine.handle(REGISTERED)
    house.wait(600)


def test_two_sweeps_in_one_slot_send_one_message(house: House) -> None:
    overdue(house)
    orders = sent(house)
    house.engine.sweep(SWEEP_SECONDS)
    house.engine.sweep(SWEEP_SECONDS)
    assert orders == ["InspectModel"]
    house.clock.advance_to(house.clock.now() + SWEEP_SECONDS)
    house.engine.sweep(SWEEP_SECONDS)
    assert orders == ["InspectModel", "InspectModel"]


def test_a_sweep_passes_over_a_document_that_can_not_be_read(house: House) -> None:
    house.documents.write("releases/0", b"{}", None, {"overdue": "1"})
    overdue(house)
    assert house.engine.sweep(SWEEP_SECONDS) == 1


@settings(deadline=None, max_examples=60)
@given(copies=st.lists(st.floats(0.0, 90.0), max_size=8), skew=st.floats(0.0, 2.0))
def test_copies_of_an_order_never_lose_its_last_one_and_become_few(copies: list[float], skew: float) -> None:
    house = House()
    house.endpoints.operation_seconds = 2_000.0
    story.register(house, "1")
    house.run()
    story.scan(house, "churn-1")
    house.run(1)
    (order,) = (each for each in release(house).outstanding if type(each).__name__ == "DeployToStaging")
    body = wire.encode_errand(wire.Errand(order=order))
    for later in copies:
        house.bus.put("deployment", body, house.clock.now() + later)
    end = house.clock.now() + 600.0
    while (letter := house.bus.waiting()[0]).due < end:
        house.advance_to(letter.due - min(skew, letter.due - house.clock.now()))
        house.deliver(letter)
        assert alive(house) >= 1, "the last copy of the order was swallowed as a duplicate"
    assert alive(house) <= 2


def alive(house: House) -> int:
    """How many copies of orders of the deployment lane wait."""
    return sum(letter.queue == "deployment" for letter in house.bus.waiting())


def test_a_release_is_found_under_a_hash_of_its_name(house: House) -> None:
    house.engine.handle(REGISTERED)
    assert list(house.documents.under("releases/")) == [release_key(MODEL, "1")]
