"""What a test for drift means: a broken contract and a change are told, and only harm is acted upon."""

from dataclasses import replace

from shared.core.facts import Action, DriftTested
from shared.core.orders import Notify, Order
from shared.core.record import Step
from shared.core.router import begun, route, worth
from shared.core.verdicts import Outcome, Verdict
from shared.core.watch import Watch

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
    last = watch.verdict(fact.contract.gate)
    known = last is not None and last.outcome is Outcome.FAIL
    return (Notify(news="contract broken"),) if fact.contract.outcome is Outcome.FAIL and not known else ()


def _nothing_tells_of_harm(watch: Watch, fact: DriftTested) -> tuple[Order, ...]:
    """A change that nothing can weigh asks a person, once as long as that lasts."""
    known = _unweighed(watch.verdict(fact.change.gate), watch.verdict(fact.harm.gate))
    return (Notify(news="review wanted"),) if _unweighed(fact.change, fact.harm) and not known else ()


def _unweighed(change: Verdict | None, harm: Verdict | None) -> bool:
    """Whether there was a change, and neither labels nor an estimate could tell of harm."""
    if change is None or harm is None or change.outcome is not Outcome.FAIL:
        return False
    return harm.outcome is Outcome.INCONCLUSIVE and not any(name in harm.numbers for name in SOURCES)


def _said(fact: DriftTested) -> str:
    changed = fact.change.outcome is Outcome.FAIL
    verdicts = (fact.contract, fact.harm, *((fact.change,) if changed else ()))
    said = "; ".join(verdict.reason for verdict in verdicts if verdict.outcome is not Outcome.PASS)
    return f"{fact.rows} row(s) tested: {said or 'no harm'}"
