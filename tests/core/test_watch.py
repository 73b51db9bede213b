"""A watch follows what is live, tests before it believes, and says what is late."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core import facts
from shared.core.facts import Action, Ending
from shared.core.ledger import first_broken
from shared.core.orders import Order
from shared.core.verdicts import Outcome
from shared.core.watch import Watch, WatchStage
from shared.core.watch_policy import DAY, HOUR, QUARTER, WatchPolicy
from shared.core.watching import decide
from tests.simulated.watched import BORN, POLICY, after, begun, fact, ordered, shown, signalled, watched

FAIL = Outcome.FAIL
LATER = BORN + HOUR


def due(at: float) -> facts.WatchDue:
    """What the timer tells at `at`."""
    return fact(facts.WatchDue, at=at, due=at)


def outstanding(watch: Watch, kind: str) -> Order:
    """The one order of that kind."""
    (order,) = (order for order in watch.outstanding if type(order).__name__ == kind)
    return order


def acting(scenario: str, action: Action, reference: str = "job-1") -> Watch:
    """The watch whose action began as `reference`."""
    harmed = after(watched(scenario), shown(FAIL))
    return after(harmed, fact(facts.ActionBegun, at=LATER, action=action, reference=reference))


def ended(action: Action, outcome: Ending, reference: str = "job-1", at: float = LATER + 60) -> facts.ActionEnded:
    """The news that the job of an action ended."""
    return fact(facts.ActionEnded, f"{action}", at, action=action, reference=reference, outcome=outcome, detail="so")


def test_a_signal_is_tested_before_anything_is_done() -> None:
    assert ordered(watched(), signalled()) == ["TestDrift"]


def test_two_signals_at_once_lead_to_one_test() -> None:
    testing = after(watched(), signalled("age"))
    assert ordered(testing, signalled("income")) == []
    assert after(testing, signalled("income")).signals == ("azure-ml: age", "azure-ml: income")


def test_a_signal_after_the_test_is_tested_again() -> None:
    testing = after(watched(), signalled("age"))
    answer = replace(shown(), answers=outstanding(testing, "TestDrift").key)
    assert ordered(after(testing, answer), signalled("income", at=LATER + 1)) == ["TestDrift"]


def test_a_resolved_signal_is_noted_and_leads_to_nothing() -> None:
    loud = after(watched(), signalled("age"))
    quiet = decide(loud, signalled("age", resolved=True), LATER)
    assert (quiet.record.signals, quiet.orders) == ((), ())


def test_a_test_begins_where_the_last_window_ended() -> None:
    assert outstanding(after(watched(), shown(), signalled(at=LATER + 1)), "TestDrift").since == LATER  # type: ignore[attr-defined]


def test_nothing_is_known_of_a_model_without_a_live_version() -> None:
    for news in (signalled(), shown(FAIL), due(LATER), ended(Action.RETRAIN, Ending.FAILED)):
        step = decide(None, news, LATER)
        assert (step.orders, step.record.stage) == ((), WatchStage.UNWATCHED)


def test_a_new_version_is_watched_from_scratch_under_its_own_policy() -> None:
    old = after(watched(), shown(), signalled(at=LATER + 1))
    new = after(old, begun("8", at=LATER + DAY, turn=2, test_every_hours=1.0))
    assert (new.version, new.verdicts, new.signals, new.reference) == ("8", (), (), "")
    assert not new.testing, "the test of the version before means nothing any more"
    assert new.due == LATER + DAY + HOUR


def test_of_two_news_about_what_is_live_the_later_turn_counts_in_any_order_and_by_any_clock() -> None:
    eight, back = begun("8", at=BORN + 10, turn=2), begun("7", at=BORN + 5, turn=3)
    gone = fact(facts.WatchEnded, at=BORN, version="7", turn=4)
    assert after(watched(), eight, back).version == "7"
    assert after(watched(), back, eight).version == "7"
    assert after(watched(), gone, eight, back).version == ""
    assert after(watched(), gone, begun("9", at=BORN - 40, turn=5)).version == "9"


def test_a_test_of_a_version_that_is_no_longer_live_changes_nothing() -> None:
    new = after(watched(), begun("8", at=LATER, turn=2))
    step = decide(new, shown(FAIL, version="7", at=LATER + 1), LATER + 1)
    assert (step.orders, step.record.verdicts) == ((), ())


def test_a_model_that_left_production_is_not_due_for_anything() -> None:
    assert after(watched(), fact(facts.WatchEnded, at=LATER, version="7", turn=2)).due == math.inf


def test_a_test_is_due_by_cadence_and_only_one_at_a_time() -> None:
    watch = watched(test_every_hours=6.0)
    assert watch.due == BORN + 6 * HOUR
    assert ordered(watch, due(BORN + 6 * HOUR)) == ["TestDrift"]
    assert ordered(watch, due(BORN + 6 * HOUR - 1)) == []
    assert ordered(after(watch, due(BORN + 6 * HOUR)), due(BORN + 12 * HOUR)) == []


def test_a_clock_behind_that_of_the_timer_orders_the_test_all_the_same() -> None:
    assert ordered(watched(), due(BORN + DAY), now=BORN + DAY - 30) == ["TestDrift"]


@pytest.mark.parametrize(("update", "orders"), [("online", ["Notify update missed"]), ("offline", [])])
def test_a_missed_update_is_an_incident_online_and_deferred_offline(update: str, orders: list[str]) -> None:
    watch = watched(update=update, update_every_hours=10.0, test_every_hours=1000.0)
    late = due(BORN + 10 * HOUR)
    assert ordered(watch, late) == orders
    assert "deferred" in after(watch, late).ledger[-1].sentence or update == "online"
    assert after(watch, late).due == BORN + 20 * HOUR


def test_a_long_missed_update_is_told_once_and_not_once_for_every_period() -> None:
    watch = watched(update="online", update_every_hours=1.0, test_every_hours=1000.0)
    assert after(watch, due(BORN + 5.5 * HOUR)).due == BORN + 6 * HOUR


def test_a_model_nobody_calls_is_suggested_for_retirement_until_somebody_does() -> None:
    watch = watched(unused_days=10.0, test_every_hours=10_000.0)
    idle = due(BORN + 10 * DAY)
    assert ordered(watch, idle) == ["Notify unused"]
    assert after(watch, idle).due == BORN + 20 * DAY
    assert after(watch, idle, shown(at=BORN + 12 * DAY)).unused_due == BORN + 22 * DAY
    assert after(watch, idle, shown(rows=0, at=BORN + 12 * DAY)).unused_due == BORN + 20 * DAY


def test_a_job_is_looked_at_until_it_ends() -> None:
    harmed = after(watched(), shown(FAIL))
    began = fact(facts.ActionBegun, at=LATER, action=Action.RETRAIN, reference="job-1")
    assert ordered(harmed, began) == ["LookAtJob"]
    assert ordered(after(harmed, began), replace(began, id="again")) == []


@pytest.mark.parametrize(
    ("outcome", "news"),
    [
        (Ending.SUCCEEDED, "Notify action succeeded"),
        (Ending.FAILED, "Notify action failed"),
        (Ending.CANCELLED, "Notify action failed"),
    ],
)
def test_the_end_of_an_action_is_told_and_kept(outcome: Ending, news: str) -> None:
    watch = acting("classical", Action.RETRAIN)
    assert ordered(watch, ended(Action.RETRAIN, outcome)) == [news]
    over = after(watch, ended(Action.RETRAIN, outcome))
    assert (over.stage, over.active, over.acted[-1].outcome) == (WatchStage.WATCHING, None, outcome)


def test_the_end_of_another_job_changes_nothing() -> None:
    watch = acting("classical", Action.RETRAIN)
    assert after(watch, ended(Action.RETRAIN, Ending.FAILED, "job-0")).active == watch.active


def test_a_new_index_is_evaluated_and_then_a_person_experiments_with_the_prompt() -> None:
    indexed = ended(Action.REINDEX, Ending.SUCCEEDED)
    watch = acting("generative", Action.REINDEX)
    assert ordered(watch, indexed) == ["Reevaluate"]
    evaluating = after(
        watch, indexed, fact(facts.ActionBegun, "2", LATER + 60, action=Action.REEVALUATE, reference="job-2")
    )
    over = ended(Action.REEVALUATE, Ending.SUCCEEDED, "job-2", LATER + 90)
    assert ordered(evaluating, over) == ["Notify prompt experiment wanted"]
    assert after(evaluating, over).triggered(LATER + 90) == 1, "both together are one trigger"


def test_labels_come_back_as_a_data_version_and_a_person_decides() -> None:
    watch = acting("vision", Action.LABEL, "queue-1")
    assert "LookAtJob" not in [type(order).__name__ for order in watch.outstanding]
    labels = fact(facts.LabelsCompleted, at=LATER + DAY, reference="queue-1", dataset="images:3", items=200)
    assert ordered(watch, labels) == ["Notify labels complete"]
    assert after(watch, labels).acted[-1].detail == "200 item(s) are labelled, and are images:3"
    assert after(watch, replace(labels, reference="queue-0")).active == watch.active


def test_labels_that_do_not_come_are_told_again_and_again() -> None:
    watch = replace(acting("vision", Action.LABEL, "queue-1"), tested=BORN + QUARTER)
    late = due(LATER + POLICY.label_hours * HOUR)
    assert ordered(watch, late) == ["Notify labels late"]
    assert after(watch, late).labels_due == late.at + POLICY.label_hours * HOUR


def test_a_test_that_can_not_be_made_is_told_and_tried_at_the_next_time() -> None:
    testing = after(watched(), signalled())
    key = outstanding(testing, "TestDrift").key
    gone = fact(facts.WatchOrderAbandoned, at=LATER, order="TestDrift", reason="no profile", answers=key)
    assert ordered(testing, gone) == ["Notify test failed"]
    assert after(testing, gone).due == LATER + POLICY.test_every_hours * HOUR


def test_the_false_alarms_of_a_quarter_are_shared_by_its_tests() -> None:
    assert WatchPolicy(test_every_hours=24.0, false_alarms_per_quarter=1.0).alpha == pytest.approx(DAY / QUARTER)
    assert WatchPolicy(test_every_hours=24.0 * 30).alpha == 0.05


NEWS = st.sampled_from([
    begun("8", at=BORN + 5, turn=2),
    fact(facts.WatchEnded, at=BORN + 7, version="8", turn=3),
    signalled(),
    shown(FAIL),
    shown(at=BORN + DAY),
    due(BORN + 2 * DAY),
    fact(facts.ActionBegun, action=Action.RETRAIN, reference="job-1"),
    ended(Action.RETRAIN, Ending.SUCCEEDED),
    fact(facts.LabelsCompleted, reference="job-1", dataset="d:1", items=1),
    fact(facts.WatchOrderDone, note="done"),
    fact(facts.WatchOrderAbandoned, order="Retrain", reason="?"),
])  # fmt: skip


@given(st.lists(NEWS, max_size=12))
def test_any_news_in_any_order_has_an_answer_and_never_two_tests_or_two_actions(news: list[facts.ModelFact]) -> None:
    watch = watched()
    for each in news:
        watch = decide(watch, each, max(each.at, watch.ledger[-1].at)).record
        kinds = [type(order).__name__ for order in watch.outstanding]
        assert kinds.count("TestDrift") <= 1
        assert kinds.count("Retrain") <= 1
        assert (watch.stage is WatchStage.ACTING) == (watch.active is not None)
    assert first_broken(watch.ledger) is None
