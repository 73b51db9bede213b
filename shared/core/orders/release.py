"""What to do for a release on its way: look, deploy, shift traffic, and clean up after it."""

from dataclasses import dataclass

from shared.core.orders.order import LONG_WORK, Lane, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectModel(Order):
    """Read the model's metadata, metrics and files."""

    lane = Lane.VALIDATION


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
class Notify(Order):
    """Tell the outside what became of the release; `news` is the stage it reached."""

    lane = Lane.NOTIFICATIONS
    lasting = True
    news: str
