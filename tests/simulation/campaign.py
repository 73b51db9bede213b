"""Many schedules over all cores: by mode and seed, or every place where a reference journey may crash."""

import gc
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from tests.simulated.faults import Fault
from tests.simulation.schedule import JOURNEYS, Mode, Run, Schedule

MIXED = (Mode.A, Mode.A, Mode.A, Mode.B, Mode.C, Mode.E)
HUNTED = (Mode.A, Mode.B, Mode.A, Mode.D, Mode.E)
CRASHES = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)


@dataclass(frozen=True, slots=True)
class Task:
    """One schedule to run; `crash` is the number of the call and what happens there, of a schedule of mode D."""

    mode: str
    seed: int
    crash: tuple[int, str] | None = None

    def run(self, *, aloud: bool = False) -> Run:
        """Run it; `aloud` keeps its story."""
        single = (self.crash[0], Fault[self.crash[1]]) if self.crash else None
        return Schedule(Mode[self.mode], self.seed, single=single, aloud=aloud).run()


@dataclass(slots=True)
class Total:
    """What many schedules came to: `failed` holds those with a violation."""

    schedules: int = 0
    calls: int = 0
    hours: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[Task, str]] = field(default_factory=list)

    def add(self, task: Task, run: Run) -> None:
        """Count one schedule."""
        self.schedules += 1
        self.calls += run.calls
        self.hours += run.hours
        self.faults.update(run.faults)
        self.modes[run.mode] += 1
        self.stages.update(run.stages.values())
        if run.problem:
            self.failed.append((task, run.problem))


def mixed(first: int, count: int, modes: tuple[Mode, ...] = MIXED) -> Iterator[Task]:
    """`count` schedules with the seeds from `first` on, their modes taking turns; for mode D all of its schedules."""
    if modes == (Mode.D,):
        yield from islice(single_crashes(), count)
        return
    for seed in range(first, first + count):
        yield Task(modes[seed % len(modes)].name, seed)


def single_crashes() -> Iterator[Task]:
    """Each reference journey with a crash before, and with one after, each of its calls of ports."""
    for journey in range(JOURNEYS):
        calls = Task(Mode.D.name, journey).run().calls
        for call in range(1, calls + 1):
            for crash in CRASHES:
                yield Task(Mode.D.name, journey, (call, crash.name))


def hunted(limit: int) -> Iterator[Task]:
    """The schedules that hunt a planted bug: modes in turns, and some single crashes of the reference journeys."""
    yield from mixed(0, min(limit, 12), (Mode.B,))
    for seed in range(12, limit):
        mode = HUNTED[seed % len(HUNTED)]
        if mode is Mode.D:
            place = seed // len(HUNTED)
            yield Task(mode.name, place % JOURNEYS, (1 + place * 37 % 300, CRASHES[place % 2].name))
        else:
            yield Task(mode.name, seed)


def _run(task: Task) -> tuple[Task, Run]:
    """Run it without the collector of cycles, which costs more than what one schedule leaves behind."""
    gc.disable()
    try:
        return task, task.run()
    finally:
        gc.enable()


def campaign(
    tasks: Iterable[Task], jobs: int, heard: Callable[[Total], None] = lambda total: None, *, stop_at: int = 0
) -> Total:
    """Run all `tasks` in `jobs` processes (1: in this one); `heard` is called after each.

    With `stop_at` the campaign ends at so many failed schedules.
    """
    total = Total()
    for task, run in _outcomes(tasks, jobs):
        total.add(task, run)
        heard(total)
        if stop_at and len(total.failed) >= stop_at:
            break
    return total


def _outcomes(tasks: Iterable[Task], jobs: int) -> Iterator[tuple[Task, Run]]:
    if jobs == 1:
        yield from map(_run, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(_run, tasks, chunksize=4)
