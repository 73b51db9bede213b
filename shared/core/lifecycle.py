"""Every fact in every stage has an answer: `decide` finds the stage's own function and writes its step down."""

from collections.abc import Callable

from shared.core import before_production, facts, production
from shared.core import orders as do
from shared.core.policy import Policy
from shared.core.record import Decision, Step, commit
from shared.core.release import TERMINAL, Release, Stage
from shared.core.steps import enter, heard, noted, with_packages


def decide(
    release: Release | None, fact: facts.ReleaseFact, policy: Policy | None, now: float
) -> Decision[Release] | None:
    """What `fact` makes of `release`, at `now` in seconds since the epoch; total over stages and facts.

    `release` is None before the registration; `policy` is what a new release is bound to and is ignored for a known
    one. None as the answer means that the fact is about a release that nobody registered.
    """
    if release is None:
        return _born(fact, policy, now)
    step = with_packages(STAGES[release.stage](heard(release, fact), fact, _moment(fact, now)), fact)
    return commit(release.key, release.stage, step, fact, now)


def _moment(fact: facts.ReleaseFact, now: float) -> float:
    """When the fact is judged: what is told because a waiver ended is not before that, however slow this clock is."""
    return max(now, fact.at) if isinstance(fact, facts.FindingsDismissed) else now


def _born(fact: facts.ReleaseFact, policy: Policy | None, now: float) -> Decision[Release] | None:
    if not isinstance(fact, facts.ModelRegistered) or policy is None:
        return None
    release = Release(
        model=fact.model,
        version=fact.version,
        policy=policy,
        policy_digest=policy.digest(),
        registration=fact.body,
        registered_at=fact.at,
        entered=now,
    )
    if policy.approval.start:
        step = enter(release, Stage.REGISTERED, now, "registered; a person decides whether it starts")
    else:
        step = enter(release, Stage.VALIDATING, now, f"registered under policy {policy.name}", do.InspectModel())
    return commit(release.key, "", step, fact, now)


def _ended(release: Release, fact: facts.ReleaseFact, _now: float) -> Step[Release]:
    return noted(release, fact)


STAGES: dict[Stage, Callable[[Release, facts.ReleaseFact, float], Step[Release]]] = {
    Stage.REGISTERED: before_production.registered,
    Stage.VALIDATING: before_production.validating,
    Stage.QUARANTINED: before_production.quarantined,
    Stage.STAGING: before_production.staging,
    Stage.AWAITING_APPROVAL: before_production.awaiting_approval,
    Stage.CANARY: production.canary,
    Stage.LIVE: production.live,
    Stage.ROLLING_BACK: production.rolling_back,
    **dict.fromkeys(TERMINAL, _ended),
    Stage.SUPERSEDED: production.superseded,
}
