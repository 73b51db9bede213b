"""What operators demand of a release: to hold it, to let it go on, and why a demand changes nothing."""

from dataclasses import replace

from shared.core import facts
from shared.core.record import Step
from shared.core.release import TERMINAL, WAITING, Release, Stage


def demanded(fact: facts.Demand, did: str) -> str:
    """Who did it and why, as a part of a sentence."""
    return f"{fact.name} {did}: {fact.comment or 'no comment'}"


def pause(release: Release, fact: facts.ReleasePaused) -> Step[Release]:
    """The release held where it is; its deadline goes on."""
    return Step(record=replace(release, paused=fact.name), sentence=demanded(fact, "paused it"))


def resume(release: Release, fact: facts.ReleaseResumed) -> Step[Release]:
    """The release free to go on; what was put off meanwhile is still outstanding."""
    return Step(record=replace(release, paused=""), sentence=demanded(fact, "resumed it"))


def unheeded(release: Release, fact: facts.Demand) -> str:
    """Why the demand changes nothing, and what to do instead, as a sentence for the ledger and for the operator."""
    return f"{fact.name}'s {type(fact).__name__} changes nothing: {_because(release, fact)}"


def _because(release: Release, fact: facts.Demand) -> str:
    if release.stage in TERMINAL:
        return f"it is {release.stage} and has ended"
    match fact:
        case facts.ReleaseResumed():
            return "it is not paused"
        case facts.ReleasePaused() if release.paused:
            return f"it is paused by {release.paused} already"
        case facts.RollbackDemanded() if release.stage in WAITING:
            return f"it is {release.stage} and has no traffic to take away; abort it"
        case facts.ReleaseAborted() if release.stage is Stage.LIVE:
            return "it is live; roll it back"
        case facts.RollbackDemanded() if release.stage is Stage.LIVE:
            return "no version before it is deployed any more; register a new version"
    return f"it is {release.stage}"
