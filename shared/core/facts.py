"""What happened: one frozen dataclass per fact, in the past tense."""

from dataclasses import asdict, dataclass, field
from typing import Any

from shared.core.evidence import (
    Dismissals,
    ImageReference,
    Inspection,
    PackageCheck,
    SbomReport,
    Scan,
    VexStatement,
    Waiver,
)
from shared.core.identity import exception_key, image_key, release_key
from shared.core.windows import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened `at` (seconds since the epoch, UTC), known by an `id` made of its source's own id.

    `body` is the SHA-256 of the source's bytes, "" when Gatehouse itself is the source; `answers` is the key of the
    order whose outcome this is, "" for none; `actor` is a process or a person's object id.
    """

    id: str
    at: float
    body: str = ""
    actor: str = "gatehouse"
    answers: str = ""

    @property
    def document(self) -> str:
        """The key of the document that this fact is about."""
        raise NotImplementedError

    def data(self) -> dict[str, Any]:
        """The fact's own content, without what every fact has."""
        content = asdict(self)
        for name in ("id", "at", "body", "actor", "answers"):
            del content[name]
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFact(Fact):
    """A fact about one release."""

    model: str
    version: str

    @property
    def document(self) -> str:
        return release_key(self.model, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFact(Fact):
    """A fact about one container image."""

    digest: str

    @property
    def document(self) -> str:
        return image_key(self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFact(Fact):
    """A fact about one exception for a package."""

    exception: str

    @property
    def document(self) -> str:
        return exception_key(self.exception)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRegistered(ReleaseFact):
    """A model version appeared in a registry."""

    registry: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInspected(ReleaseFact):
    """The model was read from its registry and its storage."""

    inspection: Inspection


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMissing(ReleaseFact):
    """The registry does not know the model."""

    reason: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentReady(ReleaseFact):
    """A deployment can serve; `place` is staging or production."""

    place: str
    endpoint: str
    deployment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFailed(ReleaseFact):
    """A deployment could not be made."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeTested(ReleaseFact):
    """The staging deployment answered (or not) the model's own sample; `code` is HTTP's, 0 when there was no answer."""

    code: int
    latency_ms: float
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(ReleaseFact):
    """A person said yes to a release in `stage` that runs on the image `digest` ("" before one is known)."""

    stage: str
    digest: str
    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRefused(ReleaseFact):
    """A person said no."""

    stage: str
    digest: str
    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand(ReleaseFact):
    """What an operator said about a release: who, by directory object id, tenant and name, and why."""

    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAborted(Demand):
    """An operator ended a release that is not live yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePaused(Demand):
    """An operator held a release where it is: it enters no production and gets no more traffic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseResumed(Demand):
    """An operator let a paused release go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackDemanded(Demand):
    """An operator wanted a release out of production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficShifted(ReleaseFact):
    """The endpoint was read back and serves `weights` in percent by deployment; `weight` is this release's share."""

    weight: int
    weights: dict[str, int]
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryMeasured(ReleaseFact):
    """What both sides served in the same windows while the release had `weight` percent."""

    weight: int
    windows: int
    canary: Traffic
    stable: Traffic | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRestored(ReleaseFact):
    """The release has no traffic any more; `weights` is what the endpoint serves now."""

    weights: dict[str, int]
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToRestore(ReleaseFact):
    """A roll-back came too late: the version before is not deployed any more, so the release serves on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRemoved(ReleaseFact):
    """A deployment is gone."""

    endpoint: str
    deployment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted(ReleaseFact):
    """The release is the model's champion; `previous` is the version that was, "" when there was none."""

    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(ReleaseFact):
    """A newer version went live in this one's place, which stays deployed `until` (seconds since the epoch)."""

    by: str
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken(ReleaseFact):
    """The newer version `by` of the same model reached the people while this one still waited."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinstated(ReleaseFact):
    """The version that had gone live in this one's place left production, so this one serves again."""

    instead_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed(ReleaseFact):
    """The time that `stage` had is over; `deadline` in seconds since the epoch."""

    stage: str
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(ReleaseFact):
    """An order without news of its own was carried out."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAbandoned(ReleaseFact):
    """An order can never be carried out."""

    order: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScanned(ImageFact):
    """A scanner reported on an image."""

    scan: Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePushed(ImageFact):
    """An image came into a repository of `registry`; `tag` is "" when it was pushed by digest alone."""

    registry: str
    repository: str
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDeleted(ImageFact):
    """An image left a repository of its registry."""

    repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStated(ImageFact):
    """`author` stated in a VEX document which vulnerabilities affect the image; `report` is the document's SHA-256."""

    statements: tuple[VexStatement, ...]
    author: str
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverGranted(ImageFact):
    """A person said that findings of the image do not count for some time."""

    waiver: Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRevoked(ImageFact):
    """A person took the waiver back: who, by directory object id, tenant and name, and why."""

    waiver: str
    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomReported(ImageFact):
    """A tool said what an image is made of."""

    sbom: SbomReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAwaited(ImageFact):
    """A release waits for the verdict on an image."""

    model: str
    version: str
    repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(ImageFact):
    """What the gate of one release, under its `policy`, made of the image, and why."""

    model: str
    version: str
    policy: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCleared(Judgement):
    """The image passed, and lies as `trusted` (registry/repository@digest) where images are trusted."""

    trusted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSuspected(Judgement):
    """The image failed while it was in production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRefused(Judgement):
    """The image failed, and is removed unless the release `kept_for` runs on it."""

    kept_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRemoved(ImageFact):
    """The image is gone from its registry."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOrderDone(ImageFact):
    """An order about an image was carried out."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageExceptionRequested(ExceptionFact):
    """A person asked for a package that the rules do not allow at once; "" stands for any in the last four fields."""

    person: str
    tenant: str
    name: str
    reason: str
    package: str
    specifier: str = ""
    source: str = ""
    model: str = ""
    scenario: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionAnswer(ExceptionFact):
    """What a reviewer said: who, by directory object id, tenant and name, and why."""

    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageExceptionGranted(ExceptionAnswer):
    """A reviewer let the package in until `until`, in seconds since the epoch."""

    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageExceptionRefused(ExceptionAnswer):
    """A reviewer did not let the package in."""


RELEASE_FACTS: tuple[type[ReleaseFact], ...] = (
    ModelRegistered,
    ModelInspected,
    ModelMissing,
    ImageIdentified,
    ImageUnusable,
    ScanReported,
    FindingsDismissed,
    ImagePromoted,
    TagMoved,
    RescanDue,
    PackagesListed,
    PackagesJudged,
    ImageDiscarded,
    DeploymentReady,
    DeploymentFailed,
    SmokeTested,
    ApprovalGiven,
    ApprovalRefused,
    ReleaseAborted,
    ReleasePaused,
    ReleaseResumed,
    RollbackDemanded,
    TrafficShifted,
    CanaryMeasured,
    TrafficRestored,
    NothingToRestore,
    DeploymentRemoved,
    Promoted,
    Superseded,
    Overtaken,
    Reinstated,
    DeadlinePassed,
    OrderDone,
    OrderAbandoned,
)
IMAGE_FACTS: tuple[type[ImageFact], ...] = (
    ImagePushed,
    ImageDeleted,
    ImageScanned,
    VexStated,
    SbomReported,
    WaiverGranted,
    WaiverRevoked,
    ScanAwaited,
    ImageCleared,
    ImageSuspected,
    ImageRefused,
    ImageRemoved,
    ImageOrderDone,
)
EXCEPTION_FACTS: tuple[type[ExceptionFact], ...] = (
    PackageExceptionRequested,
    PackageExceptionGranted,
    PackageExceptionRefused,
)
