"""What a gate says: pass, inconclusive or fail, with a reason in a sentence and the numbers behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

type Number = float | int | str | None


class Outcome(StrEnum):
    """How a gate ended; no evidence is INCONCLUSIVE, never a pass."""

    PASS = "pass"  # noqa: S105
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


SEVERITY = (Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One gate's answer about exactly one thing (`about`: an image digest, a model version, a traffic weight)."""

    gate: str
    outcome: Outcome
    reason: str
    about: str
    numbers: Mapping[str, Number] = field(default_factory=dict)


def worst(verdicts: Iterable[Verdict]) -> Outcome:
    """The most severe outcome of `verdicts`; INCONCLUSIVE when there is none, because nothing was shown."""
    outcomes = [verdict.outcome for verdict in verdicts]
    return max(outcomes, key=SEVERITY.index) if outcomes else Outcome.INCONCLUSIVE


def unmet(verdicts: Iterable[Verdict]) -> str:
    """The reasons of every verdict that is not a pass, joined into one sentence part."""
    return "; ".join(verdict.reason for verdict in verdicts if verdict.outcome is not Outcome.PASS)
