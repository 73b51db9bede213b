"""What happened to a release's deployments and to their traffic."""

from dataclasses import dataclass

from shared.core.facts.release import ReleaseFact
from shared.core.windows import Traffic


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
