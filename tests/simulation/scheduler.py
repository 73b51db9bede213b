"""One clock and one queue of events; everything that waits is a greenlet that the scheduler wakes in its turn."""

import heapq
import itertools
import math
from collections.abc import Callable, Sized
from typing import cast

from greenlet import getcurrent, greenlet

from tests.simulated.clock import START


class Task(greenlet):
    """Work of one worker that may wait; `worker` is its number, `what` how a story calls it."""

    def __init__(self, worker: int, what: str, work: Callable[[], None], hub: greenlet) -> None:
        super().__init__(work, hub)
        self.worker, self.what = worker, what


class Scheduler:
    """Simulated time in seconds since the epoch; events of one moment happen in the order in which they were asked for.

    The greenlet that makes the scheduler is the hub: only there `run` may be called.
    """

    def __init__(self) -> None:
        self._at, self._numbers = START, itertools.count()
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._hub, self._until = getcurrent(), -math.inf
        self._tasks: list[Task] = []
        self.steps = 0

    def now(self) -> float:
        """Seconds since the epoch, as nobody's clock but the world's own shows it."""
        return self._at

    def advance_to(self, at: float) -> None:
        """Move on to `at` without waking anybody; never back."""
        self._at = max(self._at, at)

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Let `action` happen in `seconds`."""
        heapq.heappush(self._events, (self._at + max(0.0, seconds), next(self._numbers), action))

    def spawn(self, worker: int, what: str, work: Callable[[], None]) -> Task:
        """Let a worker begin `work` in this moment, and go on until it first waits."""
        task = Task(worker, what, work, self._hub)
        self._tasks = [each for each in self._tasks if not each.dead]
        self._tasks.append(task)
        self.after(0.0, task.switch)
        return task

    @property
    def task(self) -> Task | None:
        """The task that is at work, or None in the hub."""
        current = getcurrent()
        return current if isinstance(current, Task) else None

    def sleep(self, seconds: float) -> None:
        """Let the task at work wait; nothing happens in the hub."""
        if task := self.task:
            self.wait(task, seconds)

    def wait(self, task: Task, seconds: float) -> None:
        """Let `task`, which is at work, wait (0 seconds or more).

        Where nobody else would be woken before it, the task goes on by itself, as it would through the hub.
        """
        at = self._at + seconds
        if at <= self._until and (not self._events or at < self._events[0][0]):
            self._at = at
            self.steps += 1
            return
        self.after(seconds, task.switch)
        self._hub.switch()

    def tasks(self) -> list[Task]:
        """Every task that is not over yet."""
        return [task for task in self._tasks if not task.dead]

    def kill(self, worker: int | None, death: Exception) -> None:
        """Let every task of `worker` (of all for None) die of `death` where it waits; those not begun begin later."""
        for task in self.tasks():
            if task and (worker is None or task.worker == worker) and task is not getcurrent():
                cast(greenlet, task).throw(death)

    def run(self, until: float, unless: Sized = ()) -> None:
        """Let everything happen up to `until`, or until an event puts something into `unless`."""
        events, self._until = self._events, until
        while events and events[0][0] <= until and not unless:
            at, _, action = heapq.heappop(events)
            if at > self._at:
                self._at = at
            self.steps += 1
            action()
        self._until = -math.inf
