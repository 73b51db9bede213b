"""What approvers and operators said about a release."""

from dataclasses import dataclass

from shared.core.facts.release import ReleaseFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(ReleaseFact):
    """What an approver said about a release as it was: who, by directory object id, tenant and name, and why."""

    stage: str
    digest: str
    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(Approval):
    """A person said yes to a release in `stage` that runs on the image `digest` ("" before one is known)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRefused(Approval):
    """A person said no."""


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
