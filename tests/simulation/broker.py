"""The simulated broker with locks, abandoned and lost deliveries, and an end for letters that nobody could take."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from shared.ports import Conflict, Impossible, Unavailable
from tests.simulated.bus import Letter, SimulatedBus
from tests.simulated.faults import Crash
from tests.simulation.scheduler import Scheduler
from tests.simulation.trouble import Trouble

MAXIMUM_DELIVERIES = 10
RETRY_SECONDS = 5.0
LONGEST_DELAY = 3600.0


class Broker(SimulatedBus):
    """Delivers each letter to a worker's door when it is due; a lock that runs out brings it to another one.

    `open_door` takes letters and `bury` those that were given up; `broken` hears of every
    error that no product code may raise; `slower` says how many seconds longer a letter takes than others.
    """

    def __init__(self, scheduler: Scheduler, trouble: Trouble) -> None:
        super().__init__(scheduler, trouble)
        self._scheduler, self._trouble = scheduler, trouble
        self.memory = trouble.swarm.memory
        self.open_door: Callable[[Letter], object] = lambda letter: None
        self.broken: Callable[[str], None] = lambda problem: None
        self.bury: Callable[[Letter], None] = lambda letter: None
        self.slower: Callable[[str, bytes], float] = lambda queue, body: 0.0

    def put(
        self,
        queue: str,
        body: bytes,
        not_before: float = 0.0,
        properties: Mapping[str, str] = MappingProxyType({}),
    ) -> Letter:
        """A new letter, to be delivered when it is due; some come much later, and so in another order."""
        letter = super().put(queue, body, not_before, properties)
        delay = self._delay() + self.slower(queue, body)
        self._scheduler.after(letter.due - self._scheduler.now() + delay, lambda: self._deliver(letter))
        return letter

    def again(self, queue: str, body: bytes) -> None:
        """A second copy of a letter, delivered at once."""
        letter = super().put(queue, body)
        self._scheduler.after(0.0, lambda: self._deliver(letter))

    def _delay(self) -> float:
        trouble = self._trouble
        if trouble.single is None and trouble.random.random() < trouble.swarm.delayed:
            return math.exp(trouble.random.uniform(0.0, math.log(LONGEST_DELAY if trouble.on else 60.0)))
        return trouble.random.uniform(0.0, trouble.swarm.latency)

    def _deliver(self, letter: Letter) -> None:
        if letter.number not in self._letters:
            return
        if letter.deliveries >= MAXIMUM_DELIVERIES:
            self.settle(letter)
            self.bury(letter)
            return
        letter.deliveries += 1
        delivery, worker = letter.deliveries, self._trouble.random.randrange(len(self._trouble.swarm.skews))
        what = f"{letter.queue}#{letter.number}"
        self._scheduler.spawn(worker, what, lambda: self._receive(letter, delivery))
        self._scheduler.after(self._trouble.swarm.lock, lambda: self._expire(letter, delivery))

    def _expire(self, letter: Letter, delivery: int) -> None:
        """Nobody settled the letter in time: it comes again, whether its receiver has died or is only slow."""
        if letter.deliveries == delivery:
            self._deliver(letter)

    def _receive(self, letter: Letter, delivery: int) -> None:
        try:
            self.open_door(letter)
        except Crash:
            return
        except (Unavailable, Conflict, Impossible):
            self._scheduler.after(RETRY_SECONDS * letter.deliveries, lambda: self._expire(letter, delivery))
            return
        except Exception as error:
            self.broken(f"{letter.queue} raised {type(error).__name__}: {error}")
            return
        lost = letter.deliveries != delivery
        if not lost and not self._trouble.chance(self._trouble.swarm.duplicate, "DUPLICATE", letter.queue):
            self.settle(letter)
