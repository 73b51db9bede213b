"""The page docs/watch.md: what harm leads to and what every fact means for a watch, told by the code that decides."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.core import facts
from shared.core.facts import Action, Ending
from shared.core.orders import TestDrift
from shared.core.router import ACTIONS
from shared.core.verdicts import Number, Outcome, Verdict
from shared.core.watch import Watch, WatchStage
from shared.core.watch_policy import DAY, JobTemplate, WatchPolicy
from shared.core.watching import decide

NOW = 100 * DAY
JOB = JobTemplate(job="azureml:job")
POLICY = WatchPolicy(retrain=JOB, reindex=JOB, reevaluate=JOB, update_every_hours=24.0)
ESTIMATED: dict[str, Number] = {"estimate": 0.8}
PASS, UNSURE, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


def tables() -> str:
    """The page with its two tables."""
    lines = ["# What a watch makes of harm and of every other fact", "", *_routes(), "", *_answers()]
    return "\n".join([*lines, ""])


def _watch(scenario: str = "classical", policy: WatchPolicy = POLICY) -> Watch:
    begun = _fact(facts.WatchBegun, version="7", turn=1, endpoint="e", deployment="d", scenario=scenario, policy=policy)
    return decide(None, replace(begun, at=NOW - DAY / 2), NOW - DAY / 2).record


def _fact[F: facts.ModelFact](kind: type[F], **content: Any) -> F:
    return kind(id=f"{kind.__name__} {sorted(content.items())}", at=NOW, model="churn", **content)


def _tested(contract: Outcome, change: Outcome, harm: Outcome, numbers: dict[str, Number]) -> facts.DriftTested:
    def verdict(gate: str, outcome: Outcome) -> Verdict:
        return Verdict(gate=gate, outcome=outcome, reason="?", about="churn:7", numbers=numbers)

    return _fact(
        facts.DriftTested,
        version="7",
        window=(NOW - DAY, NOW),
        rows=1000,
        contract=verdict("contract", contract),
        change=verdict("change", change),
        harm=verdict("harm", harm),
    )


HARM = _tested(PASS, PASS, FAIL, ESTIMATED)


def _routes() -> Iterator[str]:
    """One row for each scenario, one column for each thing that may hinder an action."""
    yield from ("## Harm", "", "What a test orders that shows harm:", "")
    columns = list(_hindrances("classical"))
    yield f"| Scenario | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for scenario in (*ACTIONS, "any other"):
        cells = (_ordered(watch, test) for watch, test in _hindrances(scenario).values())
        yield f"| {scenario} | {' | '.join(cells)} |"


def _hindrances(scenario: str) -> dict[str, tuple[Watch, facts.DriftTested]]:
    free = _watch(scenario)
    bare = replace(POLICY, retrain=JobTemplate(), reindex=JobTemplate())
    return {
        "nothing hinders": (free, HARM),
        "contract broken too": (free, _tested(FAIL, PASS, FAIL, ESTIMATED)),
        "an action under way": (_acting(free), HARM),
        "the last one just ended": (_ended(_acting(free)), HARM),
        "budget spent": (_watch(scenario, replace(POLICY, budget_per_quarter=0)), HARM),
        "no job named": (_watch(scenario, bare), HARM),
    }


def _acting(watch: Watch) -> Watch:
    action = ACTIONS.get(watch.scenario, Action.RETRAIN)
    harmed = decide(watch, HARM, NOW - 60).record
    return decide(harmed, _fact(facts.ActionBegun, action=action, reference="job-1"), NOW - 30).record


def _ended(watch: Watch) -> Watch:
    action = watch.active.action if watch.active else Action.RETRAIN
    over = _fact(facts.ActionEnded, action=action, reference="job-1", outcome=Ending.FAILED)
    return decide(watch, over, NOW - 10).record


def _ordered(watch: Watch, fact: facts.ModelFact) -> str:
    again = replace(fact, id=f"{fact.id} again")
    orders = (getattr(order, "news", type(order).__name__) for order in decide(watch, again, NOW).orders)
    return ", ".join(f"*{name}*" if name[0].islower() else f"`{name}`" for name in orders) or "–"


def _answers() -> Iterator[str]:
    """Every fact in the ways it can turn out, for a watch in each stage."""
    watches = {WatchStage.UNWATCHED: Watch(model="churn"), WatchStage.WATCHING: _watch()}
    watches[WatchStage.ACTING] = _acting(_watch())
    yield from (
        "## Every fact",
        "",
        "What it orders in each stage; what is notified is in italics.",
        "",
    )
    yield f"| Fact | {' | '.join(watches)} |"
    yield "|---" * (len(watches) + 1) + "|"
    for how, fact in _samples():
        title = f"{type(fact).__name__} *{how}*" if how else type(fact).__name__
        yield f"| {title} | {' | '.join(_cell(watch, fact) for watch in watches.values())} |"


def _cell(watch: Watch, fact: facts.ModelFact) -> str:
    again = replace(fact, id=f"{fact.id} again")
    after, orders = decide(watch, again, NOW).record.stage, _ordered(watch, fact)
    moved = f"**{after}**" if after is not watch.stage else ""
    return ": ".join(filter(None, (moved, "" if moved and orders == "–" else orders)))


def _samples() -> Iterator[tuple[str, facts.ModelFact]]:
    began = {"version": "8", "turn": 2, "endpoint": "e", "deployment": "d", "scenario": "classical", "policy": POLICY}
    signal = _fact(facts.DriftSignalled, source="azure-ml", signal="age")
    job = {"action": Action.RETRAIN, "reference": "job-1"}
    yield "", _fact(facts.WatchBegun, **began)
    yield "", _fact(facts.WatchEnded, version="7", turn=2)
    yield "of a test and an offline update", _fact(facts.WatchDue, due=NOW + DAY)
    yield "", signal
    yield "that is over", replace(signal, resolved=True)
    yield "without harm", _tested(PASS, PASS, PASS, ESTIMATED)
    yield "changed, without harm", _tested(PASS, FAIL, PASS, ESTIMATED)
    yield "changed, and nothing tells of harm", _tested(PASS, FAIL, UNSURE, {})
    yield "contract broken", _tested(FAIL, PASS, UNSURE, ESTIMATED)
    yield "harm", HARM
    yield "", _fact(facts.ActionBegun, action=Action.RETRAIN, reference="job-2")
    yield "well", _fact(facts.ActionEnded, **job, outcome=Ending.SUCCEEDED)
    yield "otherwise", _fact(facts.ActionEnded, **job, outcome=Ending.FAILED)
    yield "of no queue that is waited for", _fact(facts.LabelsCompleted, reference="q", dataset="d:1", items=1)
    yield "", _fact(facts.WatchOrderDone, note="done")
    yield "of an order that nothing waits for", _fact(facts.WatchOrderAbandoned, order=TestDrift.__name__, reason="?")
