"""What goes wrong in one schedule: every call of a port waits its turn and may then fail as the seed has it."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import TYPE_CHECKING

from shared.ports import Conflict, Unavailable
from tests.simulated.faults import Crash, Fault, Faults
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.swarm import Swarm

if TYPE_CHECKING:
    from hashlib import _Hash

ONLY_DOCUMENTS = frozenset({Fault.OWN_CONFLICT, Fault.OVERTAKEN})
ZOMBIE_SECONDS = 60.0


class Trouble(Faults):
    """The faults of one schedule; `on` is switched off when the faults shall stop.

    A call outside of any task (the oracle looks, an effect lands late) is never troubled. `seen` counts the faults,
    `trace` is fed every call in its order where a run is told, and `tell` hears of each fault. `single` is the
    one fault of a schedule of the exhaustive sweep: what happens at the call of which number. `calls` counts those of
    all work but the sweeps, which change nothing while nothing is overdue. `surely_late` names the call whose next
    effect lands late whatever the rates are, when `land` is called or else after a minute; `when_late` hears of it.
    For `freeze` seconds the next order for deployments stands still before it reads its second document.
    """

    def __init__(self, scheduler: Scheduler, random: Random, swarm: Swarm) -> None:
        super().__init__()
        self.scheduler, self.random, self.swarm = scheduler, random, swarm
        self.on, self.calls = True, 0
        self.single: tuple[int, Fault] | None = None
        self.surely_late = ""
        self.freeze = 0.0
        self._freezing: Task | None = None
        self.when_late: Callable[[], None] = lambda: None
        self._held: Landing | None = None
        self._held_call = ""
        self.seen: Counter[str] = Counter()
        self.trace: _Hash | None = None
        self.tell: Callable[[str], None] = lambda line: None
        self._storms: list[tuple[float, float, str]] = []
        chances = [(fault, rate) for fault, rate in swarm.rates.items() if rate]
        self._writing = chances
        self._others = [(fault, rate) for fault, rate in chances if fault not in ONLY_DOCUMENTS]

    def brew(self, until: float) -> None:
        """Plan the storms of the time up to `until`: every call of one port, or of all, is refused for 1–30 minutes."""
        start = self.scheduler.now()
        ports = ["documents", "bus", "endpoints", "images", "models", ""]
        for _ in range(self.swarm.storms):
            begin = self.random.uniform(start, until)
            length = 60.0 * 30.0 ** self.random.random()
            self._storms.append((begin, begin + length, self.random.choice(ports)))

    def around(self, call: str) -> AbstractContextManager[None]:
        """Runs the body when its turn has come, between what goes wrong before and after it."""
        task = self.scheduler.task
        return Turn(self, call, task) if task else OUTSIDE

    def begin(self, call: str, task: Task) -> Fault | None:
        """Wait until it is the turn of this call; what goes wrong after it, or raises what goes wrong before."""
        self.scheduler.wait(task, self.random.random() * self.swarm.latency + self._frozen(call, task))
        if task.what != "sweep":
            self.calls += 1
        fault = self._drawn(call)
        if self.trace:
            self.trace.update(f"{self.scheduler.now():.6f} {task.worker} {task.what} {call} {fault}\n".encode())
        if fault is not None:
            self._count(fault.name, call)
            self._before(fault, call, task.worker)
        return fault

    def _frozen(self, call: str, task: Task) -> float:
        if not self.freeze or call != "documents.read" or not task.what.startswith("deployment"):
            return 0.0
        if self._freezing is not task:
            self._freezing = task
            return 0.0
        seconds, self.freeze = self.freeze, 0.0
        self._count("FREEZE", call)
        return seconds

    def _drawn(self, call: str) -> Fault | None:
        if self.single is not None:
            number, fault = self.single
            self.single = (0, fault) if number == self.calls else self.single
            return fault if number == self.calls else None
        if not self.on:
            return None
        now, random = self.scheduler.now(), self.random.random
        for begin, end, port in self._storms:
            if begin <= now < end and call.startswith(port):
                return Fault.REFUSED
        for fault, rate in self._writing if call == "documents.write" else self._others:
            if random() < rate:
                return fault
        return None

    def _before(self, fault: Fault, call: str, worker: int) -> None:
        if fault is Fault.CRASH_BEFORE:
            self._crash(call, worker)
        if fault is Fault.REFUSED:
            raise Unavailable(f"{call} is refused by the simulation")
        if fault is Fault.OVERTAKEN:
            raise Conflict("somebody else wrote first, says the simulation")

    def end(self, fault: Fault, call: str, worker: int) -> None:
        """Raise what goes wrong after a call that happened."""
        if fault is Fault.CRASH_AFTER:
            self._crash(call, worker)
        if fault is Fault.LOST_ANSWER:
            raise Unavailable(f"the answer of {call} is lost by the simulation")
        if fault is Fault.OWN_CONFLICT:
            raise Conflict(f"{call} was tried twice by the client")

    def _crash(self, call: str, worker: int) -> None:
        """This delivery dies, and sometimes everything else that its worker does."""
        if self.random.random() < self.swarm.restart:
            self._count("RESTART", call)
            self.scheduler.kill(worker, Crash("the worker restarts"))
        raise Crash(call)

    def chance(self, rate: float, name: str, call: str = "") -> bool:
        """Whether a trouble of this rate comes now; it is counted when it does."""
        if not self.on or not rate or self.random.random() >= rate:
            return False
        self._count(name, call)
        return True

    def late(self, call: str, effect: Callable[[], object], failures: tuple[type[Exception], ...]) -> bool:
        """Whether the caller loses patience now; then `effect` lands within a minute, and its failures are nobody's."""
        if self.scheduler.task is None or not self._is_late(call):
            return False

        surely = call == self._held_call
        waits = ZOMBIE_SECONDS if surely else self.random.uniform(0.0, ZOMBIE_SECONDS)
        landing = Landing(call, effect, failures, self.tell)
        if surely:
            self._held, self._held_call = landing, ""
            self.scheduler.after(0.0, self.when_late)
        self.scheduler.after(waits, landing.land)
        return True

    def land(self) -> None:
        """Let the effect land that was held back, if it has not landed yet."""
        if self._held:
            self._held.land()

    def _is_late(self, call: str) -> bool:
        if call != self.surely_late:
            return self.chance(self.swarm.zombie, "ZOMBIE", call)
        self.surely_late, self._held_call = "", call
        self._count("ZOMBIE", call)
        return True

    def _count(self, name: str, call: str) -> None:
        self.seen[name] += 1
        task = self.scheduler.task
        self.tell(f"    ! {name} {call}" + (f" in {task.what}, worker {task.worker}" if task else ""))


class Landing:
    """An effect that lands once, however often it is tried; its `failures` are nobody's."""

    def __init__(
        self,
        call: str,
        effect: Callable[[], object],
        failures: tuple[type[Exception], ...],
        tell: Callable[[str], None],
    ) -> None:
        self._call, self._effect, self._failures, self._tell = call, effect, failures, tell
        self._landed = False

    def land(self) -> None:
        """Let it happen now, unless it has."""
        if self._landed:
            return
        self._landed = True
        try:
            self._effect()
        except self._failures as problem:
            self._tell(f"    a late {self._call} came to nothing: {problem}")
        else:
            self._tell(f"    a late {self._call} landed")


OUTSIDE = nullcontext()


class Turn:
    """One call of a port by a task."""

    __slots__ = ("_call", "_fault", "_task", "_trouble")

    def __init__(self, trouble: Trouble, call: str, task: Task) -> None:
        self._trouble, self._call, self._task = trouble, call, task

    def __enter__(self) -> None:
        self._fault = self._trouble.begin(self._call, self._task)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._fault is not None and kind is None:
            self._trouble.end(self._fault, self._call, self._task.worker)
