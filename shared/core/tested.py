"""What a test for drift means: a broken contract and a change are told, and only harm is acted upon."""

from dataclasses import replace

from shared.core.orders import Notify, Order
from shared.core.record import Step
from shared.core.router import begun, route, worth
from shared.core.verdicts import Outcome, Verdict
from shared.core.watch import Watch
from shared.core.watch_facts import Action, DriftTested

NEWS = {Action.RETRAIN: "retraining", Action.LABEL: "labelling", Action.REINDEX: "reindexing"}
SOURCES = ("estimate", "labels")


def tested(watch: Watch, fact: DriftTested, now: float) -> Step[Watch]:
    """The step for the test of the live version: what is new is told, and harm goes to the router."""
    seen, verdicts = _seen(watch, fact, now), (fact.contract, fact.change, fact.harm)
    told = (*_contract_broke(watch, fact), *_nothing_tells_of_harm(watch, fact))
    if fact.harm.outcome is not Outcome.FAIL:
        return Step(record=seen, sentence=_said(fact), verdicts=verdicts, orders=told)
    seen, orders, because = _acted(seen, fact, now)
    sentence = f"harm: {fact.harm.reason}; {because}"
    since, until = fact.window
    cost = worth(watch, fact.harm, fact.rows, until - since)
    return Step(record=seen, sentence=sentence, verdicts=(*verdicts, cost), orders=(*orders, *told))


def _seen(watch: Watch, fact: DriftTested, now: float) -> Watch:
    return replace(
        watch,
        reference=fact.reference or watch.reference,
        tested=now,
        tested_until=max(watch.tested_until, fact.window[1]),
        verdicts=(fact.contract, fact.change, fact.harm),
        profile=fact.profile,
        used=max(watch.used, fact.window[1]) if fact.rows else watch.used,
        idle=0 if fact.rows else watch.idle,
    )


def _acted(watch: Watch, fact: DriftTested, now: float) -> tuple[Watch, tuple[Order, ...], str]:
    """The watch with the action that the router gave, its orders, and why; without one, a person is told."""
    way = route(watch, fact.contract, now)
    if way.action is None:
        return watch, (Notify(news="harm stands"),), f"no action: {way.because}"
    active, order = begun(watch, way.action, fact.harm.reason, now)
    orders = (order, Notify(news=NEWS[way.action]))
    return replace(watch, active=active), orders, f"{way.action}, because {way.because}"


def _contract_broke(watch: Watch, fact: DriftTested) -> tuple[Order, ...]:
    """Data engineering is told once, until the contract was kept again."""
    return (Notify(news="contract broken"),) if _newly(watch, fact.contract) else ()


def _nothing_tells_of_harm(watch: Watch, fact: DriftTested) -> tuple[Order, ...]:
    """A change that nothing can weigh asks a person, once until a window is unchanged again."""
    blind = fact.harm.outcome is Outcome.INCONCLUSIVE and not any(name in fact.harm.numbers for name in SOURCES)
    return (Notify(news="review wanted"),) if blind and _newly(watch, fact.change) else ()


def _newly(watch: Watch, verdict: Verdict) -> bool:
    last = watch.verdict(verdict.gate)
    return verdict.outcome is Outcome.FAIL and (last is None or last.outcome is not Outcome.FAIL)


def _said(fact: DriftTested) -> str:
    changed = fact.change.outcome is Outcome.FAIL
    verdicts = (fact.contract, fact.harm, *((fact.change,) if changed else ()))
    said = "; ".join(verdict.reason for verdict in verdicts if verdict.outcome is not Outcome.PASS)
    return f"{fact.rows} row(s) tested: {said or 'no harm'}"
