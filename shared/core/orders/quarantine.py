"""What to do about the image that a release runs on."""

from dataclasses import dataclass

from shared.core.evidence import SbomReport, Scan
from shared.core.orders.order import Lane, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyImage(Order):
    """Find the digest of the image that the model's environment names."""

    lane = Lane.QUARANTINE


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitScan(Order):
    """Ask the image's document for its scans, present and future."""

    lane = Lane.QUARANTINE


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteImage(Order):
    """Copy the cleared image, by digest, to where images are trusted."""

    lane = Lane.QUARANTINE


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectImage(Order):
    """Tell the image's document that it fails while it is in production."""

    lane = Lane.QUARANTINE
    lasting = True
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardImage(Order):
    """Lock the refused image, then remove it from the registry, wherever it lies there."""

    lane = Lane.QUARANTINE
    lasting = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRelease(Order):
    """Bring a scan to one release that waits for the image or runs on it."""

    lane = Lane.QUARANTINE
    lasting = True
    model: str
    version: str
    scan: Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDismissals(Order):
    """Bring what dismisses the image's findings, as it is then, to one release."""

    lane = Lane.QUARANTINE
    lasting = True
    model: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTag(Order):
    """Remember that `name` (registry/repository:tag) names this image since `at`, and tell who runs on another one."""

    lane = Lane.QUARANTINE
    lasting = True
    name: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BringSbom(Order):
    """Bring a bill of materials to one release that waits for the image or runs on it."""

    lane = Lane.QUARANTINE
    lasting = True
    model: str
    version: str
    sbom: SbomReport


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePackages(Order):
    """Judge the packages of a bill of materials under the release's policy and the exceptions of that moment."""

    lane = Lane.QUARANTINE
    lasting = True
    sbom: SbomReport
