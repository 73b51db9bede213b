"""Every fact about a live model has an answer: signals are tested, tests are judged, and only harm leads to action."""

from dataclasses import replace

from shared.core import facts
from shared.core import orders as do
from shared.core.facts import Action, Ending
from shared.core.orders import Notify
from shared.core.record import Decision, Step, commit
from shared.core.router import begun, may_run
from shared.core.tested import tested
from shared.core.watch import Acted, Watch, WatchStage
from shared.core.watch_policy import DAY, HOUR, QUARTER

SIGNALS = 20


def decide(watch: Watch | None, fact: facts.ModelFact, now: float) -> Decision[Watch]:
    """What `fact` makes of the watch; total, and of two news about what is live the one of the later turn counts."""
    before = watch or Watch(model=fact.model)
    stage = watch.stage if watch else ""
    step = _step(before, fact, now)
    return commit(before.key, stage, replace(step, record=_staged(step.record)), fact, now)


def _staged(watch: Watch) -> Watch:
    stage = WatchStage.WATCHING if watch.version else WatchStage.UNWATCHED
    return replace(watch, stage=WatchStage.ACTING if watch.active else stage)


def _step(watch: Watch, fact: facts.ModelFact, now: float) -> Step[Watch]:
    match fact:
        case facts.WatchBegun() | facts.WatchEnded() if fact.turn < watch.turn:
            return Step(record=watch, sentence="noted: later news about what is live came before")
        case facts.WatchBegun():
            return _begun(watch, fact, now)
        case facts.WatchEnded(version=version):
            ended = replace(_untested(watch), version="", turn=fact.turn, since=fact.at, signals=())
            return Step(record=ended, sentence=f"version {version} left production, and none serves in its place")
        case facts.WatchOrderDone(note=note):
            return Step(record=watch, sentence=note)
        case facts.ActionBegun():
            return _action_began(watch, fact, now)
        case facts.ActionEnded():
            return _action_ended(watch, fact, now)
        case facts.LabelsCompleted():
            return _labelled(watch, fact, now)
        case facts.WatchOrderAbandoned():
            return _abandoned(watch, fact, now)
    return _while_live(watch, fact, now)


def _while_live(watch: Watch, fact: facts.ModelFact, now: float) -> Step[Watch]:
    """The facts that say nothing when no version is live."""
    if not watch.version:
        return Step(record=watch, sentence=f"noted: no version of {watch.model} is live")
    match fact:
        case facts.DriftSignalled():
            return _signalled(watch, fact)
        case facts.DriftTested(version=version) if version != watch.version:
            return Step(record=watch, sentence=f"noted: version {version} is no longer live")
        case facts.DriftTested():
            return tested(watch, fact, now)
        case facts.WatchDue():
            return _due(watch, fact, now)
    return Step(record=watch, sentence=f"noted: {type(fact).__name__} changes nothing")


def _begun(watch: Watch, fact: facts.WatchBegun, now: float) -> Step[Watch]:
    watched = replace(
        _untested(watch),
        version=fact.version,
        turn=fact.turn,
        endpoint=fact.endpoint,
        deployment=fact.deployment,
        scenario=fact.scenario,
        policy=fact.policy,
        since=fact.at,
        reference="",
        tested=now,
        tested_until=fact.at,
        verdicts=(),
        profile="",
        signals=(),
        used=fact.at,
        late=0,
        idle=0,
    )
    return Step(record=watched, sentence=f"version {fact.version} is live, and watched from now on")


def _untested(watch: Watch) -> Watch:
    """The watch without a test of the version that was live."""
    return replace(watch, outstanding=tuple(each for each in watch.outstanding if not isinstance(each, do.TestDrift)))


def _signalled(watch: Watch, fact: facts.DriftSignalled) -> Step[Watch]:
    """A signal is no reason to act, only to test at once; one test answers all that came while it was under way."""
    name = f"{fact.source}: {fact.signal}"
    others = tuple(each for each in watch.signals if each != name)
    if fact.resolved:
        return Step(record=replace(watch, signals=others), sentence=f"{name} is over")
    heard = replace(watch, signals=(*others, name)[-SIGNALS:])
    if watch.testing:
        return Step(record=heard, sentence=f"{name}; a test is under way already")
    return Step(record=heard, sentence=f"{name}; tested before anything is done", orders=(_test(watch, name),))


def _test(watch: Watch, why: str) -> do.TestDrift:
    return do.TestDrift(version=watch.version, why=why, since=watch.tested_until)


def _due(watch: Watch, fact: facts.WatchDue, now: float) -> Step[Watch]:
    """What the timer found due: a test, an update, labels, or requests that never came.

    A clock that is behind the timer's does not make it less due: the same WatchDue is never told again.
    """
    now = max(now, fact.due)
    step = Step(record=watch, sentence="")
    for part in (_test_due, _update_due, _unused_due, _labels_due):
        done = part(step.record, now)
        said = "; ".join(filter(None, (step.sentence, done.sentence)))
        step = Step(record=done.record, sentence=said, orders=(*step.orders, *done.orders))
    return replace(step, sentence=step.sentence or "nothing is due any more")


def _test_due(watch: Watch, now: float) -> Step[Watch]:
    if now < watch.test_due:
        return Step(record=watch, sentence="")
    return Step(record=watch, sentence="a test is due", orders=(_test(watch, "it is time"),))


def _update_due(watch: Watch, now: float) -> Step[Watch]:
    """A model that is trained online misses its update as an incident; any other update can wait."""
    if now < watch.update_due:
        return Step(record=watch, sentence="")
    age = now - watch.since
    said = f"no new version for {age / HOUR:.0f} h"
    late = replace(watch, late=int(age // (watch.policy.update_every_hours * HOUR)))
    if not watch.policy.online:
        return Step(record=late, sentence=f"{said}: the update is deferred")
    return Step(record=late, sentence=f"{said}: an incident", orders=(Notify(news="update missed"),))


def _unused_due(watch: Watch, now: float) -> Step[Watch]:
    if now < watch.unused_due:
        return Step(record=watch, sentence="")
    days = (now - watch.used) / DAY
    idle = replace(watch, idle=int(days // watch.policy.unused_days))
    said = f"no request for {days:.0f} days; consider retiring the model"
    return Step(record=idle, sentence=said, orders=(Notify(news="unused"),))


def _labels_due(watch: Watch, now: float) -> Step[Watch]:
    if watch.active is None or now < watch.labels_due:
        return Step(record=watch, sentence="")
    waiting = replace(watch, active=replace(watch.active, deadline=now + watch.policy.label_hours * HOUR))
    said = f"the labels of {watch.active.reference or 'a queue that has not begun'} are late"
    return Step(record=waiting, sentence=said, orders=(Notify(news="labels late"),))


def _action_began(watch: Watch, fact: facts.ActionBegun, now: float) -> Step[Watch]:
    active = watch.active
    if active is None or active.action is not fact.action or active.reference:
        return Step(record=watch, sentence=f"noted: no {fact.action} was waited for to begin")
    deadline = now + (active.deadline - active.ordered)
    began = replace(watch, active=replace(active, reference=fact.reference, deadline=deadline))
    sentence = f"{fact.action} began as {fact.reference}"
    if fact.action is Action.LABEL:
        return Step(record=began, sentence=sentence, orders=(Notify(news="labels wanted"),))
    look = do.LookAtJob(
        version=active.version, why=sentence, action=fact.action, reference=fact.reference, deadline=deadline
    )
    return Step(record=began, sentence=sentence, orders=(look,))


def _action_ended(watch: Watch, fact: facts.ActionEnded, now: float) -> Step[Watch]:
    active = watch.active
    if active is None or (active.action, active.reference) != (fact.action, fact.reference):
        return Step(record=watch, sentence=f"noted: no {fact.action} {fact.reference} is under way")
    ended = _over(watch, active, fact.outcome, fact.detail, now)
    said = f"{fact.action} {fact.outcome}: {fact.detail or 'no detail'}"
    if fact.outcome is not Ending.SUCCEEDED:
        return Step(record=ended, sentence=said, orders=(Notify(news="action failed"),))
    if fact.action is Action.REINDEX and may_run(watch, Action.REEVALUATE):
        follow, order = begun(ended, Action.REEVALUATE, said, now, follows=True)
        return Step(record=replace(ended, active=follow), sentence=f"{said}; evaluated again", orders=(order,))
    experiment = fact.action in (Action.REINDEX, Action.REEVALUATE)
    news = "prompt experiment wanted" if experiment else "action succeeded"
    return Step(record=ended, sentence=said, orders=(Notify(news=news),))


def _labelled(watch: Watch, fact: facts.LabelsCompleted, now: float) -> Step[Watch]:
    active = watch.active
    if active is None or (active.action, active.reference) != (Action.LABEL, fact.reference):
        return Step(record=watch, sentence=f"noted: no labels of {fact.reference} are waited for")
    detail = f"{fact.items} item(s) are labelled, and are {fact.dataset}"
    ended = _over(watch, active, Ending.SUCCEEDED, detail, now)
    return Step(record=ended, sentence=f"{detail}; a person decides", orders=(Notify(news="labels complete"),))


def _over(watch: Watch, active: Acted, outcome: Ending, detail: str, now: float) -> Watch:
    """The watch with the action under way ended; actions of earlier quarters are forgotten."""
    recent = tuple(each for each in watch.acted if each.ended > now - QUARTER)
    ended = replace(active, ended=now, outcome=outcome, detail=detail)
    return replace(watch, active=None, acted=(*recent, ended))


def _abandoned(watch: Watch, fact: facts.WatchOrderAbandoned, now: float) -> Step[Watch]:
    order = next((order for order in watch.outstanding if order.key == fact.answers), None)
    said = f"{fact.order} can not be carried out: {fact.reason}"
    if isinstance(order, do.TestDrift):
        return Step(record=replace(watch, tested=now), sentence=said, orders=(Notify(news="test failed"),))
    if isinstance(order, do.WatchOrder) and watch.active:
        over = _over(watch, watch.active, Ending.FAILED, fact.reason, now)
        return Step(record=over, sentence=said, orders=(Notify(news="action failed"),))
    return Step(record=watch, sentence=said)
