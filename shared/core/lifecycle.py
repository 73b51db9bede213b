"""The whole life of a release on one page: what every fact means in every stage, in the order of a life."""

from collections.abc import Callable
from dataclasses import replace

from shared.core import canary, facts, gates
from shared.core import orders as do
from shared.core.identity import staging_endpoint
from shared.core.policy import HOUR, Policy
from shared.core.record import Decision, Step, commit
from shared.core.release import TERMINAL, Release, Stage
from shared.core.steps import approve, end, enter, heard, judged, leave_production, note, reject
from shared.core.verdicts import Outcome, unmet, worst


def decide(
    release: Release | None, fact: facts.ReleaseFact, policy: Policy | None, now: float
) -> Decision[Release] | None:
    """What `fact` makes of `release`, at `now` in seconds since the epoch; total over stages and facts.

    `release` is None before the registration; `policy` is what a new release is bound to and is ignored for a known
    one. None as the answer means that the fact is about a release that nobody registered.
    """
    if release is None:
        return _born(fact, policy, now)
    heard_of = heard(release, fact)
    step = STAGES[release.stage](heard_of, fact, now)
    return commit(release.key, release.stage, step, fact, now)


def _born(fact: facts.ReleaseFact, policy: Policy | None, now: float) -> Decision[Release] | None:
    if not isinstance(fact, facts.ModelRegistered) or policy is None:
        return None
    release = Release(
        model=fact.model,
        version=fact.version,
        policy=policy,
        policy_digest=policy.digest(),
        registered_at=fact.at,
        entered=now,
    )
    if policy.approval.start:
        step = enter(release, Stage.REGISTERED, now, "registered; a person decides whether it starts")
    else:
        step = enter(release, Stage.VALIDATING, now, f"registered under policy {policy.name}", do.InspectModel())
    return commit(release.key, "", step, fact, now)


def _registered(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.ApprovalGiven(stage=Stage.REGISTERED):
            return enter(release, Stage.VALIDATING, now, f"{fact.name} started it", do.InspectModel())
        case facts.ApprovalRefused(stage=Stage.REGISTERED):
            return reject(release, now, f"{fact.name} did not let it start: {fact.comment or 'no comment'}")
    return _before_production(release, fact, now)


def _validating(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.ModelInspected(inspection=model):
            inspected = replace(release, inspection=model)
            verdicts = gates.validation(release.policy.validation, model, release.name)
            if worst(verdicts) is not Outcome.PASS:
                return judged(reject(inspected, now, unmet(verdicts)), *verdicts)
            sentence = f"validation passed {len(verdicts)} gates"
            return judged(enter(inspected, Stage.QUARANTINED, now, sentence, do.IdentifyImage()), *verdicts)
        case facts.ModelMissing(reason=reason):
            return reject(release, now, reason, do.QuarantineBody(body=release.ledger[0].body, reason=reason))
    return _before_production(release, fact, now)


def _quarantined(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.ImageIdentified(image=image):
            sentence = f"runs on image {image.digest}; waits for a scan of it"
            return Step(record=replace(release, image=image), sentence=sentence, orders=(do.AwaitScan(),))
        case facts.ImageUnusable(reason=reason):
            return reject(release, now, reason)
        case facts.ScanReported(scan=scan) if scan.digest == release.digest:
            verdict = gates.scans(release.policy.quarantine, release.scans, release.digest, now)
            if verdict.outcome is Outcome.PASS:
                cleared = f"image cleared: {verdict.reason}"
                return judged(enter(release, Stage.STAGING, now, cleared, do.DeployToStaging()), verdict)
            if verdict.outcome is Outcome.FAIL:
                return judged(reject(release, now, verdict.reason, do.DiscardImage()), verdict)
            return judged(note(release, f"still quarantined: {verdict.reason}"), verdict)
    return _before_production(release, fact, now)


def _staging(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.DeploymentReady(place="staging"):
            sentence = f"staged on {fact.endpoint}"
            return Step(record=release, sentence=sentence, orders=(do.SmokeTest(),))
        case facts.DeploymentFailed(place="staging", reason=reason):
            return reject(release, now, f"staging failed: {reason}", _clear_staging(release))
        case facts.SmokeTested():
            verdict = gates.smoke(release.policy.deployment, fact, release.name)
            if verdict.outcome is not Outcome.PASS:
                return judged(reject(release, now, verdict.reason, _clear_staging(release)), verdict)
            waiting = enter(release, Stage.AWAITING_APPROVAL, now, verdict.reason, _clear_staging(release))
            return judged(approve(waiting, now, ask=True), verdict)
    return _before_production(release, fact, now)


def _awaiting_approval(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if fact.digest != release.digest:
            return note(release, f"refused: {fact.name} approved another image than {release.digest}")
        case facts.ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if release.submitter in (fact.person, fact.name):
            return note(release, f"refused: {fact.name} submitted this release and cannot approve it")
        case facts.ApprovalGiven(stage=Stage.AWAITING_APPROVAL):
            return approve(note(release, f"{fact.name} approved"), now)
        case facts.ApprovalRefused(stage=Stage.AWAITING_APPROVAL) if fact.digest == release.digest:
            return reject(release, now, f"{fact.name} refused it: {fact.comment or 'no comment'}")
    return _before_production(release, fact, now)


def _before_production(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """What is the same in every stage before production: failing scans reject, deadlines expire."""
    match fact:
        case facts.ScanReported(scan=scan) if release.digest and scan.digest == release.digest:
            verdict = gates.scans(release.policy.quarantine, release.scans, release.digest, now)
            if verdict.outcome is Outcome.FAIL:
                return judged(reject(release, now, verdict.reason, do.DiscardImage(), *_cleaning(release)), verdict)
            return judged(note(release, f"another scan: {verdict.reason}"), verdict)
        case facts.DeadlinePassed() if fact.stage == release.stage and fact.deadline == release.deadline:
            return end(release, Stage.EXPIRED, now, f"its time in {release.stage} is over", *_cleaning(release))
        case facts.OrderAbandoned(reason=reason) if release.waited_for(fact):
            return reject(release, now, f"{fact.order} can not be carried out: {reason}", *_cleaning(release))
    return _noted(release, fact, now)


def _canary(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.DeploymentReady(place="production"):
            first = canary.next_weight(release.policy.canary, 0)
            sentence = f"deployed to {fact.endpoint}; asks for {first} % of its traffic"
            return Step(record=release, sentence=sentence, orders=(do.ShiftTraffic(weight=first),))
        case facts.DeploymentFailed(place="production", reason=reason):
            return leave_production(release, Stage.ROLLED_BACK, now, f"the deployment failed: {reason}")
        case facts.TrafficShifted():
            return _shifted(release, fact, now)
        case facts.CanaryMeasured() if fact.weight != release.weight:
            return note(release, f"a measurement at {fact.weight} % says nothing about {release.weight} %")
        case facts.CanaryMeasured():
            return _measured(release, fact, now)
        case facts.ScanReported(scan=scan) if scan.digest == release.digest:
            verdict = gates.scans(release.policy.quarantine, release.scans, release.digest, now)
            if verdict.outcome is Outcome.FAIL:
                return judged(leave_production(release, Stage.ROLLED_BACK, now, verdict.reason), verdict)
        case facts.DeadlinePassed() if fact.stage == release.stage and fact.deadline == release.deadline:
            return leave_production(release, Stage.ROLLED_BACK, now, "the canary had no clear outcome in its time")
        case facts.OrderAbandoned(reason=reason) if release.waited_for(fact):
            sentence = f"{fact.order} can not be carried out: {reason}"
            return leave_production(release, Stage.ROLLED_BACK, now, sentence)
    return _noted(release, fact, now)


def _shifted(release: Release, fact: facts.TrafficShifted, now: float) -> Step[Release]:
    alone = fact.weight == canary.FULL and release.weight == 0
    shifted = replace(release, weight=fact.weight, shifted_at=now)
    if fact.weight == canary.FULL and not alone:
        return enter(shifted, Stage.LIVE, now, "serves all traffic and is live", do.Promote(), do.Notify(news="live"))
    sentence = f"serves {fact.weight} % of the traffic" + ("; no other version is live" if alone else "")
    return Step(record=shifted, sentence=sentence, orders=(_measurement(shifted, now),))


def _measured(release: Release, fact: facts.CanaryMeasured, now: float) -> Step[Release]:
    policy = release.policy.canary
    verdict = canary.judge(policy, fact.weight, fact.canary, fact.stable)
    if verdict.outcome is Outcome.FAIL:
        return judged(leave_production(release, Stage.ROLLED_BACK, now, verdict.reason), verdict)
    if verdict.outcome is Outcome.INCONCLUSIVE:
        waits = Step(record=release, sentence=f"waits: {verdict.reason}", orders=(_measurement(release, now),))
        return judged(waits, verdict)
    if release.weight == canary.FULL:
        passed = enter(release, Stage.LIVE, now, "did well alone and is live", do.Promote(), do.Notify(news="live"))
        return judged(passed, verdict)
    following = canary.next_weight(policy, release.weight)
    sentence = f"did well at {release.weight} %; asks for {following} %"
    return judged(Step(record=release, sentence=sentence, orders=(do.ShiftTraffic(weight=following),)), verdict)


def _live(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.Promoted(previous=previous):
            sentence = f"champion in place of {previous}" if previous else "the model's first champion"
            return note(replace(release, previous=previous), sentence)
        case facts.Superseded(by=by, until=until):
            removal = do.RemoveDeployment(endpoint=release.endpoint, deployment=release.deployment, not_before=until)
            return end(release, Stage.SUPERSEDED, now, f"version {by} is live in its place", removal)
        case facts.ScanReported(scan=scan) if scan.digest == release.digest:
            verdict = gates.scans(release.policy.quarantine, release.scans, release.digest, now)
            if verdict.outcome is Outcome.FAIL:
                return judged(_recalled(release, verdict.reason, now), verdict)
    return _noted(release, fact, now)


def _recalled(release: Release, reason: str, now: float) -> Step[Release]:
    """Back to the version before while that is still deployed; later there is nothing to go back to but an alert."""
    soaking = now < release.entered + release.policy.live.soak_hours * HOUR
    if release.policy.live.recall and release.previous and soaking:
        return leave_production(release, Stage.RECALLED, now, reason)
    return Step(record=release, sentence=f"alert: {reason}", orders=(do.Notify(news="alert"),))


def _rolling_back(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.TrafficRestored() if release.ending:
            serving = ", ".join(f"{name} {weight} %" for name, weight in fact.weights.items()) or "no version"
            removal = do.RemoveDeployment(endpoint=release.endpoint, deployment=release.deployment)
            cleaning = (removal, *_refused_image(release, now))
            return end(release, release.ending, now, f"{release.reason}; the endpoint serves {serving}", *cleaning)
    return _noted(release, fact, now)


def _refused_image(release: Release, now: float) -> tuple[do.DiscardImage, ...]:
    verdict = gates.scans(release.policy.quarantine, release.scans, release.digest, now)
    return (do.DiscardImage(),) if verdict.outcome is Outcome.FAIL else ()


def _superseded(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    match fact:
        case facts.Reinstated(instead_of=recalled):
            again = replace(release, reason="", previous="", weight=canary.FULL)
            return enter(
                again, Stage.LIVE, now, f"serves again: version {recalled} was recalled", do.Notify(news="live")
            )
    return _noted(release, fact, now)


def _noted(release: Release, fact: facts.ReleaseFact, _now: float) -> Step[Release]:
    match fact:
        case facts.OrderDone(note=done):
            return note(release, done)
        case facts.DeploymentRemoved(endpoint=endpoint):
            return note(release, f"its deployment on {endpoint} is gone")
        case facts.ImageDiscarded(digest=digest):
            return note(release, f"image {digest} was locked and removed")
        case facts.ScanReported(scan=scan) if scan.digest != release.digest:
            return note(release, "a scan of another image opens no gate")
        case facts.ModelRegistered():
            return note(release, "registered already")
    because = "it has ended" if release.stage in TERMINAL else f"it changes nothing in {release.stage}"
    return note(release, f"noted: {type(fact).__name__}; {because}")


def _measurement(release: Release, now: float) -> do.MeasureCanary:
    later = now + release.policy.canary.measure_every_seconds
    return do.MeasureCanary(weight=release.weight, since=release.shifted_at, not_before=later)


def _cleaning(release: Release) -> tuple[do.RemoveDeployment, ...]:
    return (_clear_staging(release),) if release.stage is Stage.STAGING else ()


def _clear_staging(release: Release) -> do.RemoveDeployment:
    return do.RemoveDeployment(endpoint=staging_endpoint(release.endpoint), deployment=release.deployment)


STAGES: dict[Stage, Callable[[Release, facts.ReleaseFact, float], Step[Release]]] = {
    Stage.REGISTERED: _registered,
    Stage.VALIDATING: _validating,
    Stage.QUARANTINED: _quarantined,
    Stage.STAGING: _staging,
    Stage.AWAITING_APPROVAL: _awaiting_approval,
    Stage.CANARY: _canary,
    Stage.LIVE: _live,
    Stage.ROLLING_BACK: _rolling_back,
    **dict.fromkeys(TERMINAL, _noted),
    Stage.SUPERSEDED: _superseded,
}
