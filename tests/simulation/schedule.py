"""One schedule: a seed, a mode, and everything that follows from them."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from random import Random

from tests.simulated.faults import Crash, Fault
from tests.simulation.aims import Aiming, aimed_fates, aimed_swarm, pace
from tests.simulation.aims import drawn as drawn_aim
from tests.simulation.ending import Ending
from tests.simulation.hearing import Violation, heard_by
from tests.simulation.memory import read_once
from tests.simulation.oracle import Oracle
from tests.simulation.outside import Outside
from tests.simulation.plant import SWEEP_SECONDS, Plant
from tests.simulation.scheduler import Scheduler
from tests.simulation.swarm import Swarm, drawn
from tests.simulation.trouble import Trouble
from tests.simulation.truth import Fate, Truth, fates_of, policy_of
from tests.simulation.upgrade import old_code

MINUTE, HOUR = 60.0, 3600.0
JOURNEYS = 5
CALM_PATIENCE, PATIENCE = 15 * MINUTE, 60 * MINUTE


class Mode(StrEnum):
    """How a schedule goes wrong."""

    A = "faults and a sweeper, then no more faults: all must end well"
    B = "no faults and no sweeper: everything must end by itself"
    C = "faults without end: nothing that must never be may happen"
    D = "no sweeper, and one crash before or after a call of a reference journey: the broker alone must repair it"
    E = "as A, with old code beside the new"


@dataclass(slots=True)
class Run:
    """What became of a schedule: the first violation, "" for none, and what it went through."""

    mode: str
    seed: int
    problem: str = ""
    faults: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    hours: float = 0.0
    digest: str = ""
    stages: dict[str, str] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)


class Schedule:
    """Builds the world of a seed and lets it happen.

    `single` is the one fault of a schedule of mode D, as the number of a call and what happens there.
    """

    def __init__(self, mode: Mode, seed: int, *, single: tuple[int, Fault] | None = None, aloud: bool = False) -> None:
        self._mode, self._run = mode, Run(mode.name, seed)
        random = Random(f"{mode.name}{seed}")
        self._scheduler = Scheduler()
        aiming = Random(f"aim {mode.name}{seed}")
        self._aim = drawn_aim(aiming) if mode not in (Mode.B, Mode.D) else None
        swarm = drawn(random, faulty=mode in (Mode.A, Mode.C, Mode.E)) if mode is not Mode.D else Swarm()
        swarm = aimed_swarm(self._aim, swarm)
        self._trouble = Trouble(self._scheduler, random, swarm)
        self._trouble.single = single
        self._truth = Truth(policy_of(random))
        self._plant = Plant(self._truth.policy, self._scheduler, self._trouble)
        self._oracle = Oracle(self._plant, self._truth)
        self._calm = mode in (Mode.B, Mode.D)
        self._trouble.on = not self._calm
        self._outside = Outside(self._plant, self._truth, random, self._oracle.stages, calm=self._calm)
        self._fates = fates_of(random) if mode is not Mode.D else journey(seed)
        self._random = random
        if self._aim:
            self._fates = aimed_fates(self._aim, self._fates)
            Aiming(self._aim, self._plant, self._truth, self._outside, self._oracle.stages, aiming)
        if aloud:
            self._trouble.tell, self._trouble.trace = self._tell, hashlib.sha256()

    def _tell(self, line: str) -> None:
        minutes, seconds = divmod(self._scheduler.now() - self._start, 60)
        self._run.story.append(f"{minutes:5.0f}:{seconds:04.1f} {line}")

    def run(self) -> Run:
        """Let it all happen; the Run says how it ended."""
        self._start = self._scheduler.now()
        try:
            with heard_by(self._oracle.handler), read_once(), old_code(self._scheduler, on=self._mode is Mode.E):
                self._happen()
        except Violation as violation:
            self._run.problem = str(violation)
        finally:
            self._scheduler.kill(None, Crash("the simulation is over"))
        self._note()
        return self._run

    def _happen(self) -> None:
        spread = 0.0 if self._mode is Mode.D else self._random.choice([5 * MINUTE, HOUR])
        trouble_ends = self._start + self._random.uniform(0.7, 2.5) * HOUR
        self._trouble.brew(trouble_ends)
        self._outside.begin(self._fates, spread, pace(self._aim))
        if self._mode not in (Mode.B, Mode.D):
            for worker in range(len(self._trouble.swarm.skews)):
                self._scheduler.after(SWEEP_SECONDS * (worker + 1.1) / 4, partial(self._plant.sweep_often, worker))
        if self._mode in (Mode.A, Mode.C, Mode.E):
            self._until(trouble_ends)
        if self._mode is Mode.C:
            return
        self._trouble.on = False
        self._plant.redrive()
        self._settle(trouble_ends if not self._calm else self._start)

    def _until(self, at: float) -> None:
        self._scheduler.run(at, unless=self._oracle.problems)
        self._oracle.check()

    def _settle(self, since: float) -> None:
        """Let everything end, look every ten minutes whether it has, and judge it."""
        horizon = max(self._scheduler.now(), self._start + 3.5 * HOUR) + 14 * HOUR
        while self._scheduler.now() < horizon:
            self._until(self._scheduler.now() + 10 * MINUTE)
            self._scheduler.advance_to(self._scheduler.now())
            self._plant.redrive()
            if self._at_rest():
                break
        patience = CALM_PATIENCE if self._mode is Mode.B else PATIENCE
        Ending(self._plant, self._truth, self._oracle).judge(calm=self._calm, patience=patience, since=since)

    def _at_rest(self) -> bool:
        over = self._scheduler.now() >= self._start + (HOUR if self._mode is Mode.D else 3.6 * HOUR)
        working = any(task.what != "sweep" for task in self._scheduler.tasks())
        busy = self._plant.bus.waiting() or working or self._outside.waiting()
        return over and not busy and not any(self._oracle.outstanding.values())

    def _note(self) -> None:
        run = self._run
        run.faults, run.calls = dict(self._trouble.seen), self._trouble.calls
        run.hours = (self._scheduler.now() - self._start) / HOUR
        run.digest = self._trouble.trace.hexdigest() if self._trouble.trace else ""
        run.stages = {fate.version: self._oracle.stages.get(fate.key, "unknown") for fate in self._fates}


def journey(number: int) -> list[Fate]:
    """The reference journeys of mode D: lives whose every call is a place to crash."""
    good = Fate(version="1", image="churn-1")
    journeys = [
        [good],
        [good, Fate(version="2", image="churn-2", errors=0.6)],
        [Fate(version="1", image="churn-1", pickle=True)],
        [Fate(version="1", image="churn-1", smoke=500)],
        [good, Fate(version="2", image="churn-2")],
    ]
    return journeys[number % JOURNEYS]
