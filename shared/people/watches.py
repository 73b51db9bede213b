"""The watches over live models, for people and programs, and the timer that says what of them is due."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shared.asking import Reply
from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.facts import WatchDue
from shared.core.identity import fact_id, watch_key
from shared.core.ledger import first_broken
from shared.core.watch import Watch
from shared.doors.intake import Intake
from shared.histories import whole
from shared.ledgers import Ledgers
from shared.listing import listed
from shared.ports import Clock, Documents
from shared.views import iso, sentence

FOLDER = "watches"

log = logging.getLogger("gatehouse.watches")


class Watches:
    """The watches as they are kept."""

    def __init__(self, documents: Documents, ledgers: Ledgers, intake: Intake, clock: Clock) -> None:
        self._documents, self._ledgers, self._intake, self._clock = documents, ledgers, intake, clock

    def all(self) -> Reply:
        """Every watched model in a line, by name; raises Unavailable."""
        lines = (_line(marks) for _, marks in listed(self._documents, FOLDER))
        return Reply(200, {"watches": sorted(lines, key=lambda line: str(line["model"]))})

    def one(self, model: str) -> Reply:
        """One watch with its last verdicts, its actions and its ledger; 404 for an unknown one. Raises Unavailable."""
        stored = self._documents.read(watch_key(model))
        try:
            watch = wire.decode_record(watch_key(model), stored.data) if stored else None
        except Malformed as problem:
            log.error("the watch over %s can not be read: %s", model, problem)
            return Reply(500, {"refused": f"the watch over {model} can not be read: {problem}"})
        if not isinstance(watch, Watch):
            return Reply(404, {"refused": f"no version of {model} was ever live"})
        return Reply(200, story(self._whole(watch)))

    def _whole(self, watch: Watch) -> Watch:
        """The watch with its spilled entries; where they can not be read, its broken chain shows that."""
        try:
            return whole(watch, watch.key, self._ledgers)
        except Malformed as problem:
            log.error("the exported ledger of the watch over %s can not be read: %s", watch.model, problem)
            return watch

    def run(self) -> int:
        """Tell WatchDue of every watch of which something is due; how many. Safe to run twice at once.

        Raises Unavailable.
        """
        due = list(self._due(self._clock.now()))
        if due:
            self._intake.tell(due)
        return len(due)

    def _due(self, now: float) -> Iterator[WatchDue]:
        for key, marks in listed(self._documents, FOLDER):
            if (due := marks.get("due")) and float(due) <= now:
                yield WatchDue(id=fact_id("watch due", key, due), at=now, model=marks["model"], due=float(due))


def _line(marks: Mapping[str, str]) -> dict[str, Any]:
    due = iso(float(marks.get("due") or 0))
    return {"model": marks["model"], "version": marks["version"] or None, "stage": marks["stage"], "due": due}


def story(watch: Watch) -> dict[str, Any]:
    """Everything about one watch, its ledger as sentences and as data."""
    every = (*watch.acted, *((watch.active,) if watch.active else ()))
    return {
        "model": watch.model,
        "version": watch.version or None,
        "stage": watch.stage,
        "scenario": watch.scenario,
        "endpoint": watch.endpoint,
        "deployment": watch.deployment,
        "since": iso(watch.since),
        "tested": iso(watch.tested) if watch.verdicts else None,
        "tested_until": iso(watch.tested_until),
        "used": iso(watch.used),
        "reference": watch.reference or None,
        "profile": watch.profile or None,
        "signals": watch.signals,
        "verdicts": msgspec.to_builtins(watch.verdicts),
        "actions": [
            msgspec.to_builtins(each) | {name: iso(getattr(each, name)) for name in ("ordered", "deadline", "ended")}
            for each in every
        ],
        "policy": msgspec.to_builtins(watch.policy),
        "waits_for": [type(order).__name__ for order in watch.outstanding],
        "history": [sentence(entry) for entry in watch.ledger],
        "ledger": msgspec.to_builtins(watch.ledger),
        "ledger_whole": first_broken(watch.ledger) is None,
    }
