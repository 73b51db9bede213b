"""The few ways in which a release moves: note, enter, approve, end and leave production."""

from dataclasses import replace

from shared.core import facts, gates
from shared.core import orders as do
from shared.core.demands import unheeded
from shared.core.evidence import Approval
from shared.core.policy import HOUR, Policy
from shared.core.record import Step
from shared.core.release import PAUSABLE, TERMINAL, Release, Stage
from shared.core.verdicts import Outcome, Verdict


def hours_in(policy: Policy, stage: Stage) -> float:
    """How long a release may stay in `stage`, in hours; 0 for a stage without a deadline."""
    deadlines = {
        Stage.REGISTERED: policy.approval.deadline_hours,
        Stage.VALIDATING: policy.validation.deadline_hours,
        Stage.QUARANTINED: policy.quarantine.deadline_hours,
        Stage.STAGING: policy.deployment.deadline_hours,
        Stage.AWAITING_APPROVAL: policy.approval.deadline_hours,
        Stage.CANARY: policy.canary.deadline_hours,
    }
    return deadlines.get(stage, 0.0)


def note(release: Release, sentence: str) -> Step[Release]:
    """Nothing moves; the ledger says why."""
    return Step(record=release, sentence=sentence)


def noted(release: Release, fact: facts.ReleaseFact) -> Step[Release]:
    """A fact that moves nothing, with the reason; news of carried-out orders read as such."""
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
        case facts.Demand():
            return note(release, unheeded(release, fact))
    because = "it has ended" if release.stage in TERMINAL else f"it changes nothing in {release.stage}"
    return note(release, f"noted: {type(fact).__name__}; {because}")


def enter(release: Release, stage: Stage, now: float, sentence: str, *orders: do.Order) -> Step[Release]:
    """The release in `stage`, its deadline set and watched."""
    hours = hours_in(release.policy, stage)
    deadline = now + hours * HOUR if hours else 0.0
    watch = (do.WatchDeadline(stage=stage, deadline=deadline, not_before=deadline),) if deadline else ()
    paused = release.paused if stage in PAUSABLE else ""
    moved = replace(release, stage=stage, entered=now, deadline=deadline, paused=paused)
    return Step(record=moved, sentence=sentence, orders=(*orders, *watch))


def end(release: Release, stage: Stage, now: float, reason: str, *orders: do.Order) -> Step[Release]:
    """The release in the terminal `stage`, with its reason, and the news of it on the way."""
    return enter(replace(release, reason=reason), stage, now, f"{stage}: {reason}", *orders, do.Notify(news=stage))


def reject(release: Release, now: float, reason: str, *orders: do.Order) -> Step[Release]:
    """The release refused before it ever had traffic."""
    return end(release, Stage.REJECTED, now, reason, *orders)


def leave_production(release: Release, ending: Stage, now: float, reason: str) -> Step[Release]:
    """The way out of production: traffic first, and only then the stage `ending`."""
    leaving = replace(release, ending=ending, reason=reason)
    return enter(leaving, Stage.ROLLING_BACK, now, f"rolling back: {reason}", do.RollBack())


def judged(step: Step[Release], *verdicts: Verdict) -> Step[Release]:
    """The step with its verdicts, which replace the release's earlier ones of the same gates."""
    names = {verdict.gate for verdict in verdicts}
    kept = tuple(verdict for verdict in step.record.verdicts if verdict.gate not in names)
    release = replace(step.record, verdicts=(*kept, *verdicts))
    return replace(step, record=release, verdicts=(*step.verdicts, *verdicts))


def approve(step: Step[Release], now: float, *, ask: bool = False) -> Step[Release]:
    """The step, and on into the canary when enough people have said yes and nobody holds the release.

    Else, to `ask`, people are told.
    """
    release = step.record
    verdict = gates.approval(release.policy.approval, release.approvals, release.digest, release.name)
    if verdict.outcome is not Outcome.PASS:
        asking = (do.Notify(news=Stage.AWAITING_APPROVAL),) if ask else ()
        sentence = f"{step.sentence}; {verdict.reason}"
        return judged(replace(step, sentence=sentence, orders=(*step.orders, *asking)), verdict)
    if release.paused:
        sentence = f"{step.sentence}; {verdict.reason}, but it is paused by {release.paused}"
        return judged(replace(step, sentence=sentence), verdict)
    sentence = f"{step.sentence}; {verdict.reason}, on to production"
    onward = enter(release, Stage.CANARY, now, sentence, do.DeployToProduction())
    kept = tuple(order for order in step.orders if order.lasting)
    return judged(replace(onward, verdicts=step.verdicts, orders=(*kept, *onward.orders)), verdict)


def heard(release: Release, fact: facts.ReleaseFact) -> Release:
    """The release with the evidence that counts whatever stage it is in: scans of its image and valid approvals."""
    match fact:
        case facts.ScanReported(scan=scan) if scan.digest == release.digest:
            others = tuple(known for known in release.scans if known.scanner != scan.scanner)
            known = tuple(known for known in release.scans if known.scanner == scan.scanner)
            newest = max((*known, scan), key=lambda each: each.scanned_at)
            return replace(release, scans=(*others, newest))
        case facts.ApprovalGiven() if _counts(release, fact):
            given = Approval(person=fact.person, tenant=fact.tenant, name=fact.name, digest=fact.digest, at=fact.at)
            return replace(release, approvals=(*release.approvals, given))
    return release


def _counts(release: Release, fact: facts.ApprovalGiven) -> bool:
    waits = release.stage is Stage.AWAITING_APPROVAL and fact.stage == release.stage
    return waits and fact.digest == release.digest and not {fact.person, fact.name} & set(release.submitters)
