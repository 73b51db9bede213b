"""The few ways in which a release moves: note, enter, approve, end and leave production."""

from dataclasses import replace

from shared.core import facts, gates, image_gate, package_gate
from shared.core import orders as do
from shared.core.demands import unheeded
from shared.core.evidence import Approval, Dismissals, SbomReport
from shared.core.policy import HOUR, Policy
from shared.core.record import Step
from shared.core.release import PAUSABLE, TERMINAL, Release, Stage
from shared.core.verdicts import Outcome, Verdict, worst


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
        case facts.FindingsDismissed(digest=digest):
            return note(release, f"what dismisses findings of image {digest} is noted")
        case facts.TagMoved() if release.digest == fact.digest:
            return _tag_moved(release, fact)
        case facts.PackagesListed(sbom=sbom) if sbom.digest == release.digest:
            return _listed(release, sbom)
        case facts.ModelRegistered():
            return note(release, "registered already")
        case facts.Demand():
            return note(release, unheeded(release, fact))
    because = "it has ended" if release.stage in TERMINAL else f"it changes nothing in {release.stage}"
    return note(release, f"noted: {type(fact).__name__}; {because}")


def _listed(release: Release, sbom: SbomReport) -> Step[Release]:
    if release.stage in TERMINAL or release.policy.packages.enforce == "off":
        return note(release, f"{sbom.tool} listed {sbom.packages} package(s), which nobody asks for")
    sentence = f"{sbom.tool} listed {sbom.packages} package(s); they are judged"
    return Step(record=release, sentence=sentence, orders=(do.JudgePackages(sbom=sbom),))


def _tag_moved(release: Release, fact: facts.TagMoved) -> Step[Release]:
    """Nothing moves, because releases run on digests; but people may take the release for what the tag names now."""
    sentence = f"{fact.name} names another image now ({fact.to}); this release keeps {fact.digest}"
    told = () if release.stage in TERMINAL else (do.Notify(news="tag-moved"),)
    return Step(record=release, sentence=sentence, orders=told)


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


def image_news(release: Release, fact: facts.ReleaseFact) -> bool:
    """Whether the fact may change what the gate says of the release's image; without a scan there is nothing to say."""
    match fact:
        case facts.ScanReported(scan=scan):
            return bool(release.digest) and scan.digest == release.digest
        case facts.FindingsDismissed(digest=digest):
            return bool(release.scans) and digest == release.digest
        case facts.PackagesJudged(check=check):
            return bool(release.digest) and check.sbom.digest == release.digest
    return False


def image_verdict(release: Release, now: float) -> Verdict:
    """What the gate of images says of the release's own, with all that is known at `now`."""
    scans = image_gate.scans(
        release.policy.quarantine,
        release.scans,
        release.digest,
        now,
        dismissals=release.dismissals,
        submitters=release.submitters,
    )
    packages = package_gate.packages(release.policy.packages, release.packages, release.digest)
    return scans if scans.outcome is worst((scans, packages)) else packages


def with_packages(step: Step[Release], fact: facts.ReleaseFact) -> Step[Release]:
    """The step with the verdict on packages, where the fact is about those of the release's own image."""
    release = step.record
    told = any(verdict.gate == package_gate.GATE for verdict in step.verdicts)
    if told or not isinstance(fact, facts.PackagesJudged) or not image_news(release, fact):
        return step
    verdict = package_gate.packages(release.policy.packages, release.packages, release.digest)
    return judged(replace(step, sentence=f"{verdict.reason}; {step.sentence}"), verdict)


def heard(release: Release, fact: facts.ReleaseFact) -> Release:
    """The release with the evidence that counts whatever stage it is in: scans of its image and valid approvals."""
    match fact:
        case facts.ScanReported(scan=scan) if scan.digest == release.digest:
            scanned = replace(release, scans=image_gate.with_scan(release.scans, scan))
            return _dismissing(scanned, fact.dismissals)
        case facts.PackagesJudged(check=check) if check.sbom.digest == release.digest:
            return replace(release, packages=package_gate.newest(release.packages, check))
        case facts.FindingsDismissed(digest=digest) if digest == release.digest:
            return _dismissing(release, fact.dismissals)
        case facts.ApprovalGiven() if _counts(release, fact):
            given = Approval(person=fact.person, tenant=fact.tenant, name=fact.name, digest=fact.digest, at=fact.at)
            return replace(release, approvals=(*release.approvals, given))
    return release


def _dismissing(release: Release, known: Dismissals) -> Release:
    return replace(release, dismissals=known) if known.revision > release.dismissals.revision else release


def _counts(release: Release, fact: facts.ApprovalGiven) -> bool:
    waits = release.stage is Stage.AWAITING_APPROVAL and fact.stage == release.stage
    return waits and fact.digest == release.digest and not {fact.person, fact.name} & set(release.submitters)
