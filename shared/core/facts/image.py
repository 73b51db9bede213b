"""What happened to a container image, whichever releases run on it."""

from dataclasses import dataclass

from shared.core.evidence import SbomReport, Scan, VexStatement, Waiver
from shared.core.facts.fact import Fact
from shared.core.identity import image_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFact(Fact):
    """A fact about one container image."""

    digest: str

    @property
    def document(self) -> str:
        return image_key(self.digest)


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
class ImageScanned(ImageFact):
    """A scanner reported on an image."""

    scan: Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStated(ImageFact):
    """`author` stated in a VEX document which vulnerabilities affect the image; `report` is the document's SHA-256."""

    statements: tuple[VexStatement, ...]
    author: str
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomReported(ImageFact):
    """A tool said what an image is made of."""

    sbom: SbomReport


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
