"""Demands of operators in every stage: what they move, what they only note, and what a pause holds."""

from typing import Any

import pytest

from docs.samples import APPROVAL, CRITICAL, DEADLINE, NOW, SHIFT, WELL, release_in
from shared.core import facts
from shared.core.lifecycle import decide
from shared.core.orders import MeasureCanary
from shared.core.record import Decision
from shared.core.release import PAUSABLE, TERMINAL, WAITING, Release, Stage

PAUSED = "Olga"
KINDS = (facts.ReleaseAborted, facts.ReleasePaused, facts.ReleaseResumed, facts.RollbackDemanded)


def fact[F: facts.ReleaseFact](kind: type[F], **content: Any) -> F:
    return kind(id=kind.__name__, at=NOW, model="churn", version="7", **content)


def demanded(stage: Stage, kind: type[facts.Demand], **given: object) -> Decision[Release]:
    return decided(stage, fact(kind, person="o", tenant="t", name=PAUSED, comment="too slow"), **given)


def decided(stage: Stage, what: facts.ReleaseFact, **given: object) -> Decision[Release]:
    decision = decide(release_in(stage, **given), what, None, NOW)
    assert decision is not None
    return decision


def sentence(decision: Decision[Release]) -> str:
    return decision.record.ledger[-1].sentence


@pytest.mark.parametrize("stage", sorted(WAITING))
def test_abort_ends_whatever_waits(stage: Stage) -> None:
    decision = demanded(stage, facts.ReleaseAborted)
    assert (decision.record.stage, decision.record.reason) == (Stage.ABORTED, "Olga aborted it: too slow")


@pytest.mark.parametrize(
    ("kind", "ending"), [(facts.ReleaseAborted, Stage.ABORTED), (facts.RollbackDemanded, Stage.ROLLED_BACK)]
)
@pytest.mark.parametrize("paused", ["", PAUSED])
def test_a_canary_is_left_by_way_of_rolling_back(kind: type[facts.Demand], ending: Stage, paused: str) -> None:
    decision = demanded(Stage.CANARY, kind, paused=paused)
    assert (decision.record.stage, decision.record.ending) == (Stage.ROLLING_BACK, ending)
    assert decision.record.paused == ""
    restored = decide(decision.record, fact(facts.TrafficRestored, weights={}, epoch=2), None, NOW)
    assert restored is not None
    assert restored.record.stage is ending


@pytest.mark.parametrize("stage", sorted(TERMINAL))
@pytest.mark.parametrize("kind", KINDS)
def test_no_demand_moves_what_has_ended(stage: Stage, kind: type[facts.Demand]) -> None:
    decision = demanded(stage, kind)
    assert (decision.record.stage, decision.orders) == (stage, ())
    assert sentence(decision).endswith(f"it is {stage} and has ended")


@pytest.mark.parametrize(("previous", "entered", "goes"), [("6", NOW, True), ("6", NOW - 1e6, False), ("", NOW, False)])
def test_a_live_release_is_rolled_back_only_while_it_has_where_to_go(previous: str, entered: float, goes: bool) -> None:
    decision = demanded(Stage.LIVE, facts.RollbackDemanded, previous=previous, entered=entered)
    assert decision.record.stage is (Stage.ROLLING_BACK if goes else Stage.LIVE)


@pytest.mark.parametrize("stage", Stage)
def test_only_what_can_still_climb_is_paused(stage: Stage) -> None:
    assert bool(demanded(stage, facts.ReleasePaused).record.paused) == (stage in PAUSABLE)


def test_a_pause_ends_with_the_last_stage_in_which_it_means_something() -> None:
    passed = fact(facts.DeadlinePassed, stage=Stage.STAGING, deadline=DEADLINE)
    assert decided(Stage.STAGING, passed, paused=PAUSED).record.paused == ""


def test_a_paused_release_goes_on_to_the_people_but_no_further() -> None:
    tested = fact(facts.SmokeTested, code=200, latency_ms=1.0, detail="")
    waiting = decided(Stage.STAGING, tested, paused=PAUSED, approvals=(APPROVAL,)).record
    assert (waiting.stage, waiting.paused) == (Stage.AWAITING_APPROVAL, PAUSED)


def test_a_canary_that_does_well_while_paused_is_measured_again_and_says_so() -> None:
    measured = fact(facts.CanaryMeasured, weight=10, windows=3, canary=WELL, stable=WELL)
    decision = decided(Stage.CANARY, measured, paused=PAUSED)
    assert [type(order) for order in decision.orders] == [MeasureCanary]
    assert sentence(decision) == "did well at 10 %, but is paused by Olga"


def test_a_measurement_beside_an_outstanding_shift_asks_for_nothing() -> None:
    measured = fact(facts.CanaryMeasured, weight=10, windows=3, canary=WELL, stable=WELL)
    assert decided(Stage.CANARY, measured, outstanding=(SHIFT,)).orders == ()


def test_a_failing_scan_ignores_a_pause() -> None:
    reported = fact(facts.ScanReported, scan=CRITICAL)
    assert decided(Stage.CANARY, reported, paused=PAUSED).record.stage is Stage.ROLLING_BACK


def test_only_what_waits_is_overtaken() -> None:
    overtaken = {stage for stage in Stage if decided(stage, fact(facts.Overtaken, by="8")).record.stage is not stage}
    assert overtaken == WAITING


@pytest.mark.parametrize(("weight", "stage"), [(100, Stage.LIVE), (0, Stage.SUPERSEDED)])
def test_only_a_version_that_was_live_is_reinstated(weight: int, stage: Stage) -> None:
    assert decided(Stage.SUPERSEDED, fact(facts.Reinstated, instead_of="8"), weight=weight).record.stage is stage
