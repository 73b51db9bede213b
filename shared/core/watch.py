"""What is watched of one model: the live version, the last test, what is done about harm, and what is due when."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.facts import Action, Ending
from shared.core.identity import watch_key
from shared.core.orders import TestDrift
from shared.core.record import Record
from shared.core.verdicts import Verdict
from shared.core.watch_policy import DAY, HOUR, QUARTER, WatchPolicy


class WatchStage(StrEnum):
    """Whether a model is watched, and whether something is done about it."""

    UNWATCHED = "unwatched"
    WATCHING = "watching"
    ACTING = "acting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """One action for one version; `ended` is 0 and `outcome` None while it is under way.

    `reference` is what it is called outside, "" before it began there; a `follows` action belongs to the one before
    it. Times are in seconds since the epoch; `deadline` is when it, or the labels it waits for, are late.
    """

    action: Action
    version: str
    ordered: float
    deadline: float
    reference: str = ""
    follows: bool = False
    ended: float = 0.0
    outcome: Ending | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Record):
    """What is known of the model; `version` is the live one since `since`, "" for none, in its `turn`.

    `reference` is the SHA-256 of the profile it is compared with, "" before the first test; `tested_until` ends the
    last window and `tested` is when that was; `verdicts` are those of contract, change and harm; `signals` names what
    other monitors complain about. `used` is when requests were last seen; `late` counts missed updates and `idle` the
    times that the model was called unused. `acted` holds the actions of a quarter.
    """

    stage: WatchStage = WatchStage.UNWATCHED
    model: str
    version: str = ""
    turn: int = 0
    endpoint: str = ""
    deployment: str = ""
    scenario: str = ""
    policy: WatchPolicy = field(default_factory=WatchPolicy)
    since: float = 0.0
    reference: str = ""
    tested: float = 0.0
    tested_until: float = 0.0
    verdicts: tuple[Verdict, ...] = ()
    profile: str = ""
    signals: tuple[str, ...] = ()
    used: float = 0.0
    late: int = 0
    idle: int = 0
    active: Acted | None = None
    acted: tuple[Acted, ...] = ()

    @property
    def key(self) -> str:
        """Where the watch is kept."""
        return watch_key(self.model)

    @property
    def testing(self) -> bool:
        """Whether a test is under way."""
        return any(isinstance(order, TestDrift) for order in self.outstanding)

    @property
    def test_due(self) -> float:
        """When the next test is due; infinity while one is under way."""
        return math.inf if self.testing else self.tested + self.policy.test_every_hours * HOUR

    @property
    def update_due(self) -> float:
        """When the live version is too old, once more for every time that this was said; infinity for never."""
        every = self.policy.update_every_hours * HOUR
        return self.since + (self.late + 1) * every if every else math.inf

    @property
    def unused_due(self) -> float:
        """When a model without requests is called unused, once more each time; infinity for never."""
        every = self.policy.unused_days * DAY
        return self.used + (self.idle + 1) * every if every else math.inf

    @property
    def labels_due(self) -> float:
        """When the labels that an action waits for are late; infinity where none are wanted."""
        return self.active.deadline if self.active and self.active.action is Action.LABEL else math.inf

    @property
    def due(self) -> float:
        """When the timer must tell WatchDue, in seconds since the epoch; infinity for never."""
        if not self.version:
            return math.inf
        return min(self.test_due, self.update_due, self.unused_due, self.labels_due)

    def triggered(self, now: float) -> int:
        """How many actions began in the quarter before `now`; what follows from one counts with it."""
        began = [each for each in self.acted if each.reference] + ([self.active] if self.active else [])
        return sum(1 for each in began if not each.follows and each.ordered > now - QUARTER)

    def cool_at(self) -> float:
        """When the next action may begin, by the end of the last one; 0 for at once."""
        ended = max((each.ended for each in self.acted), default=-math.inf)
        return max(0.0, ended + self.policy.cool_down_hours * HOUR)

    def verdict(self, gate: str) -> Verdict | None:
        """The last test's verdict of that gate, None before the first test."""
        return next((verdict for verdict in self.verdicts if verdict.gate == gate), None)
