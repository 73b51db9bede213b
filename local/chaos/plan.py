"""What is registered in a chaos run, and how each release may end; the same seed makes the same plan."""

import random
from dataclasses import dataclass
from enum import StrEnum

VERSIONS_PER_MODEL = 10
FEWEST_MODELS = 10
IMPATIENT = 0.25
"""How likely a release is registered while the one before it is still on its way."""


class Fate(StrEnum):
    """What is wrong with a release, or that nothing is."""

    GOOD = "good"
    BAD_SCAN = "bad scan"
    BAD_METRICS = "fails validation"
    WORSE = "worse in production"


CHANCES = {Fate.GOOD: 55, Fate.BAD_SCAN: 15, Fate.BAD_METRICS: 12, Fate.WORSE: 18}
LIKE = {Fate.GOOD: "2", Fate.BAD_SCAN: "2", Fate.BAD_METRICS: "5", Fate.WORSE: "4"}
"""Which candidate of the demonstration each fate is made of."""
ENDINGS = {
    Fate.GOOD: frozenset({"live", "superseded"}),
    Fate.BAD_SCAN: frozenset({"rejected", "superseded"}),
    Fate.BAD_METRICS: frozenset({"rejected", "superseded"}),
    Fate.WORSE: frozenset({"rolled back", "superseded"}),
}
"""How a release may end; an older one that still waits is superseded by a newer one, whatever its fate."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One release of the plan; an `early` one does not wait for the end of the one before."""

    model: str
    version: str
    fate: Fate
    early: bool = False

    @property
    def tag(self) -> str:
        """The name of its image and of its environment."""
        return f"{self.model}-{self.version}"


def plan(releases: int, seed: int) -> list[Planned]:
    """So many releases over several models, oldest first; every model's first version is good."""
    chance = random.Random(seed)
    models = min(releases, max(FEWEST_MODELS, releases // VERSIONS_PER_MODEL))
    fates, weights = list(CHANCES), list(CHANCES.values())
    planned = []
    for n in range(releases):
        version = n // models + 1
        fate = Fate.GOOD if version == 1 else chance.choices(fates, weights)[0]
        early = version > 2 and chance.random() < IMPATIENT
        planned.append(Planned(f"chaos-{n % models}", str(version), fate, early))
    return planned
