"""One test of what a version served: the contract, whether anything changed, and whether it does harm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.core.verdicts import Number, Outcome, Verdict
from shared.monitoring.binned import distances_of
from shared.monitoring.change import Change, Sensitivity, change_of
from shared.monitoring.contract import Check, breaches, checks, distance_to_bar
from shared.monitoring.edetector import Detector, Evidence, evidence_of, joined
from shared.monitoring.harm import Allowance, harm
from shared.monitoring.importance import Blame, blame
from shared.monitoring.profiles import Profile, merged
from shared.monitoring.references import SIDES, Side, Usual
from shared.monitoring.served import CELLS, Window, profile_in

NAMED = 5
USUALLY_LABELLED = 1_000

type Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Served:
    """All windows of a test as one: the profiles by side, how often each confidence came, and losses (0–1) in order.

    `rows` is the number of rows of the side that had more. `unmatched` labels have no answer that is known.
    """

    inputs: Profile | None
    outputs: Profile | None
    confidences: NDArray[np.int64]
    rows: int
    losses: Floats
    unmatched: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the policy says: how many rows show anything, the chance of a false alarm of change, of harm, the effect.

    `bar` is the least accuracy allowed (0–1), None where nobody said and nothing was measured.
    """

    minimum_rows: int
    alpha: float
    minimum_effect: float
    harm_alpha: float
    bar: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """The three verdicts, and the evidence of all labels so far, to go on from."""

    contract: Verdict
    change: Verdict
    harm: Verdict
    evidence: Evidence


def together(usual: Usual, windows: Sequence[Window], losses: Floats, unmatched: int = 0) -> Served:
    """Merge windows counted in the frames of `usual`; raises ValueError for one that was not."""
    inputs = _merged(usual.inputs, (window.inputs for window in windows))
    outputs = _merged(usual.outputs, (window.outputs for window in windows))
    confidences = np.zeros(CELLS, dtype=np.int64)
    for window in windows:
        for cell, count in window.confidences:
            confidences[cell] += count
    rows = max(inputs.rows if inputs else 0, outputs.rows if outputs else 0)
    return Served(
        inputs=inputs, outputs=outputs, confidences=confidences, rows=rows, losses=losses, unmatched=unmatched
    )


def judged(usual: Usual, served: Served, limits: Limits, about: str, before: Evidence) -> Tiers:
    """The verdicts about `about` (a model's version); `before` is the evidence of earlier labels."""
    sides = [
        (name, side, profile)
        for name, side, profile in (("inputs", usual.inputs, served.inputs), ("outputs", usual.outputs, served.outputs))
        if side is not None and profile is not None and profile.rows
    ]
    detector = _detector(limits, before.losses + served.losses.size)
    evidence = joined(before, evidence_of(detector, served.losses)) if detector else before
    changes = [(name, side, profile, _change(side, profile, limits)) for name, side, profile in sides]
    return Tiers(
        contract=_contract(sides, usual.source, about),
        change=_changed(changes, served, limits, about),
        harm=replace(_harm(usual, served, limits, (detector, evidence) if detector else None, changes), about=about),
        evidence=evidence,
    )


def _merged(side: Side | None, documents: Iterable[dict[str, object] | None]) -> Profile | None:
    if side is None:
        return None
    return merged(side.reference.profile.frame, (profile_in(side, document) for document in documents if document))


def _contract(sides: Sequence[tuple[str, Side, Profile]], source: str, about: str) -> Verdict:
    if not sides:
        return _silent("contract", about, "nothing was served that could break a contract")
    found = [check for _, side, profile in sides for check in checks(side.contract, profile)]
    broken = [check for _, side, profile in sides for check in breaches(side.contract, profile)]
    distance = distance_to_bar(tuple(found))
    numbers: dict[str, Number] = {"distance_to_bar": distance, "breaches": len(broken), "compared_with": source}
    if broken:
        return _verdict("contract", Outcome.FAIL, _reasons(broken), about, numbers)
    return _verdict("contract", Outcome.PASS, f"{len(found)} check(s) held", about, numbers)


def _reasons(broken: Sequence[Check]) -> str:
    said = "; ".join(check.reason for check in broken[:NAMED])
    return said if len(broken) <= NAMED else f"{said}; and {len(broken) - NAMED} more"


def _change(side: Side, profile: Profile, limits: Limits) -> Change | str:
    """The change of one side, or why it can not be told."""
    if profile.rows < limits.minimum_rows:
        return f"{profile.rows} row(s) are fewer than the {limits.minimum_rows} of watch.minimum_rows"
    sensitivity = Sensitivity(alpha=limits.alpha / SIDES, minimum_effect=limits.minimum_effect)
    try:
        return change_of(side.reference, profile, sensitivity)
    except ValueError as problem:
        return str(problem)


type Labelled = tuple[Detector, Evidence]
type Changes = Sequence[tuple[str, Side, Profile, Change | str]]


def _changed(changes: Changes, served: Served, limits: Limits, about: str) -> Verdict:
    if not changes:
        return _silent("change", about, f"none of {served.rows} row(s) can be compared")
    told = [(name, side, profile, change) for name, side, profile, change in changes if isinstance(change, Change)]
    numbers: dict[str, Number] = {"alpha": limits.alpha, "rows": served.rows}
    numbers |= {f"{name} p_value": change.p_value for name, _, _, change in told}
    said: list[str] = []
    for name, side, profile, change in told:
        if change.changed:
            said.append(f"{name}: {_findings(change)}")
            numbers |= _distances(side, profile, change)
    if said:
        return _verdict("change", Outcome.FAIL, "; ".join(said), about, numbers)
    unclear = [f"{name}: {change}" for name, _, _, change in changes if isinstance(change, str)]
    unclear += [f"{name}: too few rows for its calibration" for name, _, _, change in told if not change.sufficient]
    if unclear:
        return _verdict("change", Outcome.INCONCLUSIVE, "; ".join(unclear), about, numbers)
    return _verdict("change", Outcome.PASS, "nothing changed more than chance does", about, numbers)


def _findings(change: Change) -> str:
    named = [f"{finding.aspect} of {' and '.join(finding.columns)}" for finding in change.findings[:NAMED]]
    return f"the {', the '.join(named)} changed (p = {change.p_value:.2g})"


def _distances(side: Side, profile: Profile, change: Change) -> dict[str, Number]:
    """What Azure ML's monitoring would call the distance of the columns that changed most."""
    distances = distances_of(side.reference.profile, profile)
    columns = list(dict.fromkeys(name for finding in change.findings for name in finding.columns))[:NAMED]
    psi: dict[str, Number] = {f"{name} psi": distances[name].psi for name in columns}
    return psi | {f"{name} jensen_shannon": distances[name].jensen_shannon for name in columns}


def _harm(usual: Usual, served: Served, limits: Limits, labelled: Labelled | None, changes: Changes) -> Verdict:
    """The verdict on harm, about nothing yet."""
    told = next((change for _, _, _, change in changes if isinstance(change, Change)), None)
    if limits.bar is None:
        verdict = harm("", Allowance(bar=0.0), change=told)
        reason = f"no accuracy is known to compare with, set watch.minimum_accuracy; {verdict.reason}"
        return _verdict(verdict.gate, Outcome.INCONCLUSIVE, reason, "", {})
    estimate = None
    if usual.estimator and served.confidences.sum() >= limits.minimum_rows:
        middles = (np.arange(CELLS) + 0.5) / CELLS
        estimate = usual.estimator.estimate(np.repeat(middles, served.confidences))
    allowance = Allowance(bar=limits.bar, fail_alpha=limits.harm_alpha)
    blamed = _blamed(usual, served)
    verdict = harm("", allowance, estimate=estimate, labelled=labelled, change=told, blamed=blamed)
    unmatched: dict[str, Number] = {"unmatched_labels": served.unmatched} if served.unmatched else {}
    return _verdict(verdict.gate, verdict.outcome, verdict.reason, "", {**verdict.numbers, **unmatched})


def _blamed(usual: Usual, served: Served) -> Sequence[Blame]:
    if usual.importance is None or usual.inputs is None or served.inputs is None or not served.inputs.rows:
        return ()
    return blame(usual.importance, usual.inputs.reference.profile, served.inputs)


def _detector(limits: Limits, labels: int) -> Detector | None:
    """The detector of losses above what the bar allows.

    Its run length makes a false alarm within all the labels so far as rare as `harm_alpha`: the evidence of a
    Shiryaev–Roberts process among n of them is n on average, and seldom many times that (Doob 1953).
    """
    if limits.bar is None or limits.bar >= 1:
        return None
    return Detector(mean=1 - limits.bar, run_length=max(USUALLY_LABELLED, labels) / limits.harm_alpha)


def _silent(gate: str, about: str, reason: str) -> Verdict:
    return _verdict(gate, Outcome.INCONCLUSIVE, reason, about, {})


def _verdict(gate: str, outcome: Outcome, reason: str, about: str, numbers: dict[str, Number]) -> Verdict:
    return Verdict(gate=gate, outcome=outcome, reason=reason, about=about, numbers=_finite(numbers))


def _finite(numbers: dict[str, Number]) -> dict[str, Number]:
    """The numbers, none of them infinite or NaN, which no ledger can hold."""
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in numbers.items()
    }
