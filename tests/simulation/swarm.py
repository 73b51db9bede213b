"""How much of everything goes wrong in one schedule: the rates of all faults and the constants of the platform."""

from dataclasses import dataclass, field
from random import Random

from tests.simulated.faults import Fault


@dataclass(frozen=True, slots=True)
class Swarm:
    """The rates (0–1 per call) and constants of one schedule; a quiet one has no fault at all.

    `skews` are how wrong each worker's clock is, in seconds; `latency` is the longest call in seconds, and `memory`
    is for how many seconds the broker knows the id of a message.
    """

    rates: dict[Fault, float] = field(default_factory=dict)
    zombie: float = 0.0
    restart: float = 0.0
    storms: int = 0
    duplicate: float = 0.0
    delayed: float = 0.0
    operation: float = 0.0
    skews: tuple[float, ...] = (0.0, 0.0)
    latency: float = 0.2
    lock: float = 60.0
    memory: float = 300.0


def drawn(random: Random, *, faulty: bool) -> Swarm:
    """The swarm of a seed: each kind of fault is switched on or off, and then has a rate of its own."""
    workers = random.choice([1, 2, 2, 3])
    latency = random.choice([0.05, 0.3, 2.0])
    delayed = random.choice([0.0, 0.05, 0.2])
    memory = random.choice([300.0, 600.0, 86_400.0])
    if not faulty:
        return Swarm(latency=latency, delayed=delayed, skews=(0.0,) * workers, memory=memory)

    def rate(most: float) -> float:
        return most * 10 ** -random.uniform(0.0, 1.5) if random.random() < 0.6 else 0.0

    skewed = random.random() < 0.5
    return Swarm(
        rates={fault: rate(0.06) for fault in Fault},
        zombie=rate(0.08),
        restart=rate(1.0),
        storms=random.choice([0, 0, 1, 2]),
        duplicate=rate(0.25),
        delayed=delayed,
        operation=rate(0.3),
        skews=tuple(random.uniform(-300.0, 300.0) if skewed else 0.0 for _ in range(workers)),
        latency=latency,
        lock=random.choice([20.0, 60.0, 300.0]),
        memory=memory,
    )
