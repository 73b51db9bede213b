"""What to do: one frozen dataclass per order, in the imperative; orders carry intent, the performer reads the rest."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.core.evidence import SbomReport, Scan
from shared.core.identity import digest_of


class Lane(StrEnum):
    """The queues of orders, one per kind of work, so that one kind cannot starve another."""

    VALIDATION = "validation"
    QUARANTINE = "quarantine"
    DEPLOYMENT = "deployment"
    ROLLBACK = "rollback"
    MAINTENANCE = "maintenance"
    DATA = "data"
    NOTIFICATIONS = "notifications"


LONG_WORK = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Something to do for the document `document`, outstanding there under `key` until a fact answers it.

    `given` is when it was decided and `not_before` (0 for now) when it may start, in seconds since the epoch. A
    `lasting` order survives a change of stage; any other is dropped with the stage that gave it. An order without an
    answer after `patience` seconds is overdue.
    """

    lane: ClassVar[Lane]
    lasting: ClassVar[bool] = False
    patience: ClassVar[float] = 300.0

    document: str = ""
    key: str = ""
    given: float = 0.0
    not_before: float = 0.0

    def message_id(self, attempt: str) -> str:
        """The broker's id of one sending; a new `attempt` makes a new id, because brokers drop one they have seen."""
        return digest_of([self.document, self.key, attempt])


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectModel(Order):
    """Read the model's metadata, metrics and files."""

    lane = Lane.VALIDATION


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
class DeployToStaging(Order):
    """Make the deployment that the smoke test calls."""

    lane = Lane.DEPLOYMENT
    patience = LONG_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeTest(Order):
    """Send the model's own sample request to its staging deployment."""

    lane = Lane.DEPLOYMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployToProduction(Order):
    """Make the production deployment, without traffic."""

    lane = Lane.DEPLOYMENT
    patience = LONG_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTraffic(Order):
    """Give the release `weight` percent of the endpoint's traffic, the live version the rest."""

    lane = Lane.DEPLOYMENT
    patience = LONG_WORK
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureCanary(Order):
    """Read what both sides served since `since` (seconds since the epoch), when the release got `weight` percent."""

    lane = Lane.DEPLOYMENT
    weight: int
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack(Order):
    """Take all traffic from the release and give it to the version that was live before."""

    lane = Lane.ROLLBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDeployment(Order):
    """Delete a deployment that has no traffic."""

    lane = Lane.MAINTENANCE
    patience = LONG_WORK
    lasting = True
    endpoint: str
    deployment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote(Order):
    """Make the live release the model's champion, and tell the one before."""

    lane = Lane.MAINTENANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class SupersedeOlder(Order):
    """End the older versions of the model that still wait, or this one when a newer version is ahead of it."""

    lane = Lane.MAINTENANCE
    lasting = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDeadline(Order):
    """Say so when the time of `stage` is over."""

    lane = Lane.MAINTENANCE
    stage: str
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineBody(Order):
    """Keep the bytes `body` (their SHA-256) with the reason why they did not count."""

    lane = Lane.MAINTENANCE
    lasting = True
    body: str
    reason: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(Order):
    """Tell the outside what became of the release; `news` is the stage it reached."""

    lane = Lane.NOTIFICATIONS
    lasting = True
    news: str


ORDERS: tuple[type[Order], ...] = (
    InspectModel,
    IdentifyImage,
    AwaitScan,
    PromoteImage,
    SuspectImage,
    DiscardImage,
    DeployToStaging,
    SmokeTest,
    DeployToProduction,
    ShiftTraffic,
    MeasureCanary,
    RollBack,
    RemoveDeployment,
    Promote,
    SupersedeOlder,
    WatchDeadline,
    QuarantineBody,
    TellRelease,
    TellDismissals,
    FollowTag,
    BringSbom,
    JudgePackages,
    Notify,
)
