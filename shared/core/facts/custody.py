"""What a release was told of the image that it runs on."""

from dataclasses import dataclass, field

from shared.core.evidence import Dismissals, ImageReference, PackageCheck, SbomReport, Scan
from shared.core.facts.release import ReleaseFact


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageIdentified(ReleaseFact):
    """The image that the model's environment names was found, and is from now on known by its digest."""

    image: ImageReference


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUnusable(ReleaseFact):
    """The model's environment names no image that may be deployed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReported(ReleaseFact):
    """A scan of an image was brought to a release that waits for it or runs on it, with what dismisses its findings."""

    scan: Scan
    dismissals: Dismissals = field(default_factory=Dismissals)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsDismissed(ReleaseFact):
    """What dismisses findings of the image changed: VEX statements came, a waiver was granted, revoked or is over."""

    digest: str
    dismissals: Dismissals


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePromoted(ReleaseFact):
    """The cleared image lies where images are trusted."""

    image: ImageReference


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMoved(ReleaseFact):
    """The tag `name` (registry/repository:tag), which named the release's image `digest`, names the image `to` now."""

    name: str
    digest: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RescanDue(ReleaseFact):
    """The newest scan of the image in production, made at `scanned_at`, is older than the policy lets it be."""

    digest: str
    scanned_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesListed(ReleaseFact):
    """A bill of materials of an image was brought to a release that waits for it or runs on it."""

    sbom: SbomReport


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesJudged(ReleaseFact):
    """The packages of the release's image were judged under its policy and the exceptions of that moment."""

    check: PackageCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDiscarded(ReleaseFact):
    """The refused image was locked and removed from its registry."""

    digest: str
