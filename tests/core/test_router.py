"""Only harm is acted upon, as the scenario needs it, and only where nothing forbids it."""

import pytest

from shared.core import facts
from shared.core.facts import Action, Ending
from shared.core.router import worth
from shared.core.verdicts import Outcome
from shared.core.watch import Watch, WatchStage
from shared.core.watch_policy import DAY, HOUR, QUARTER, JobTemplate
from shared.core.watching import decide
from tests.simulated.watched import BORN, POLICY, after, fact, ordered, shown, verdict, watched

PASS, UNSURE, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL
ROUTES = {
    "classical": ["Retrain", "Notify retraining"],
    "vision": ["QueueForLabels", "Notify labelling"],
    "language": ["QueueForLabels", "Notify labelling"],
    "generative": ["Reindex", "Notify reindexing"],
    "unheard of": ["Notify harm stands"],
}
END = BORN + 2 * HOUR


def _acted_once(watch: Watch | None = None, ended: float = END) -> Watch:
    """The watch after one more retraining, which began an hour before it ended."""
    reference = f"job {ended}"
    return after(
        watch or watched(),
        shown(FAIL, at=ended - HOUR),
        fact(facts.ActionBegun, at=ended - HOUR, action=Action.RETRAIN, reference=reference),
        fact(facts.ActionEnded, at=ended, action=Action.RETRAIN, reference=reference, outcome=Ending.SUCCEEDED),
    )


@pytest.mark.parametrize(("scenario", "orders"), ROUTES.items(), ids=ROUTES)
def test_harm_leads_to_what_the_scenario_needs(scenario: str, orders: list[str]) -> None:
    assert ordered(watched(scenario), shown(FAIL)) == orders


@pytest.mark.parametrize("scenario", ROUTES)
@pytest.mark.parametrize("harm", [PASS, UNSURE])
@pytest.mark.parametrize("change", [PASS, UNSURE, FAIL])
def test_without_harm_nothing_is_ordered_whatever_changed(scenario: str, harm: Outcome, change: Outcome) -> None:
    step = decide(watched(scenario), shown(harm, change), BORN + HOUR)
    assert (step.orders, step.record.stage) == ((), WatchStage.WATCHING)


@pytest.mark.parametrize("change", [PASS, UNSURE, FAIL])
def test_a_person_reviews_a_change_only_when_neither_labels_nor_an_estimate_tell_of_harm(change: Outcome) -> None:
    blind = ordered(watched(), shown(UNSURE, change, numbers={}))
    assert blind == (["Notify review wanted"] if change is FAIL else [])
    for source in ("estimate", "labels"):
        assert ordered(watched(), shown(UNSURE, change, numbers={source: 0.9})) == []


def test_a_lasting_change_asks_a_person_once() -> None:
    first = after(watched(), shown(UNSURE, FAIL, numbers={}))
    assert ordered(first, shown(UNSURE, FAIL, numbers={}, at=BORN + DAY)) == []
    weighed = after(watched(), shown(PASS, FAIL))
    assert ordered(weighed, shown(UNSURE, FAIL, numbers={}, at=BORN + DAY)) == ["Notify review wanted"]
    calm = after(first, shown(UNSURE, PASS, numbers={}, at=BORN + DAY))
    assert ordered(calm, shown(UNSURE, FAIL, numbers={}, at=BORN + 2 * DAY)) == ["Notify review wanted"]


@pytest.mark.parametrize("scenario", ["classical", "generative"])
def test_nothing_learns_from_data_that_broke_its_contract(scenario: str) -> None:
    assert ordered(watched(scenario), shown(FAIL, contract=FAIL)) == ["Notify harm stands", "Notify contract broken"]


def test_items_are_labelled_even_when_data_broke_its_contract() -> None:
    assert "QueueForLabels" in ordered(watched("vision"), shown(FAIL, contract=FAIL))


def test_a_broken_contract_is_told_once_until_it_was_kept_again() -> None:
    broken = after(watched(), shown(contract=FAIL))
    assert ordered(broken, shown(contract=FAIL, at=BORN + DAY)) == []
    kept = after(broken, shown(at=BORN + DAY))
    assert ordered(kept, shown(contract=FAIL, at=BORN + 2 * DAY)) == ["Notify contract broken"]


def test_one_action_at_a_time() -> None:
    acting = after(watched(), shown(FAIL))
    assert acting.stage is WatchStage.ACTING
    assert ordered(acting, shown(FAIL, at=BORN + 30 * DAY)) == ["Notify harm stands"]


def test_without_a_job_a_person_is_told_instead() -> None:
    jobless = watched(retrain=JobTemplate())
    step = decide(jobless, shown(FAIL), BORN + HOUR)
    assert [type(order).__name__ for order in step.orders] == ["Notify"]
    assert "set watch.retrain.job" in step.record.ledger[-1].sentence


def test_an_action_begins_only_after_the_last_one_cooled_down() -> None:
    cooling = _acted_once()
    edge = END + POLICY.cool_down_hours * HOUR
    assert ordered(cooling, shown(FAIL, at=edge - 1)) == ["Notify harm stands"]
    assert ordered(cooling, shown(FAIL, at=edge)) == ["Retrain", "Notify retraining"]


def test_the_budget_is_that_of_the_last_quarter() -> None:
    spent = _acted_once(_acted_once(), END + 10 * DAY)
    assert ordered(spent, shown(FAIL, at=BORN + 60 * DAY)) == ["Notify harm stands"]
    assert ordered(spent, shown(FAIL, at=BORN + HOUR + QUARTER)) == ["Retrain", "Notify retraining"]


def test_an_action_that_never_began_is_not_charged_to_the_budget() -> None:
    watch = watched(budget_per_quarter=1)
    acting = after(watch, shown(FAIL))
    retrain = next(order for order in acting.outstanding if type(order).__name__ == "Retrain")
    gone = fact(facts.WatchOrderAbandoned, at=END, order="Retrain", reason="no such job", answers=retrain.key)
    assert ordered(acting, gone) == ["Notify action failed"]
    assert ordered(after(acting, gone), shown(FAIL, at=BORN + 9 * DAY))[0] == "Retrain"


def test_what_harm_costs_stands_beside_what_the_action_costs() -> None:
    harm = verdict("harm", FAIL, estimate=0.8, bar=0.9)
    numbers = worth(watched(), harm, rows=1000, seconds=QUARTER).numbers
    assert numbers["lost_accuracy"] == pytest.approx(0.1)
    assert numbers["loss_per_quarter"] == pytest.approx(200.0)
    assert numbers["cost_of_action"] == 100.0
    entry = after(watched(), shown(FAIL)).ledger[-1]
    assert [each.gate for each in entry.verdicts] == ["contract", "change", "harm", "worth"]


@pytest.mark.parametrize(
    ("numbers", "rows", "outcome"),
    [
        ({"labels": 50, "loss": 0.2, "usual_loss": 0.1}, 1000, PASS),
        ({"estimate": 0.8, "bar": 0.9}, 400, FAIL),
        ({}, 1000, UNSURE),
        ({"estimate": 0.95, "bar": 0.9}, 1000, UNSURE),
    ],
)
def test_an_action_is_worth_it_when_the_harm_costs_more(numbers: dict[str, float], rows: int, outcome: Outcome) -> None:
    assert worth(watched(), verdict("harm", FAIL, **numbers), rows, QUARTER).outcome is outcome
