"""What happens to any release, whatever its stage: time passes and orders end."""

from dataclasses import dataclass

from shared.core.facts.fact import Fact
from shared.core.identity import release_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFact(Fact):
    """A fact about one release."""

    model: str
    version: str

    @property
    def document(self) -> str:
        return release_key(self.model, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed(ReleaseFact):
    """The time that `stage` had is over; `deadline` in seconds since the epoch."""

    stage: str
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(ReleaseFact):
    """An order without news of its own was carried out."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAbandoned(ReleaseFact):
    """An order can never be carried out."""

    order: str
    reason: str
