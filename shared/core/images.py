"""A container image, the scans of it, and the releases that wait for them: scans and releases may come in any order."""

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.core.evidence import Scan
from shared.core.facts import (
    ImageDeleted,
    ImageFact,
    ImageOrderDone,
    ImagePushed,
    ImageRemoved,
    ImageScanned,
    ScanAwaited,
    VexStated,
)
from shared.core.identity import image_key
from shared.core.orders import QuarantineBody, TellRelease
from shared.core.record import Decision, Record, Step, commit

CLOCK_SKEW_SECONDS = 300.0


class ImageStage(StrEnum):
    """Where an image is; its verdict is each release's own, by that release's policy."""

    UNKNOWN = "unknown"
    PUSHED = "pushed"
    QUARANTINED = "quarantined"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Record):
    """An image by digest, the newest scan of each scanner, and the releases (model, version) that asked."""

    stage: ImageStage = ImageStage.UNKNOWN
    digest: str
    repository: str = ""
    scans: tuple[Scan, ...] = ()
    releases: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Where the image is kept."""
        return image_key(self.digest)


def decide(image: Image | None, fact: ImageFact, now: float) -> Decision[Image]:
    """What `fact` makes of the image; total, and a scan that no release waits for is parked with its body kept."""
    before = image or Image(digest=fact.digest)
    return commit(before.key, before.stage, _step(before, fact, now), fact, now)


def _step(image: Image, fact: ImageFact, now: float) -> Step[Image]:
    match fact:
        case ImageScanned(scan=scan) if scan.scanned_at > now + CLOCK_SKEW_SECONDS:
            reason = f"the {scan.scanner} report is dated in the future; set the scanner's clock and scan again"
            return Step(record=image, sentence=reason, orders=(QuarantineBody(body=fact.body, reason=reason),))
        case ImageScanned():
            return _scanned(image, fact)
        case ScanAwaited():
            return _awaited(image, fact)
        case ImagePushed():
            return _pushed(image, fact)
        case ImageDeleted(repository=repository):
            return Step(record=replace(image, stage=ImageStage.REMOVED), sentence=f"deleted from {repository}")
        case VexStated(author=author):
            return Step(record=image, sentence=f"{author} stated what affects it: {len(fact.statements)} statement(s)")
        case ImageRemoved():
            return Step(record=replace(image, stage=ImageStage.REMOVED), sentence=f"removed: {fact.reason}")
        case ImageOrderDone():
            return Step(record=image, sentence=fact.note)
        case _:
            return Step(record=image, sentence=f"noted: {type(fact).__name__} is nothing to an image")


def _scanned(image: Image, fact: ImageScanned) -> Step[Image]:
    scan = fact.scan
    others = tuple(known for known in image.scans if known.scanner != scan.scanner)
    newest = max((known for known in (*image.scans, scan) if known.scanner == scan.scanner), key=lambda s: s.scanned_at)
    scanned = replace(image, scans=(*others, newest))
    if not image.releases:
        reason = f"no release waits for image {image.digest}; the scan is parked and counts when one names this image"
        return Step(
            record=scanned, sentence=f"parked: {reason}", orders=(QuarantineBody(body=fact.body, reason=reason),)
        )
    orders = tuple(TellRelease(model=model, version=version, scan=scan) for model, version in image.releases)
    return Step(record=scanned, sentence=f"{scan.scanner} reported; {len(orders)} release(s) are told", orders=orders)


def _pushed(image: Image, fact: ImagePushed) -> Step[Image]:
    stage = ImageStage.PUSHED if image.stage in (ImageStage.UNKNOWN, ImageStage.REMOVED) else image.stage
    name = f"{fact.registry}/{fact.repository}" + f":{fact.tag}" * bool(fact.tag)
    return Step(record=replace(image, stage=stage, repository=fact.repository), sentence=f"pushed to {name}")


def _awaited(image: Image, fact: ScanAwaited) -> Step[Image]:
    release = (fact.model, fact.version)
    releases = image.releases if release in image.releases else (*image.releases, release)
    stage = ImageStage.QUARANTINED if image.stage in (ImageStage.UNKNOWN, ImageStage.PUSHED) else image.stage
    waiting = replace(image, stage=stage, repository=fact.repository, releases=releases)
    orders = tuple(TellRelease(model=fact.model, version=fact.version, scan=scan) for scan in image.scans)
    known = f"{len(orders)} scan(s) known" if orders else "no scan yet"
    return Step(record=waiting, sentence=f"{fact.model}:{fact.version} waits for this image; {known}", orders=orders)
