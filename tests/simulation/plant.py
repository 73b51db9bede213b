"""The real engine, doors and performers on the simulated platform, worked by several workers."""

from shared.core.policy import Policy
from shared.ports import Conflict, Unavailable
from shared.serving import Arrived
from tests.simulated.faults import Crash
from tests.simulated.house import House
from tests.simulation.broker import Broker, Door
from tests.simulation.platform import Documents, Endpoints
from tests.simulation.scheduler import Scheduler
from tests.simulation.trouble import Trouble

SWEEP_SECONDS = 300.0


class SkewedClock:
    """What the worker that asks believes the time to be; the hub knows it exactly."""

    def __init__(self, scheduler: Scheduler, skews: tuple[float, ...]) -> None:
        self._scheduler, self._skews = scheduler, skews

    def now(self) -> float:
        """Seconds since the epoch."""
        task = self._scheduler.task
        return self._scheduler.now() + (self._skews[task.worker] if task else 0.0)


class Plant(House):
    """Gatehouse with its workers; `documents`, `bus` and `endpoints` are troubled."""

    documents: Documents
    endpoints: Endpoints
    bus: Broker

    def __init__(self, policy: Policy, scheduler: Scheduler, trouble: Trouble) -> None:
        self.scheduler, self.trouble = scheduler, trouble
        super().__init__(policy, trouble)
        self.serving = self._serving()
        self.bus.open_door = self._door

    def _store(self) -> None:
        super()._store()
        self.documents = Documents(self.scheduler, self.trouble)
        self.bus = Broker(self.scheduler, self.trouble)
        self.endpoints = Endpoints(self.scheduler, self.trouble)
        self.clock = SkewedClock(self.scheduler, self.trouble.swarm.skews)

    def pause(self, seconds: float) -> None:
        """The engine waits before it tries again."""
        self.scheduler.sleep(seconds)

    def _door(self, queue: str) -> Door:
        return self.doors.get(queue, self.pipeline.perform_order)

    def sweep_often(self, worker: int) -> None:
        """Let `worker` sweep now and then every five minutes."""

        def sweep() -> None:
            try:
                self.engine.sweep(SWEEP_SECONDS)
            except (Crash, Unavailable, Conflict):
                return

        self.scheduler.spawn(worker, "sweep", sweep)
        self.scheduler.after(SWEEP_SECONDS, lambda: self.sweep_often(worker))


class Hub:
    """One partition of serving telemetry: batches stay, and readers count them in their order.

    A reader that fails tries again. A checkpoint may be lost, so that batches come again, and a second reader may
    begin before the first one has ended.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant, self._trouble = plant, plant.trouble
        self._batches: list[bytes] = []
        self._next = 0
        self._reading = False

    def append(self, body: bytes) -> None:
        """Take one batch."""
        self._batches.append(body)
        self._read()

    def waiting(self) -> int:
        """How many batches nobody has counted yet."""
        return len(self._batches) - self._next

    def _read(self) -> None:
        stolen = self._trouble.chance(self._trouble.swarm.duplicate, "SECOND_READER")
        if self._next < len(self._batches) and (not self._reading or stolen):
            self._reading = True
            worker = self._trouble.random.randrange(len(self._trouble.swarm.skews))
            self._plant.scheduler.spawn(worker, f"hub#{self._next}", self._count)

    def _count(self) -> None:
        first, last = self._next, len(self._batches)
        events = [Arrived(number, self._batches[number]) for number in range(first, last)]
        try:
            self._plant.serving.count("0", events)
        except (Crash, Unavailable, Conflict):
            self._plant.scheduler.after(10.0, self._again)
            return
        back = 5 if self._trouble.chance(self._trouble.swarm.duplicate, "CHECKPOINT_LOST") else 0
        self._next = max(0, last - back) if back else max(self._next, last)
        self._again()

    def _again(self) -> None:
        self._reading = False
        self._read()
