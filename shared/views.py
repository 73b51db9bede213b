"""How a release looks to people and programs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.core.ledger import Entry, first_broken
from shared.core.release import Release
from shared.replay import replay


def iso(at: float) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC; None for 0."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def summary(marks: Mapping[str, str]) -> dict[str, Any]:
    """One line of the list of releases, made of its document's labels."""
    entered = float(marks.get("entered") or 0)
    return {"model": marks["model"], "version": marks["version"], "stage": marks["stage"], "since": iso(entered)}


def detail(release: Release) -> dict[str, Any]:
    """Everything about one release: stage, verdicts with reasons, and the ledger as sentences and as data."""
    broken = first_broken(release.ledger)
    return {
        "model": release.model,
        "version": release.version,
        "stage": release.stage,
        "reason": release.reason,
        "paused": release.paused or None,
        "since": iso(release.entered),
        "deadline": iso(release.deadline),
        "image": msgspec.to_builtins(release.image),
        "trusted": msgspec.to_builtins(release.trusted),
        "held": release.held,
        "endpoint": release.endpoint,
        "deployment": release.deployment,
        "weight": release.weight,
        "policy": {"name": release.policy.name, "digest": release.policy_digest},
        "approvals": [{"name": given.name, "person": given.person, "at": iso(given.at)} for given in release.approvals],
        "packages": msgspec.to_builtins(release.packages),
        "verdicts": msgspec.to_builtins(release.verdicts),
        "waits_for": [type(order).__name__ for order in release.outstanding],
        "history": [sentence(entry) for entry in release.ledger],
        "ledger": msgspec.to_builtins(release.ledger),
        "ledger_whole": broken is None,
    }


def replayed(release: Release) -> dict[str, Any]:
    """What a replay of the release's ledger says: whether all agrees, else the first entry that differs and how."""
    again = replay(release)
    return {
        "model": release.model,
        "version": release.version,
        "agrees": again.agrees,
        "comparable": again.comparable,
        "entries": again.entries,
        "decider": again.decider,
        "differs": msgspec.to_builtins(again.difference),
        "ledger_whole": first_broken(release.ledger) is None,
    }


def sentence(entry: Entry) -> str:
    """One ledger entry as people read it."""
    moved = f" [{entry.before or 'new'} → {entry.after}]" if entry.before != entry.after else ""
    return f"{iso(entry.at)} {entry.fact}: {entry.sentence}{moved}"
