"""How the performing of an order ends: done with facts, later, or never."""

from dataclasses import dataclass

from shared.core.facts import Fact


@dataclass(frozen=True, slots=True)
class Done:
    """Carried out, or no longer wanted; `facts` are the news, for whatever documents they are about."""

    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Look again in `seconds`; the order stays outstanding."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """Can not be carried out, whatever one waits."""

    reason: str


type Outcome = Done | Later | Never
