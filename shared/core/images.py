"""A container image, the scans of it, and the releases that wait for them: scans and releases may come in any order."""

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core import facts
from shared.core import orders as do
from shared.core.evidence import Dismissals, SbomReport, Scan, Stated, Waiver
from shared.core.identity import image_key
from shared.core.image_gate import with_scan
from shared.core.record import Decision, Record, Step, commit

CLOCK_SKEW_SECONDS = 300.0


class ImageStage(StrEnum):
    """Where an image is; a verdict is each release's own, by that release's policy, and the newest one shows here."""

    UNKNOWN = "unknown"
    PUSHED = "pushed"
    QUARANTINED = "quarantined"
    SCANNED = "scanned"
    CLEARED = "cleared"
    REJECTED = "rejected"
    REMOVED = "removed"


BEFORE_SCANS = frozenset({ImageStage.UNKNOWN, ImageStage.PUSHED, ImageStage.QUARANTINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one release's gate made of the image: `by` (model:version) under the policy named, why, and when."""

    by: str
    policy: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Record):
    """An image by digest, where it lies, the newest scan of each scanner, and the releases (model, version) that asked.

    `stated` and `waivers` dismiss findings, `revision` counts their changes; `trusted` is where it may be deployed
    from, "" for nowhere; `cleared` and `rejected` hold the newest word of each release's gate.
    """

    stage: ImageStage = ImageStage.UNKNOWN
    digest: str
    repositories: tuple[str, ...] = ()
    trusted: str = ""
    scans: tuple[Scan, ...] = ()
    sboms: tuple[SbomReport, ...] = ()
    stated: tuple[Stated, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    revision: int = 0
    releases: tuple[tuple[str, str], ...] = ()
    cleared: tuple[Judged, ...] = ()
    rejected: tuple[Judged, ...] = ()

    @property
    def key(self) -> str:
        """Where the image is kept."""
        return image_key(self.digest)

    @property
    def dismissals(self) -> Dismissals:
        """What a release must know: every waiver, and what was stated of the findings that the scans name."""
        named = {finding.id for scan in self.scans for finding in scan.worst_findings}
        stated = tuple(each for each in self.stated if each.statement.id in named)
        return Dismissals(stated=stated, waivers=self.waivers, revision=self.revision)


def decide(image: Image | None, fact: facts.ImageFact, now: float) -> Decision[Image]:
    """What `fact` makes of the image; total, and a scan that no release waits for is parked with its body kept."""
    before = image or Image(digest=fact.digest)
    return commit(before.key, before.stage, _step(before, fact, now), fact, now)


def _step(image: Image, fact: facts.ImageFact, now: float) -> Step[Image]:
    match fact:
        case facts.ImageScanned(scan=scan) if scan.scanned_at > now + CLOCK_SKEW_SECONDS:
            reason = f"the {scan.scanner} report is dated in the future; set the scanner's clock and scan again"
            return Step(record=image, sentence=reason, orders=(do.QuarantineBody(body=fact.body, reason=reason),))
        case facts.ImageScanned():
            return _scanned(image, fact)
        case facts.ScanAwaited():
            return _awaited(image, fact, now)
        case facts.VexStated() | facts.WaiverGranted() | facts.WaiverRevoked():
            return _dismissed(image, fact, now)
        case facts.SbomReported(sbom=sbom):
            return _described(image, sbom)
        case facts.ImageOrderDone():
            return Step(record=image, sentence=fact.note)
        case facts.Judgement():
            return _judged(image, fact)
    return _moved(image, fact)


def _scanned(image: Image, fact: facts.ImageScanned) -> Step[Image]:
    scan = fact.scan
    stage = ImageStage.SCANNED if image.stage in BEFORE_SCANS else image.stage
    scanned = replace(image, stage=stage, scans=with_scan(image.scans, scan), revision=image.revision + 1)
    if not image.releases:
        reason = f"no release waits for image {image.digest}; the scan is parked and counts when one names this image"
        return Step(
            record=scanned, sentence=f"parked: {reason}", orders=(do.QuarantineBody(body=fact.body, reason=reason),)
        )
    orders = tuple(do.TellRelease(model=model, version=version, scan=scan) for model, version in image.releases)
    return Step(record=scanned, sentence=f"{scan.scanner} reported; {len(orders)} release(s) are told", orders=orders)


def _described(image: Image, sbom: SbomReport) -> Step[Image]:
    """The newest bill of materials of each tool is kept, and every release that asked is told of this one."""
    newest = {known.tool: known for known in sorted((*image.sboms, sbom), key=lambda each: each.made_at)}
    orders = tuple(do.BringSbom(model=model, version=version, sbom=sbom) for model, version in image.releases)
    sentence = f"{sbom.tool} listed {sbom.packages} package(s); {len(orders)} release(s) are told"
    return Step(record=replace(image, sboms=tuple(newest.values())), sentence=sentence, orders=orders)


def _awaited(image: Image, fact: facts.ScanAwaited, now: float) -> Step[Image]:
    release = (fact.model, fact.version)
    releases = image.releases if release in image.releases else (*image.releases, release)
    stage = ImageStage.QUARANTINED if image.stage in BEFORE_SCANS else image.stage
    waiting = replace(_lying(image, fact.repository), stage=stage, releases=releases)
    orders = tuple(do.TellRelease(model=fact.model, version=fact.version, scan=scan) for scan in image.scans)
    ends = tuple(order for waiver in image.waivers for order in _ending(waiver, (release,), now))
    known = f"{len(orders)} scan(s) known" if orders else "no scan yet"
    sentence = f"{fact.model}:{fact.version} waits for this image; {known}"
    sboms = tuple(do.BringSbom(model=fact.model, version=fact.version, sbom=sbom) for sbom in image.sboms)
    return Step(record=waiting, sentence=sentence, orders=(*orders, *sboms, *ends))


def _dismissed(
    image: Image, fact: facts.VexStated | facts.WaiverGranted | facts.WaiverRevoked, now: float
) -> Step[Image]:
    """What dismisses findings changed: every release is told now, and again when a waiver is over."""
    told = tuple(do.TellDismissals(model=model, version=version) for model, version in image.releases)
    newer = replace(image, revision=image.revision + 1)
    match fact:
        case facts.VexStated(author=author, statements=statements):
            changed = replace(newer, stated=_restated(image.stated, fact))
            sentence = f"{author} stated of {len(statements)} vulnerabilities whether they affect it"
            return Step(record=changed, sentence=sentence, orders=told)
        case facts.WaiverGranted(waiver=waiver):
            changed = replace(newer, waivers=(*image.waivers, waiver))
            sentence = f"{waiver.name} waived {', '.join(waiver.ids) or 'everything that was found'}: {waiver.reason}"
            return Step(record=changed, sentence=sentence, orders=(*told, *_ending(waiver, image.releases, now)))
        case facts.WaiverRevoked(waiver=gone, name=name, comment=comment):
            changed = replace(newer, waivers=tuple(waiver for waiver in image.waivers if waiver.id != gone))
            sentence = f"{name} revoked waiver {gone}: {comment or 'no comment'}"
            return Step(record=changed, sentence=sentence, orders=told)


def _restated(stated: tuple[Stated, ...], fact: facts.VexStated) -> tuple[Stated, ...]:
    """The newest word of each author on each vulnerability."""
    newest = {(each.author, each.statement.id): each for each in stated}
    for statement in fact.statements:
        known = newest.get((fact.author, statement.id))
        if known is None or known.statement.at <= statement.at:
            newest[fact.author, statement.id] = Stated(author=fact.author, statement=statement)
    return tuple(newest.values())


def _ending(waiver: Waiver, releases: tuple[tuple[str, str], ...], now: float) -> tuple[do.Order, ...]:
    """The releases told once more when the waiver is over, so that they judge without it."""
    if waiver.until <= now:
        return ()
    return tuple(
        do.TellDismissals(model=model, version=version, not_before=waiver.until) for model, version in releases
    )


def _judged(image: Image, fact: facts.Judgement) -> Step[Image]:
    """The newest word of one release; a removed image stays removed, one kept for another release stays as it is."""
    by = f"{fact.model}:{fact.version}"
    match fact:
        case facts.ImageCleared(trusted=trusted):
            there = _lying(image, trusted.partition("/")[2].partition("@")[0])
            judged = replace(_heard(there, fact, cleared=True), trusted=trusted)
            stage, sentence = ImageStage.CLEARED, f"cleared for {by} as {trusted}: {fact.reason}"
        case facts.ImageRefused(kept_for=kept_for) if kept_for:
            judged, stage = _heard(image, fact, cleared=False), image.stage
            sentence = f"refused by {by}, but {kept_for} runs on it: {fact.reason}"
        case facts.ImageRefused():
            judged, stage = _heard(image, fact, cleared=False), ImageStage.REJECTED
            sentence = f"refused by {by}: {fact.reason}"
        case _:
            judged, stage = _heard(image, fact, cleared=False), ImageStage.QUARANTINED
            sentence = f"quarantined again, {by} runs on it: {fact.reason}"
    removed = image.stage is ImageStage.REMOVED
    return Step(record=replace(judged, stage=image.stage if removed else stage), sentence=sentence)


def _heard(image: Image, fact: facts.Judgement, *, cleared: bool) -> Image:
    """The image with the release's word in place of an earlier one of the same release."""
    word = Judged(by=f"{fact.model}:{fact.version}", policy=fact.policy, reason=fact.reason, at=fact.at)
    good, bad = (tuple(each for each in words if each.by != word.by) for words in (image.cleared, image.rejected))
    return replace(image, cleared=(*good, word) if cleared else good, rejected=bad if cleared else (*bad, word))


def _moved(image: Image, fact: facts.ImageFact) -> Step[Image]:
    """What the registry says of where the image lies."""
    match fact:
        case facts.ImagePushed(repository=repository):
            return _pushed(image, fact)
        case facts.ImageDeleted(repository=repository):
            left = tuple(each for each in image.repositories if each != repository)
            stage = image.stage if left else ImageStage.REMOVED
            return Step(
                record=replace(image, stage=stage, repositories=left), sentence=f"deleted from repository {repository}"
            )
        case facts.ImageRemoved(reason=reason):
            removed = replace(image, stage=ImageStage.REMOVED, repositories=(), trusted="")
            return Step(record=removed, sentence=f"removed: {reason}")
    return Step(record=image, sentence=f"noted: {type(fact).__name__} is nothing to an image")


def _pushed(image: Image, fact: facts.ImagePushed) -> Step[Image]:
    name = f"{fact.registry}/{fact.repository}" + f":{fact.tag}" * bool(fact.tag)
    fresh = image.stage in (ImageStage.UNKNOWN, ImageStage.REMOVED)
    pushed = replace(_lying(image, fact.repository), stage=ImageStage.PUSHED if fresh else image.stage)
    follow = (do.FollowTag(name=name, at=fact.at),) if fact.tag else ()
    return Step(record=pushed, sentence=f"pushed to {name}", orders=follow)


def _lying(image: Image, repository: str) -> Image:
    places = image.repositories if repository in image.repositories else (*image.repositories, repository)
    return replace(image, repositories=places)
