"""A watched model in the states that the tests of its decisions begin with."""

from dataclasses import replace
from typing import Any

from shared.core import facts
from shared.core.verdicts import Number, Outcome, Verdict
from shared.core.watch import Watch
from shared.core.watch_policy import HOUR, CostPolicy, JobTemplate, WatchPolicy
from shared.core.watching import decide

BORN = 1_000_000.0
MODEL, VERSION = "churn", "7"
JOB = JobTemplate(job="azureml:retrain@default")
POLICY = WatchPolicy(
    retrain=JOB, reindex=JOB, reevaluate=JOB, costs=CostPolicy(per_error=2.0, per_action=100.0), budget_per_quarter=2
)


def fact[F: facts.ModelFact](kind: type[F], identity: str = "", at: float = BORN, **content: Any) -> F:
    """A fact about the model, with an id of its own kind and `identity`."""
    return kind(id=f"{kind.__name__} {identity} {at}", at=at, model=MODEL, **content)


def begun(
    version: str = VERSION, scenario: str = "classical", at: float = BORN, turn: int = 1, **policy: Any
) -> facts.WatchBegun:
    """The news that a version went live."""
    return fact(
        facts.WatchBegun,
        version,
        at,
        version=version,
        turn=turn,
        endpoint="churn-api",
        deployment=f"r-{version}",
        scenario=scenario,
        policy=replace(POLICY, **policy),
    )


def watched(scenario: str = "classical", **policy: Any) -> Watch:
    """A model whose version 7 is live since BORN."""
    return decide(None, begun(scenario=scenario, **policy), BORN).record


def verdict(gate: str, outcome: Outcome, **numbers: Number) -> Verdict:
    """A verdict of one tier."""
    return Verdict(gate=gate, outcome=outcome, reason=f"{gate} says {outcome}", about="churn:7", numbers=numbers)


def shown(
    harm: Outcome = Outcome.PASS,
    change: Outcome = Outcome.PASS,
    contract: Outcome = Outcome.PASS,
    *,
    at: float = BORN + HOUR,
    version: str = VERSION,
    rows: int = 1000,
    numbers: dict[str, Number] | None = None,
) -> facts.DriftTested:
    """What a test of the last hour showed; the harm was estimated unless `numbers` say otherwise."""
    known: dict[str, Number] = {"estimate": 0.8, "bar": 0.9} if numbers is None else numbers
    return fact(
        facts.DriftTested,
        str(at),
        at,
        version=version,
        window=(at - HOUR, at),
        rows=rows,
        contract=verdict("contract", contract),
        change=verdict("change", change),
        harm=verdict("harm", harm, **known),
    )


def signalled(signal: str = "feature age", *, resolved: bool = False, at: float = BORN + 60) -> facts.DriftSignalled:
    """Another monitor's word."""
    return fact(facts.DriftSignalled, signal, at, source="azure-ml", signal=signal, resolved=resolved)


def after(watch: Watch, *news: facts.ModelFact, later: float = 0.0) -> Watch:
    """The watch after the news, each decided when it happened, or `later`."""
    for each in news:
        watch = decide(watch, each, each.at + later).record
    return watch


def ordered(watch: Watch, news: facts.ModelFact, now: float | None = None) -> list[str]:
    """What the fact orders, with the news of notifications."""
    orders = decide(watch, news, news.at if now is None else now).orders
    return [f"Notify {order.news}" if hasattr(order, "news") else type(order).__name__ for order in orders]
