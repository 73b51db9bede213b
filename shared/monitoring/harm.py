"""Tier 2, harm: whether the model does worse than allowed, by its confidences and by the labels that came."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shared.core.verdicts import Number, Outcome, Verdict
from shared.monitoring.change import Change
from shared.monitoring.edetector import Detector, Evidence, alarmed
from shared.monitoring.estimate import Estimate
from shared.monitoring.importance import Blame

GATE = "harm"
BLAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a model may lose: `bar` is the least accuracy allowed (0–1).

    An estimate fails when its interval at `fail_alpha` lies below the bar; an estimate or labels pass when their
    interval at `pass_alpha` lies above. To pass takes more certainty, because a pass ends the matter.
    """

    bar: float
    fail_alpha: float = 0.2
    pass_alpha: float = 0.01


type Part = tuple[Outcome, str]


def harm(
    about: str,
    allowance: Allowance,
    *,
    estimate: Estimate | None = None,
    labelled: tuple[Detector, Evidence] | None = None,
    change: Change | None = None,
    blamed: Sequence[Blame] = (),
) -> Verdict:
    """Whether what is `about` (a model and a window) does harm.

    It fails when labels or the estimate show it, passes when one of them shows the opposite, and is inconclusive
    otherwise: a change of the data (tier 1) alone never fails, but asks a person when nothing else can be known.
    """
    parts = [
        *([_by_labels(allowance, *labelled)] if labelled and labelled[1].losses else []),
        *([_by_estimate(allowance, estimate)] if estimate else []),
    ]
    outcome, reason = _joined(parts) if parts else _by_change(change)
    if outcome is Outcome.FAIL:
        reason += _most_blamed(blamed)
    numbers = _numbers(allowance, estimate, labelled, change)
    return Verdict(gate=GATE, outcome=outcome, reason=reason, about=about, numbers=numbers)


def _by_labels(allowance: Allowance, detector: Detector, evidence: Evidence) -> Part:
    said = f"{evidence.losses} labels tell of {evidence.mean:.2%} errors where {detector.mean:.2%} are usual"
    if alarmed(detector, evidence):
        return Outcome.FAIL, f"{said}, more than chance does in {detector.run_length:g}"
    if evidence.mean + _reach(allowance, detector, evidence) <= 1 - allowance.bar:
        return Outcome.PASS, f"{said}, surely no more than allowed"
    return Outcome.INCONCLUSIVE, f"{said}, not yet certain"


def _reach(allowance: Allowance, detector: Detector, evidence: Evidence) -> float:
    """How far the true mean of losses may lie above the mean seen (Hoeffding 1963)."""
    return (detector.high - detector.low) * math.sqrt(math.log(1 / allowance.pass_alpha) / (2 * evidence.losses))


def _by_estimate(allowance: Allowance, estimate: Estimate) -> Part:
    (_, high), (low, _) = estimate.interval(allowance.fail_alpha), estimate.interval(allowance.pass_alpha)
    said = f"the accuracy is estimated at {low:.2%} to {high:.2%} where {allowance.bar:.2%} is the least allowed"
    if high < allowance.bar:
        return Outcome.FAIL, said
    return (Outcome.PASS, said) if low >= allowance.bar else (Outcome.INCONCLUSIVE, f"{said}, not yet certain")


def _joined(parts: Sequence[Part]) -> Part:
    """A failure decides, then a pass: one clear sign is enough beside a sign that is not yet clear."""
    for outcome in (Outcome.FAIL, Outcome.PASS):
        found = [reason for said, reason in parts if said is outcome]
        if found:
            return outcome, "; ".join(found)
    return Outcome.INCONCLUSIVE, "; ".join(reason for _, reason in parts)


def _by_change(change: Change | None) -> Part:
    nothing = "neither labels nor probabilities tell how well the model does"
    if change is None:
        return Outcome.INCONCLUSIVE, nothing
    if change.changed:
        what = ", ".join(" with ".join(finding.columns) for finding in change.findings[:BLAMED])
        return Outcome.INCONCLUSIVE, f"{nothing}, and the data changed ({what}): a person should look"
    return Outcome.INCONCLUSIVE, f"{nothing}; the data did not change"


def _most_blamed(blamed: Sequence[Blame]) -> str:
    costly = [f"{item.column} ({item.cost:.2%})" for item in blamed[:BLAMED] if item.cost > 0]
    return f"; most of it by the shift of {', '.join(costly)}" if costly else ""


def _numbers(
    allowance: Allowance,
    estimate: Estimate | None,
    labelled: tuple[Detector, Evidence] | None,
    change: Change | None,
) -> dict[str, Number]:
    numbers: dict[str, Number] = {"bar": allowance.bar}
    if estimate is not None:
        (_, high), (low, _) = estimate.interval(allowance.fail_alpha), estimate.interval(allowance.pass_alpha)
        numbers |= {"estimate": estimate.accuracy, "estimate_low": low, "estimate_high": high, "rows": estimate.rows}
    if labelled is not None and labelled[1].losses:
        detector, evidence = labelled
        numbers |= {"labels": evidence.losses, "loss": evidence.mean, "usual_loss": detector.mean}
        numbers |= {"log_evidence": evidence.peak, "log_threshold": math.log(detector.run_length)}
    if change is not None:
        numbers["change_p_value"] = change.p_value
    return numbers
