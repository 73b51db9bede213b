"""The real engine, doors and performers on the simulated platform, worked by several workers."""

from local.principal import principal
from shared.core.policy import Policy
from shared.doors.serving import Arrived
from shared.ports import Conflict, Unavailable
from tests.simulated.bus import Letter
from tests.simulated.clock import SimulatedClock
from tests.simulated.faults import Crash
from tests.simulated.house import House
from tests.simulation.broker import Broker
from tests.simulation.platform import Documents, Endpoints, Images
from tests.simulation.scheduler import Scheduler
from tests.simulation.trouble import Trouble

OWNERSHIP_SECONDS = 120.0
SWEEP_SECONDS, SOON_SECONDS = 300.0, 60.0
RETRY_SECONDS = 30.0
TROUBLE = (Crash, Unavailable, Conflict)


class SkewedClock(SimulatedClock):
    """What the worker that asks believes the time to be; the hub knows it exactly."""

    def __init__(self, scheduler: Scheduler, skews: tuple[float, ...]) -> None:
        super().__init__()
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
    images: Images

    def __init__(self, policy: Policy, scheduler: Scheduler, trouble: Trouble) -> None:
        self.scheduler, self.trouble = scheduler, trouble
        super().__init__(policy, trouble)
        self.serving = self._serving()
        self.bus.open_door = self.open
        self.bus.bury = self._bury

    def _store(self) -> None:
        super()._store()
        self.documents = Documents(self.scheduler, self.trouble)
        self.images = self.registry = Images(self.scheduler, self.trouble)
        self.bus = Broker(self.scheduler, self.trouble)
        self.endpoints = Endpoints(self.scheduler, self.trouble)
        self.clock = SkewedClock(self.scheduler, self.trouble.swarm.skews)

    def pause(self, seconds: float) -> None:
        """The engine waits before it tries again."""
        self.scheduler.sleep(seconds)

    def _bury(self, letter: Letter) -> None:
        """The function for dead letters takes it, however often it must try."""

        def keep() -> None:
            try:
                self.dead_letters.keep(
                    letter.queue, letter.body, "MaxDeliveryCountExceeded", letter.deliveries, letter.properties
                )
            except TROUBLE:
                self.scheduler.after(RETRY_SECONDS, lambda: self._bury(letter))

        self.scheduler.spawn(0, f"dead letter #{letter.number}", keep)

    def redrive(self) -> int:
        """An operator sends again what was given up on its way in; lost orders are for the sweep to repair."""
        header = {"x-ms-client-principal": principal("Olga", "id-of-Olga", ["Gatehouse.Operator"])}
        lost = [
            case.id
            for case in self.quarantine.cases.values()
            if case.reason.startswith("dead letter") and case.door in self.doors and not case.redriven
        ]
        for case in lost:
            self.custody.redrive(case, header)
        return len(lost)

    def sweep_often(self, worker: int) -> None:
        """Let `worker` sweep now and then every five minutes; once nothing goes wrong any more, only for a reason."""

        def sweep() -> None:
            try:
                self.sweeping.run(SWEEP_SECONDS)
            except TROUBLE:
                return

        if self.trouble.on or self._overdue():
            self.scheduler.spawn(worker, "sweep", sweep)
        self.scheduler.after(SWEEP_SECONDS, lambda: self.sweep_often(worker))

    def _overdue(self) -> bool:
        """Whether a label says that an order is overdue, or soon will be, by the clock that is most ahead."""
        latest = self.scheduler.now() + max(self.trouble.swarm.skews) + SOON_SECONDS
        marks = (marks.get("overdue") for _, marks in self.documents.labelled(""))
        return any(float(overdue) <= latest for overdue in marks if overdue)


class Hub:
    """One partition of serving telemetry: batches stay, and readers count them in their order.

    A reader that fails tries again. A checkpoint may be lost, so that batches come again, and a second reader may
    begin before the first one has ended. One that is not heard of for two minutes, because its worker is gone, loses
    the partition to another.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant, self._trouble = plant, plant.trouble
        self._batches: list[bytes] = []
        self._next = 0
        self._reading = False
        self._began = 0.0

    def append(self, body: bytes) -> None:
        """Take one batch."""
        self._batches.append(body)
        self._read()

    def waiting(self) -> int:
        """How many batches nobody has counted yet."""
        return len(self._batches) - self._next

    def _read(self) -> None:
        stolen = self._trouble.chance(self._trouble.swarm.duplicate, "SECOND_READER")
        now = self._plant.scheduler.now()
        lost = now - self._began > OWNERSHIP_SECONDS
        if self._next < len(self._batches) and (not self._reading or stolen or lost):
            self._reading, self._began = True, now
            worker = self._trouble.random.randrange(len(self._trouble.swarm.skews))
            self._plant.scheduler.spawn(worker, f"hub#{self._next}", self._count)

    def _count(self) -> None:
        first, last = self._next, len(self._batches)
        events = [Arrived(number, self._batches[number]) for number in range(first, last)]
        try:
            self._plant.serving.count("0", events)
        except TROUBLE:
            self._plant.scheduler.after(10.0, self._again)
            return
        back = 5 if self._trouble.chance(self._trouble.swarm.duplicate, "CHECKPOINT_LOST") else 0
        self._next = max(0, last - back) if back else max(self._next, last)
        self._again()

    def _again(self) -> None:
        self._reading = False
        self._read()
