"""What is live is watched; a signal is tested, and only harm that a test shows leads to one action, whatever fails."""

from dataclasses import replace

import msgspec
import pytest

from local.audit import audit
from shared.contracts import wire
from shared.core import facts
from shared.core.facts import Action, Ending
from shared.core.identity import deployment_name, release_key, watch_key
from shared.core.orders import RollBack
from shared.core.policy import Policy
from shared.core.traffic import forgotten
from shared.core.verdicts import Outcome
from shared.core.watch import Watch, WatchStage
from shared.core.watch_policy import DAY, JobTemplate, WatchPolicy
from shared.performers.champion import reinstated
from shared.replay import replay
from tests.replay.lives import good_then_recalled
from tests.simulated import story
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.story import ENDPOINT, MODEL
from tests.simulated.watched import fact, shown, signalled

KEY = watch_key(MODEL)
FAIL = Outcome.FAIL
POLICY = Policy(name="usual", scenario="classical", watch=WatchPolicy(retrain=JobTemplate(job="azureml:retrain")))


@pytest.fixture
def house() -> House:
    """Version 1 is live, and harm may be answered by a training job."""
    live = House(POLICY)
    story.bring_live(live, "1")
    return live


def watch_of(house: House) -> Watch:
    """The watch over the model."""
    record = wire.decode_record(KEY, house.documents.under(KEY)[KEY])
    assert isinstance(record, Watch)
    return record


def decided(house: House, *news: facts.ModelFact) -> Watch:
    """The watch after the news came by the queue of facts and all facts there were decided; no order is performed."""
    if news:
        house.intake.tell(news)
    while letters := [letter for letter in house.bus.due() if letter.queue == "facts"]:
        house.deliver(letters[0])
    return watch_of(house)


def shows(house: House, outcome: Outcome = Outcome.PASS, contract: Outcome = Outcome.PASS) -> facts.DriftTested:
    """What a test shows of version 1 now."""
    return shown(outcome, contract=contract, at=house.clock.now(), version="1")


def kinds(watch: Watch) -> list[str]:
    """The kinds of the orders that wait."""
    return [type(order).__name__ for order in watch.outstanding]


def test_a_version_is_watched_from_the_moment_it_is_live(house: House) -> None:
    watch = watch_of(house)
    assert (watch.stage, watch.version, watch.scenario) == (WatchStage.WATCHING, "1", "classical")
    assert (watch.endpoint, watch.deployment) == (ENDPOINT, deployment_name(MODEL, "1"))
    assert watch.policy == POLICY.watch


def test_the_version_in_its_place_is_watched_next(house: House) -> None:
    story.bring_live(house, "2")
    assert watch_of(house).version == "2"


def test_a_version_that_serves_again_after_a_recall_is_watched_again() -> None:
    watch = watch_of(good_then_recalled())
    turns = [(entry.data["version"], entry.data["turn"]) for entry in watch.ledger]
    assert turns == [("1", 1), ("2", 2), ("1", 3)]
    assert watch.version == "1"


def test_a_version_that_serves_on_because_none_is_left_to_go_back_to_is_still_watched(house: House) -> None:
    story.bring_live(house, "2")
    house.faults.pick = lambda call: Fault.REFUSED if call == "endpoints.endpoint" else None
    story.demand(house, "2", "rollback")
    house.run(60)
    document, etag = house._world().traffic_of(ENDPOINT)
    house._world().keep_traffic(forgotten(document, deployment_name(MODEL, "1")), etag)
    house.faults.pick = lambda call: None
    house.run()
    watch = watch_of(house)
    assert (watch.stage, watch.version, watch.turn) == (WatchStage.WATCHING, "2", 2)
    story.bring_live(house, "3")
    assert (watch_of(house).version, watch_of(house).turn) == ("3", 3)


def test_nothing_is_watched_when_a_live_version_left_and_none_can_take_its_place(house: House) -> None:
    story.bring_live(house, "2")
    order = RollBack(document=release_key(MODEL, "2"), key="9.0.RollBack")
    (ended,) = reinstated(order, house.release(MODEL, "2"), house._world(), frozenset())
    assert isinstance(ended, facts.WatchEnded)
    watch = decided(house, ended)
    assert (watch.stage, watch.version, watch.turn) == (WatchStage.UNWATCHED, "", 3)
    assert house.watches.run() == 0


def test_harm_leads_to_one_retraining_however_often_it_is_told(house: House) -> None:
    assert kinds(decided(house, signalled(at=house.clock.now()))) == ["TestDrift"]
    (test,) = watch_of(house).outstanding
    harm = replace(shows(house, FAIL), answers=test.key)
    assert kinds(decided(house, harm, harm)) == ["Retrain", "Notify"]
    house.bus.put("facts", wire.encode_fact(harm))
    assert kinds(decided(house, shows(house, FAIL))) == ["Retrain", "Notify"]


def test_a_change_alone_leads_to_nothing(house: House) -> None:
    benign = shown(change=FAIL, at=house.clock.now(), version="1")
    watch = decided(house, benign)
    assert (watch.stage, watch.outstanding) == (WatchStage.WATCHING, ())


def test_two_signals_at_once_are_one_test(house: House) -> None:
    now = house.clock.now()
    assert kinds(decided(house, signalled("age", at=now), signalled("income", at=now))) == ["TestDrift"]


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_ANSWER, Fault.REFUSED])
@pytest.mark.parametrize("call", ["documents.write", "bus.send"])
def test_a_fault_while_harm_is_decided_loses_and_doubles_nothing(house: House, call: str, fault: Fault) -> None:
    harm = shows(house, FAIL)
    house.intake.tell([harm])
    left = [fault]
    house.faults.pick = lambda port: left.pop() if port == call and left else None
    decided(house)
    house.advance_to(house.clock.now() + 5)
    watch = decided(house)
    assert kinds(watch) == ["Retrain", "Notify"]
    sent = [wire.decode_errand(letter.body).order for letter in house.bus.due() if letter.queue == "maintenance"]
    assert [order.key for order in sent] == [watch.outstanding[0].key]
    assert not left


def test_a_signal_that_comes_again_with_another_body_is_kept_for_the_queue_of_signals(house: House) -> None:
    first, second = (house.bodies.keep(body) for body in (b"one", b"two"))
    heard = signalled(at=house.clock.now())
    decided(house, replace(heard, body=first))
    house.bus.put("facts", wire.encode_fact(replace(heard, body=second)))
    decided(house)
    while orders := [letter for letter in house.bus.due() if b"QuarantineBody" in letter.body]:
        house.deliver(orders[0])
    (case,) = house.custody.cases().content["cases"]
    assert case["door"] == "monitoring-signals"


def test_the_timer_tells_once_that_a_test_is_due(house: House) -> None:
    house.advance_to(house.clock.now() + 2 * DAY)
    assert (house.watches.run(), house.watches.run()) == (1, 1)
    assert kinds(decided(house)) == ["TestDrift"]
    assert house.watches.run() == 0


def test_nothing_is_due_before_its_time(house: House) -> None:
    assert house.watches.run() == 0


def test_a_broken_contract_is_told_to_the_outside_with_its_numbers(house: House) -> None:
    house.notices.events.clear()
    decided(house, shows(house, contract=FAIL))
    house.run()
    (event,) = map(msgspec.json.decode, house.notices.events)
    assert event["type"] == "gatehouse.watch.contract-broken"
    assert event["subject"] == f"watches/{MODEL}"
    assert event["data"]["verdicts"][0]["outcome"] == "fail"
    assert event["data"]["verdicts"][2]["numbers"]["estimate"] == 0.8
    assert watch_of(house).outstanding == ()


def acted(house: House) -> Watch:
    """The watch after harm, a training job and its end."""
    (order, _) = decided(house, shows(house, FAIL)).outstanding
    now = house.clock.now()
    began = fact(facts.ActionBegun, at=now, action=Action.RETRAIN, reference="job-1")
    decided(house, replace(began, answers=order.key))
    end = {"action": Action.RETRAIN, "reference": "job-1", "outcome": Ending.SUCCEEDED, "detail": "churn:2"}
    return decided(house, fact(facts.ActionEnded, at=now, **end))


def test_the_ledger_of_a_watch_replays_and_is_audited_like_every_other(house: House) -> None:
    watch = acted(house)
    assert replay(watch).agrees
    (found,) = (each for each in audit(house.documents, house.ledgers) if each.document == KEY)
    assert (found.broken, found.name) == (None, f"watch over {MODEL}")
    changed = house.documents.under(KEY)[KEY].replace(b"churn:2", b"churn:3")
    house.documents.overwrite(KEY, changed)
    assert any(each.broken for each in audit(house.documents, house.ledgers) if each.document == KEY)


def test_people_see_every_watch_and_what_was_done(house: House) -> None:
    acted(house)
    (line,) = house.watches.all().content["watches"]
    assert (line["model"], line["version"], line["stage"]) == (MODEL, "1", "watching")
    shown_to_people = house.watches.one(MODEL).content
    assert shown_to_people["actions"][0]["outcome"] == "succeeded"
    assert shown_to_people["ledger_whole"] is True
    assert any("harm" in sentence for sentence in shown_to_people["history"])


def test_a_model_that_was_never_live_is_not_found(house: House) -> None:
    reply = house.watches.one("nobody")
    assert (reply.code, reply.content) == (404, {"refused": "no version of nobody was ever live"})
