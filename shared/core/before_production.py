"""From the registration to the approval: what every fact means before a release has traffic, in the order of a life."""

from dataclasses import replace

from shared.core import facts, gates
from shared.core import orders as do
from shared.core.demands import demanded, pause, resume
from shared.core.identity import staging_endpoint
from shared.core.record import Step
from shared.core.release import Release, Stage
from shared.core.steps import approve, end, enter, judged, note, noted, reject
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
        case facts.ScanReported(scan=scan) if scan.digest == release.digest:
            verdict = gates.scans(release.policy.quarantine, release.scans, release.digest, now)
            if verdict.outcome is Outcome.PASS:
                cleared = f"image cleared: {verdict.reason}"
                return judged(enter(release, Stage.STAGING, now, cleared, do.DeployToStaging()), verdict)
            if verdict.outcome is Outcome.FAIL:
                return judged(reject(release, now, verdict.reason, do.DiscardImage()), verdict)
            return judged(note(release, f"still quarantined: {verdict.reason}"), verdict)
    return _before_production(release, fact, now)


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
        case facts.ScanReported(scan=scan) if release.digest and scan.digest == release.digest:
            verdict = gates.scans(release.policy.quarantine, release.scans, release.digest, now)
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
