"""From the first share of traffic to the last: what every fact means in production, in the order of a life."""

from dataclasses import replace

from shared.core import canary as rollout
from shared.core import facts
from shared.core import orders as do
from shared.core.demands import demanded, pause, resume
from shared.core.record import Step
from shared.core.release import Release, Stage
from shared.core.steps import end, enter, image_news, image_verdict, judged, leave_production, note, noted
from shared.core.verdicts import Outcome, Verdict


def canary(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Climbs the ladder as long as it does well."""
    match fact:
        case facts.Demand():
            return _demanded(release, fact, now)
        case facts.DeploymentReady(place="production"):
            first = rollout.next_weight(release.policy.canary, 0)
            held = ", once it is resumed" if release.paused else ""
            sentence = f"deployed to {fact.endpoint}; asks for {first} % of its traffic{held}"
            return Step(record=release, sentence=sentence, orders=(do.ShiftTraffic(weight=first),))
        case facts.DeploymentFailed(place="production", reason=reason):
            return leave_production(release, Stage.ROLLED_BACK, now, f"the deployment failed: {reason}")
        case facts.TrafficShifted():
            return _shifted(release, fact, now)
        case facts.CanaryMeasured() if fact.weight != release.weight:
            return note(release, f"a measurement at {fact.weight} % says nothing about {release.weight} %")
        case facts.CanaryMeasured():
            return _measured(release, fact, now)
        case facts.ScanReported() | facts.FindingsDismissed() | facts.PackagesJudged() if image_news(release, fact):
            verdict = image_verdict(release, now)
            if verdict.outcome is Outcome.FAIL:
                leaving = leave_production(release, Stage.ROLLED_BACK, now, verdict.reason)
                return judged(_suspecting(leaving, verdict), verdict)
        case facts.DeadlinePassed() if fact.stage == release.stage and fact.deadline == release.deadline:
            return leave_production(release, Stage.ROLLED_BACK, now, "the canary had no clear outcome in its time")
        case facts.OrderAbandoned(reason=reason) if release.waited_for(fact):
            sentence = f"{fact.order} can not be carried out: {reason}"
            return leave_production(release, Stage.ROLLED_BACK, now, sentence)
    return _noted(release, fact)


def _noted(release: Release, fact: facts.ReleaseFact) -> Step[Release]:
    """What moves nothing in production, where somebody may still have to do something."""
    match fact:
        case facts.RescanDue(digest=digest) if digest == release.digest:
            hours = release.policy.quarantine.rescan_hours
            sentence = f"the newest scan of its image is older than the {hours:g} hours allowed; scan it again"
            return Step(record=release, sentence=sentence, orders=(do.Notify(news="rescan-due"),))
    return noted(release, fact)


def _demanded(release: Release, fact: facts.Demand, now: float) -> Step[Release]:
    match fact:
        case facts.ReleaseAborted():
            return leave_production(release, Stage.ABORTED, now, demanded(fact, "aborted it"))
        case facts.RollbackDemanded():
            return leave_production(release, Stage.ROLLED_BACK, now, demanded(fact, "rolled it back"))
        case facts.ReleasePaused() if not release.paused:
            return replace(pause(release, fact), orders=_watching(release, now))
        case facts.ReleaseResumed() if release.paused:
            return resume(release, fact)
    return noted(release, fact)


def _watching(release: Release, now: float) -> tuple[do.MeasureCanary, ...]:
    """A shift that is put off answers nothing, so the weight that the release has must be measured meanwhile."""
    put_off = release.waits_for_any(do.ShiftTraffic) and not release.waits_for_any(do.MeasureCanary)
    return (_measurement(release, now),) if release.weight and put_off else ()


def _shifted(release: Release, fact: facts.TrafficShifted, now: float) -> Step[Release]:
    alone = fact.weight == rollout.FULL and release.weight == 0
    shifted = replace(release, weight=fact.weight, shifted_at=now)
    if fact.weight == 0:
        first = rollout.next_weight(release.policy.canary, 0)
        sentence = f"lost its traffic in the roll-back of another version; asks for {first} % again"
        return Step(record=shifted, sentence=sentence, orders=(do.ShiftTraffic(weight=first),))
    if fact.weight == rollout.FULL and not alone:
        return enter(shifted, Stage.LIVE, now, "serves all traffic and is live", do.Promote(), do.Notify(news="live"))
    sentence = f"serves {fact.weight} % of the traffic" + ("; no other version is live" if alone else "")
    return Step(record=shifted, sentence=sentence, orders=(_measurement(shifted, now),))


def _measured(release: Release, fact: facts.CanaryMeasured, now: float) -> Step[Release]:
    policy = release.policy.canary
    verdict = rollout.judge(policy, fact.weight, fact.canary, fact.stable)
    if verdict.outcome is Outcome.FAIL:
        return judged(leave_production(release, Stage.ROLLED_BACK, now, verdict.reason), verdict)
    if verdict.outcome is Outcome.INCONCLUSIVE:
        waits = Step(record=release, sentence=f"waits: {verdict.reason}", orders=(_measurement(release, now),))
        return judged(waits, verdict)
    if release.paused:
        sentence = f"did well at {release.weight} %, but is paused by {release.paused}"
        return judged(Step(record=release, sentence=sentence, orders=(_measurement(release, now),)), verdict)
    if release.waits_for_any(do.ShiftTraffic):
        return judged(note(release, f"did well at {release.weight} %; more was asked for already"), verdict)
    if release.weight == rollout.FULL:
        passed = enter(release, Stage.LIVE, now, "did well alone and is live", do.Promote(), do.Notify(news="live"))
        return judged(passed, verdict)
    following = rollout.next_weight(policy, release.weight)
    sentence = f"did well at {release.weight} %; asks for {following} %"
    return judged(Step(record=release, sentence=sentence, orders=(do.ShiftTraffic(weight=following),)), verdict)


def live(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Serves all traffic."""
    match fact:
        case facts.Promoted(previous=previous):
            sentence = f"champion in place of {previous}" if previous else "the model's first champion"
            return note(replace(release, previous=previous), sentence)
        case facts.RollbackDemanded() if release.can_go_back(now):
            return leave_production(release, Stage.ROLLED_BACK, now, demanded(fact, "rolled it back"))
        case facts.Reinstated(instead_of=gone):
            kept = replace(release, outlived=(*release.outlived, gone))
            return note(kept, f"version {gone} left production before it was known to have come")
        case facts.Superseded(by=by) if by in release.outlived:
            return note(release, f"version {by} was live in its place, but has left production since")
        case facts.Superseded(by=by):
            ended = replace(release, successors=(*release.successors, by))
            return end(ended, Stage.SUPERSEDED, now, f"version {by} is live in its place", _after_soak(release, fact))
        case facts.ScanReported() | facts.FindingsDismissed() | facts.PackagesJudged() if image_news(release, fact):
            verdict = image_verdict(release, now)
            if verdict.outcome is Outcome.FAIL:
                return judged(_suspecting(_recalled(release, verdict.reason, now), verdict), verdict)
    return _noted(release, fact)


def _suspecting(step: Step[Release], verdict: Verdict) -> Step[Release]:
    """The step, and the image is quarantined again."""
    return replace(step, orders=(*step.orders, do.SuspectImage(reason=verdict.reason)))


def _recalled(release: Release, reason: str, now: float) -> Step[Release]:
    """Back to the version before while that is still deployed; later there is nothing to go back to but an alert."""
    if release.policy.live.recall and release.can_go_back(now):
        return leave_production(release, Stage.RECALLED, now, reason)
    return Step(record=release, sentence=f"alert: {reason}", orders=(do.Notify(news="alert"),))


def rolling_back(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Leaves production; it has ended only when it has no traffic any more."""
    match fact:
        case facts.TrafficRestored() if release.ending:
            serving = ", ".join(f"{name} {weight} %" for name, weight in fact.weights.items()) or "no version"
            removal = do.RemoveDeployment(endpoint=release.endpoint, deployment=release.deployment)
            cleaning = (removal, *_refused_image(release, now))
            return end(release, release.ending, now, f"{release.reason}; the endpoint serves {serving}", *cleaning)
        case facts.NothingToRestore() if release.ending:
            return _stuck(release, now)
    return noted(release, fact)


def _stuck(release: Release, now: float) -> Step[Release]:
    """Live again, with an alert: the soak ended before the roll-back came, and an empty endpoint helps nobody."""
    sentence = f"alert: {release.reason}, but version {release.previous} is not deployed any more to go back to"
    stays = replace(release, ending=None, reason="", previous="")
    return enter(stays, Stage.LIVE, now, sentence, do.Notify(news="alert"))


def _refused_image(release: Release, now: float) -> tuple[do.DiscardImage, ...]:
    verdict = image_verdict(release, now)
    return (do.DiscardImage(),) if verdict.outcome is Outcome.FAIL else ()


def superseded(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Has ended, unless every version after it leaves production; one that was never live has no weight."""
    match fact:
        case facts.Superseded(by=by) if release.weight == rollout.FULL and by not in release.outlived:
            longer = replace(_kept(release), successors=(*release.successors, by))
            sentence = f"version {by} is live in its place, too"
            return Step(record=longer, sentence=sentence, orders=(_after_soak(release, fact),))
        case facts.Reinstated(instead_of=gone) if release.weight == rollout.FULL:
            return _reinstated(replace(release, outlived=(*release.outlived, gone)), gone, now)
    return noted(release, fact)


def _reinstated(release: Release, gone: str, now: float) -> Step[Release]:
    if others := [version for version in release.successors if version not in release.outlived]:
        return note(release, f"version {gone} left production, but version {others[-1]} came in its place")
    verdict = image_verdict(release, now)
    refused = verdict.outcome is Outcome.FAIL
    alert = (do.Notify(news="alert"),) if refused else ()
    sentence = f"serves again: version {gone} left production" + f"; alert: {verdict.reason}" * refused
    again = replace(_kept(release), reason="", previous="")
    return enter(again, Stage.LIVE, now, sentence, do.Notify(news="live"), *alert)


def _after_soak(release: Release, fact: facts.Superseded) -> do.RemoveDeployment:
    return do.RemoveDeployment(endpoint=release.endpoint, deployment=release.deployment, not_before=fact.until)


def _kept(release: Release) -> Release:
    """The release without the removal that was to follow an earlier soak."""
    staying = (
        order
        for order in release.outstanding
        if not (isinstance(order, do.RemoveDeployment) and order.endpoint == release.endpoint)
    )
    return replace(release, outstanding=tuple(staying))


def _measurement(release: Release, now: float) -> do.MeasureCanary:
    later = now + release.policy.canary.measure_every_seconds
    return do.MeasureCanary(weight=release.weight, since=release.shifted_at, not_before=later)
