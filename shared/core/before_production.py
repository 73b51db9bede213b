"""From the registration to the approval: what every fact means before a release has traffic, in the order of a life."""

from dataclasses import replace

from shared.core import facts, gates
from shared.core import orders as do
from shared.core.demands import demanded, pause, resume
from shared.core.identity import staging_endpoint
from shared.core.policy import HOUR, MINUTE
from shared.core.record import Step
from shared.core.release import Release, Stage
from shared.core.steps import approve, end, enter, image_news, image_verdict, judged, note, noted, reject
from shared.core.verdicts import Outcome, unmet, worst


def registered(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Waits for a person to let it start."""
    match fact:
        case facts.ApprovalGiven(stage=Stage.REGISTERED):
            return enter(release, Stage.VALIDATING, now, f"{fact.name} started it", do.InspectModel())
        case facts.ApprovalRefused(stage=Stage.REGISTERED):
            return reject(release, now, f"{fact.name} did not let it start: {fact.comment or 'no comment'}")
    return _before_production(release, fact, now)


def validating(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Waits for what the registry and the storage say; the gates judge that."""
    match fact:
        case facts.ModelInspected(inspection=model):
            inspected = replace(release, inspection=model)
            verdicts = gates.validation(release.policy.validation, model, release.name)
            if worst(verdicts) is not Outcome.PASS:
                return judged(reject(inspected, now, unmet(verdicts)), *verdicts)
            sentence = f"validation passed {len(verdicts)} gates"
            return judged(enter(inspected, Stage.QUARANTINED, now, sentence, do.IdentifyImage()), *verdicts)
        case facts.ModelMissing(reason=reason):
            return reject(release, now, reason, do.QuarantineBody(body=release.registration, reason=reason))
    return _before_production(release, fact, now)


def quarantined(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Waits for a passing scan of exactly its image."""
    match fact:
        case facts.ImageIdentified(image=image):
            sentence = f"runs on image {image.digest}; waits for a scan of it"
            return Step(record=replace(release, image=image), sentence=sentence, orders=(do.AwaitScan(),))
        case facts.ImageUnusable(reason=reason):
            return reject(release, now, reason)
        case facts.ScanReported() | facts.FindingsDismissed() | facts.PackagesJudged() if image_news(release, fact):
            return _judged_image(release, now)
        case facts.ImagePromoted(image=image):
            return _promoted(replace(release, trusted=image), now)
        case facts.DeadlinePassed(deadline=deadline) if release.held and deadline == release.deadline:
            verdict = image_verdict(release, now)
            reason = f"no waiver came in time: {verdict.reason}"
            return judged(reject(release, now, reason, *_discarding(release, now)), verdict)
    return _before_production(release, fact, now)


def _judged_image(release: Release, now: float) -> Step[Release]:
    verdict = image_verdict(release, now)
    if verdict.outcome is Outcome.PASS:
        promoting = () if release.waits_for_any(do.PromoteImage) else (do.PromoteImage(),)
        return judged(Step(record=release, sentence=f"image cleared: {verdict.reason}", orders=promoting), verdict)
    if verdict.outcome is Outcome.FAIL and not release.policy.quarantine.hold_for_waiver_hours:
        return judged(reject(release, now, verdict.reason, *_discarding(release, now)), verdict)
    if verdict.outcome is Outcome.FAIL and not release.held:
        return judged(_held(release, verdict.reason, now), verdict)
    return judged(note(release, f"still quarantined: {verdict.reason}"), verdict)


def _held(release: Release, reason: str, now: float) -> Step[Release]:
    """The release given time for a waiver; no later scan prolongs it."""
    hours = release.policy.quarantine.hold_for_waiver_hours
    until = now + hours * HOUR
    kept = tuple(order for order in release.outstanding if not isinstance(order, do.PromoteImage))
    held = replace(release, held=True, deadline=until, outstanding=kept)
    watch = do.WatchDeadline(stage=release.stage, deadline=until, not_before=until)
    sentence = f"fails, and waits {hours:g} hours for a waiver: {reason}"
    return Step(record=held, sentence=sentence, orders=(do.Notify(news="waiver-needed"), watch))


def _promoted(release: Release, now: float) -> Step[Release]:
    """The image may have failed while it was copied."""
    verdict = image_verdict(release, now)
    if verdict.outcome is not Outcome.PASS:
        return judged(note(release, f"still quarantined: {verdict.reason}"), verdict)
    cleared = f"image cleared: {verdict.reason}"
    return judged(enter(replace(release, held=False), Stage.STAGING, now, cleared, do.DeployToStaging()), verdict)


def _discarding(release: Release, now: float) -> tuple[do.DiscardImage, ...]:
    """The refused image discarded; again when a copy of it that is under way may still land."""
    again = (do.DiscardImage(not_before=now + MINUTE),) if release.waits_for_any(do.PromoteImage) else ()
    return (do.DiscardImage(), *again)


def staging(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Waits for a deployment that answers the model's own sample."""
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
            leaving = (_clear_staging(release), do.SupersedeOlder())
            waiting = enter(release, Stage.AWAITING_APPROVAL, now, verdict.reason, *leaving)
            return judged(approve(waiting, now, ask=True), verdict)
    return _before_production(release, fact, now)


def awaiting_approval(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """Waits for enough people."""
    match fact:
        case facts.ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if fact.digest != release.digest:
            return note(release, f"refused: {fact.name} approved another image than {release.digest}")
        case facts.ApprovalGiven(stage=Stage.AWAITING_APPROVAL) if {fact.person, fact.name} & set(release.submitters):
            return note(release, f"refused: {fact.name} submitted this release and cannot approve it")
        case facts.ApprovalGiven(stage=Stage.AWAITING_APPROVAL):
            return approve(note(release, f"{fact.name} approved"), now)
        case facts.ReleaseResumed() if release.paused:
            return approve(resume(release, fact), now)
        case facts.ApprovalRefused(stage=Stage.AWAITING_APPROVAL) if fact.digest == release.digest:
            return reject(release, now, f"{fact.name} refused it: {fact.comment or 'no comment'}")
    return _before_production(release, fact, now)


def _before_production(release: Release, fact: facts.ReleaseFact, now: float) -> Step[Release]:
    """What is the same in every stage before production: failing scans reject, deadlines expire, operators decide."""
    match fact:
        case facts.ReleaseAborted():
            return end(release, Stage.ABORTED, now, demanded(fact, "aborted it"), *_cleaning(release))
        case facts.ReleasePaused() if not release.paused:
            return pause(release, fact)
        case facts.ReleaseResumed() if release.paused:
            return resume(release, fact)
        case facts.Overtaken(by=by):
            return end(release, Stage.SUPERSEDED, now, f"version {by} overtook it while it waited", *_cleaning(release))
        case facts.ScanReported() | facts.FindingsDismissed() | facts.PackagesJudged() if image_news(release, fact):
            verdict = image_verdict(release, now)
            if verdict.outcome is Outcome.FAIL:
                return judged(reject(release, now, verdict.reason, do.DiscardImage(), *_cleaning(release)), verdict)
            return judged(note(release, f"another scan: {verdict.reason}"), verdict)
        case facts.DeadlinePassed() if fact.stage == release.stage and fact.deadline == release.deadline:
            return end(release, Stage.EXPIRED, now, f"its time in {release.stage} is over", *_cleaning(release))
        case facts.OrderAbandoned(reason=reason) if release.waited_for(fact):
            return reject(release, now, f"{fact.order} can not be carried out: {reason}", *_cleaning(release))
    return noted(release, fact)


def _cleaning(release: Release) -> tuple[do.RemoveDeployment, ...]:
    return (_clear_staging(release),) if release.stage is Stage.STAGING else ()


def _clear_staging(release: Release) -> do.RemoveDeployment:
    return do.RemoveDeployment(endpoint=staging_endpoint(release.endpoint), deployment=release.deployment)
