"""One test for drift: windows since the last one against the version's reference, which the first test fixes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from shared.core.facts import DriftTested
from shared.core.identity import release_key
from shared.core.orders import TestDrift
from shared.core.release import Release
from shared.core.verdicts import Number, Outcome, Verdict
from shared.core.watch import Watch
from shared.core.watch_policy import DAY
from shared.inference import InferenceData
from shared.monitoring.documents import profile_document
from shared.monitoring.edetector import Evidence, evidence_document, evidence_from
from shared.monitoring.harm import GATE
from shared.monitoring.references import Usual
from shared.monitoring.served import Window, reframed
from shared.monitoring.tiers import Floats, Limits, Served, judged, together
from shared.performers.drift_references import fixed
from shared.performers.outcomes import Done
from shared.performers.world import World, watch_told

LONGEST_LOOK = 7 * DAY
LABELLED_WITHIN = 30 * DAY
LATENESS = 1 / 60
EVIDENCE = "evidence"
ACCURACY = "accuracy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one order is about; `since` and `now` in seconds since the epoch."""

    watch: Watch
    world: World
    data: InferenceData
    since: float
    now: float


def tested(order: TestDrift, watch: Watch, world: World) -> Done:
    """Tell DriftTested about the version that is live; raises Unavailable.

    Without a reference all verdicts are inconclusive, until one is fixed: the profile that came with the model, else
    what production served first.
    """
    data = InferenceData(world.documents, world.bodies)
    case = Case(watch=watch, world=world, data=data, since=order.since, now=world.clock.now())
    windows = _ended(case, order.since)
    note = "" if data.usual(watch.endpoint, watch.deployment) else fixed(watch, world, data, case.now)
    known = data.usual(watch.endpoint, watch.deployment)
    if note or known is None:
        return Done((_untold(order, case, windows, note),))
    return Done((_told(order, case, windows, *known),))


def _told(order: TestDrift, case: Case, fresh: Sequence[Window], usual: Usual, digest: str) -> DriftTested:
    windows = _enough(case, [reframed(window, usual, digest) for window in fresh], usual, digest)
    losses, unmatched = _losses(case, fresh)
    served = together(usual, windows, losses, unmatched)
    watch = case.watch
    found = judged(usual, served, _limits(case, usual), f"{watch.model}:{watch.version}", _evidence_before(watch))
    return watch_told(
        DriftTested,
        order,
        watch,
        case.world,
        version=watch.version,
        window=_span(case, windows),
        rows=served.rows,
        contract=found.contract,
        change=found.change,
        harm=_with_evidence(found.harm, found.evidence),
        profile=case.world.bodies.keep(_profile(served, _span(case, windows))),
        reference=digest,
    )


def _untold(order: TestDrift, case: Case, windows: Sequence[Window], note: str) -> DriftTested:
    """The fact that nothing could be compared, and why."""
    about = f"{case.watch.model}:{case.watch.version}"
    verdicts = {
        gate: Verdict(gate=gate, outcome=Outcome.INCONCLUSIVE, reason=note, about=about)
        for gate in ("contract", "change", GATE)
    }
    rows = sum(max(len(window.raw_inputs), len(window.raw_outputs)) for window in windows)
    version, span = case.watch.version, _span(case, windows)
    return watch_told(DriftTested, order, case.watch, case.world, version=version, window=span, rows=rows, **verdicts)


def _ended(case: Case, since: float) -> list[Window]:
    """The windows since then that ended long enough ago that nothing of them is still on its way."""
    windows = case.data.windows(case.watch.endpoint, case.watch.deployment, since, case.now)
    return [window for window in windows if window.start + window.seconds * (1 + LATENESS) <= case.now]


def _enough(case: Case, windows: list[Window], usual: Usual, digest: str) -> list[Window]:
    """The windows, and as many earlier ones of the version as it takes to have the rows that show anything."""
    wanted = case.watch.policy.minimum_rows
    if _rows(windows) >= wanted or case.since <= case.watch.since:
        return windows
    start = max(case.watch.since, case.now - LONGEST_LOOK)
    earlier = case.data.windows(case.watch.endpoint, case.watch.deployment, start, case.since)
    while earlier and _rows(windows) < wanted:
        windows = [reframed(earlier.pop(), usual, digest), *windows]
    return windows


def _rows(windows: Sequence[Window]) -> int:
    sides = [[document for document in pair if document] for pair in ((w.inputs, w.outputs) for w in windows)]
    return sum(max((int(document["rows"]) for document in pair), default=0) for pair in sides)


def _losses(case: Case, windows: Sequence[Window]) -> tuple[Floats, int]:
    """The loss (0–1) of every labelled answer in the order of the windows, and how many labels have no answer."""
    labels = {key: label for window in windows for key, label in sorted(window.labels.items())}
    losses = [1 - score for window in windows for _, score in sorted(window.scores.items())]
    if not labels:
        return np.array(losses, dtype=np.float64), 0
    earliest = max(0.0, case.since - LABELLED_WITHIN)
    answers = case.data.answers(case.watch.endpoint, case.watch.deployment, earliest, case.now)
    said = [(answers[key][0], label) for key, label in labels.items() if key in answers]
    losses += [float(prediction != label) for prediction, label in said if prediction is not None]
    return np.array(losses, dtype=np.float64), len(labels) - len(said)


def _limits(case: Case, usual: Usual) -> Limits:
    policy = case.watch.policy
    accuracy = _accuracy(case, usual)
    allowed = 0.0 if accuracy is None else accuracy - policy.maximum_accuracy_drop
    bar = max(policy.minimum_accuracy, allowed)
    return Limits(
        minimum_rows=policy.minimum_rows,
        alpha=policy.alpha,
        minimum_effect=policy.minimum_effect,
        harm_alpha=policy.harm_alpha,
        bar=bar if bar > 0 else None,
    )


def _accuracy(case: Case, usual: Usual) -> float | None:
    """How right the model was: in its reference, else what its own metrics say."""
    if usual.accuracy is not None:
        return usual.accuracy
    release: Release | None = case.world.release(release_key(case.watch.model, case.watch.version))
    metrics = release.inspection.metrics if release and release.inspection else {}
    declared = metrics.get(ACCURACY)
    return declared if declared is not None and 0 <= declared <= 1 else None


def _evidence_before(watch: Watch) -> Evidence:
    """The evidence of the labels before, which begins anew once it told of harm."""
    last = watch.verdict(GATE)
    kept = last.numbers.get(EVIDENCE) if last else None
    if not last or not isinstance(kept, str):
        return Evidence()
    reached, threshold = last.numbers.get("log_evidence"), last.numbers.get("log_threshold")
    told = isinstance(reached, float) and isinstance(threshold, float) and reached >= threshold
    return Evidence() if told else evidence_from(msgspec.json.decode(kept))


def _with_evidence(verdict: Verdict, evidence: Evidence) -> Verdict:
    if not evidence.losses:
        return verdict
    kept: dict[str, Number] = {EVIDENCE: msgspec.json.encode(evidence_document(evidence)).decode()}
    return replace(verdict, numbers={**verdict.numbers, **kept})


def _span(case: Case, windows: Sequence[Window]) -> tuple[float, float]:
    """From when to when the windows reach; nothing after `since` when there is none."""
    if not windows:
        return case.since, case.since
    ends = max(window.start + window.seconds for window in windows)
    return windows[0].start, ends


def _profile(served: Served, span: tuple[float, float]) -> bytes:
    """The profile of all the windows, as it is kept for people."""
    sides = {"inputs": served.inputs, "outputs": served.outputs}
    documents = {name: profile_document(profile) if profile else None for name, profile in sides.items()}
    return msgspec.json.encode({"window": span, "rows": served.rows, **documents})
