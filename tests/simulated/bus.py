"""A message broker in memory: duplicate detection, scheduled messages and at-least-once delivery."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.ports import Clock, Message
from tests.simulated.faults import Faults

DUPLICATE_WINDOW = 300.0


@dataclass(slots=True)
class Letter:
    """One message in a queue; it can be delivered from `due` (seconds since the epoch) on."""

    number: int
    queue: str
    body: bytes
    due: float
    properties: Mapping[str, str] = field(default_factory=dict)
    deliveries: int = 0


class SimulatedBus:
    """Queues whose letters stay until a delivery of them is settled.

    A message whose id came to the same queue within the last `memory` seconds is silently dropped, as a broker does
    it, scheduled ones included.
    """

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock, self._faults = clock, faults
        self._letters: dict[int, Letter] = {}
        self._seen: dict[tuple[str, str], float] = {}
        self._sent = 0
        self.memory = DUPLICATE_WINDOW
        self.dropped: list[tuple[str, str]] = []
        self.watchers: list[Callable[[str, Message], None]] = []

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Take all of `messages`."""
        with self._faults.around("bus.send"):
            for message in messages:
                self._take(queue, message)

    def _take(self, queue: str, message: Message) -> None:
        now = self._clock.now()
        if now - self._seen.get((queue, message.id), -self.memory) < self.memory:
            self.dropped.append((queue, message.id))
            return
        self._seen[queue, message.id] = now
        self.put(queue, message.body, message.not_before, message.properties)
        for watch in self.watchers:
            watch(queue, message)

    def put(
        self,
        queue: str,
        body: bytes,
        not_before: float = 0.0,
        properties: Mapping[str, str] = MappingProxyType({}),
    ) -> Letter:
        """A new letter past all duplicate detection, as one that the broker delivers a second time."""
        self._sent += 1
        letter = Letter(self._sent, queue, body, max(not_before, self._clock.now()), dict(properties))
        self._letters[letter.number] = letter
        return letter

    def settle(self, letter: Letter) -> None:
        """Take the letter out of its queue; settling twice is fine."""
        self._letters.pop(letter.number, None)

    def waiting(self) -> list[Letter]:
        """Every letter, the one due first in front, in the order of sending where they are due together."""
        return sorted(self._letters.values(), key=lambda letter: (letter.due, letter.number))

    def due(self) -> list[Letter]:
        """The letters that can be delivered now."""
        return [letter for letter in self.waiting() if letter.due <= self._clock.now()]
