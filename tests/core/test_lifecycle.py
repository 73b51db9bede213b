"""The lifecycle answers every fact in every stage, and only its gates open the way to production."""

from dataclasses import replace
from typing import Any

import pytest

from docs.generate import FOLDER, PAGES, rows
from docs.samples import CLEAN, CRITICAL, DEADLINE, DIGEST, NOW, WAITED_FOR, WAIVED, Sample, release_in, samples
from shared.core import facts
from shared.core.facts import RELEASE_FACTS
from shared.core.ledger import first_broken
from shared.core.lifecycle import STAGES, decide
from shared.core.policy import LivePolicy
from shared.core.record import Decision
from shared.core.release import TERMINAL, Release, Stage

OTHER = "sha256:" + "b" * 64


def decided(stage: Stage, fact: facts.ReleaseFact, **given: object) -> Decision[Release]:
    decision = decide(release_in(stage, **given), fact, None, NOW)
    assert decision is not None
    return decision


def orders(decision: Decision[Release]) -> list[str]:
    return [type(order).__name__ for order in decision.orders]


def approval(**content: str) -> facts.ApprovalGiven:
    said = {"stage": Stage.AWAITING_APPROVAL, "digest": DIGEST, "person": "anna", "tenant": "t", "name": "Anna"}
    return facts.ApprovalGiven(id="a", at=NOW, model="churn", version="7", **(said | content))


@pytest.mark.parametrize("stage", Stage)
def test_every_fact_has_an_answer_in_every_stage(stage: Stage) -> None:
    kinds = {type(sample.fact) for sample in samples(stage)}
    assert kinds == set(RELEASE_FACTS), "the samples must hold every fact"
    for sample in samples(stage):
        record = decided(stage, sample.fact, **sample.given).record
        assert len(record.ledger[-1].sentence) > 3
        assert first_broken(record.ledger) is None
        assert record.ledger[-1].after == record.stage


def test_every_stage_has_a_place_in_the_lifecycle() -> None:
    assert set(STAGES) == set(Stage)


@pytest.mark.parametrize("stage", sorted(TERMINAL))
def test_nothing_moves_a_release_that_has_ended_but_the_recall_of_the_one_in_its_place(stage: Stage) -> None:
    moving = {(row.fact, row.after) for row in rows(stage) if row.moves}
    recalled = {("Reinstated", Stage.LIVE), ("Superseded", Stage.SUPERSEDED)}
    assert moving == (recalled if stage is Stage.SUPERSEDED else set())


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_say_what_the_code_does(page: str) -> None:
    written = (FOLDER / page).read_text(encoding="utf-8")
    assert written == PAGES[page](), f"docs/{page} is out of date: run `python -m docs.generate`"


@pytest.mark.parametrize(
    "sample", samples(Stage.REGISTERED), ids=lambda sample: f"{type(sample.fact).__name__} {sample.how}"
)
def test_only_a_registration_begins_a_release(sample: Sample) -> None:
    decision = decide(None, sample.fact, release_in(Stage.LIVE).policy, NOW)
    assert (decision is not None) == isinstance(sample.fact, facts.ModelRegistered)


def test_the_canary_is_entered_from_approval_alone_and_live_from_the_canary_or_again() -> None:
    entering = {(row.before, row.after) for stage in Stage for row in rows(stage) if row.after is not row.before}
    assert {before for before, after in entering if after is Stage.CANARY} == {Stage.AWAITING_APPROVAL}
    again = {Stage.SUPERSEDED, Stage.ROLLING_BACK}
    assert {before for before, after in entering if after is Stage.LIVE} == {Stage.CANARY, *again}


def test_a_scan_of_another_image_opens_no_gate() -> None:
    scan = facts.ScanReported(id="s", at=NOW, model="churn", version="7", scan=replace(CLEAN, digest=OTHER))
    decision = decided(Stage.QUARANTINED, scan)
    assert decision.record.stage is Stage.QUARANTINED
    assert decision.record.scans == ()


def test_an_older_scan_of_the_same_scanner_does_not_replace_a_newer_one() -> None:
    older = replace(CLEAN, scanned_at=NOW - 60, report="0" * 64)
    scan = facts.ScanReported(id="s", at=NOW, model="churn", version="7", scan=older)
    decision = decided(Stage.QUARANTINED, scan, scans=(CRITICAL,))
    assert decision.record.stage is Stage.REJECTED


def test_of_two_scans_of_one_moment_the_worse_counts_in_whatever_order_they_come() -> None:
    for first, second in ((CLEAN, CRITICAL), (CRITICAL, CLEAN)):
        scan = facts.ScanReported(id="s", at=NOW, model="churn", version="7", scan=second)
        assert decided(Stage.QUARANTINED, scan, scans=(first,)).record.stage is Stage.REJECTED


def test_the_end_of_a_waiver_is_seen_by_a_worker_whose_clock_is_behind() -> None:
    over = replace(WAIVED, waivers=tuple(replace(each, until=NOW + 60) for each in WAIVED.waivers))
    told = facts.FindingsDismissed(id="d", at=NOW + 61, model="churn", version="7", digest=DIGEST, dismissals=over)
    decision = decided(Stage.LIVE, told, scans=(CRITICAL,), dismissals=over)
    assert "Notify" in orders(decision) or decision.record.stage is Stage.ROLLING_BACK


def test_a_clean_scan_of_one_scanner_does_not_outweigh_the_critical_one_of_another() -> None:
    scan = facts.ScanReported(id="s", at=NOW, model="churn", version="7", scan=CLEAN)
    decision = decided(Stage.QUARANTINED, scan, scans=(replace(CRITICAL, scanner="grype"),))
    assert decision.record.stage is Stage.REJECTED


@pytest.mark.parametrize(
    "content", [{"digest": OTHER}, {"person": "carl"}, {"name": "carl"}, {"stage": "staging"}], ids=str
)
def test_an_approval_of_another_image_or_stage_or_by_the_submitter_does_not_count(content: dict[str, str]) -> None:
    decision = decided(Stage.AWAITING_APPROVAL, approval(**content))
    assert decision.record.approvals == ()
    assert decision.record.stage is Stage.AWAITING_APPROVAL


def test_the_same_person_twice_counts_once() -> None:
    once = decided(Stage.AWAITING_APPROVAL, approval()).record
    twice = decide(once, replace(approval(), id="b"), None, NOW)
    assert twice is not None
    assert twice.record.stage is Stage.AWAITING_APPROVAL
    assert twice.record.verdicts[-1].numbers == {"given": 1, "required": 2}


def test_a_deadline_in_the_canary_ends_in_a_roll_back() -> None:
    passed = facts.DeadlinePassed(id="d", at=NOW, model="churn", version="7", stage="canary", deadline=DEADLINE)
    decision = decided(Stage.CANARY, passed)
    assert (decision.record.stage, decision.record.ending) == (Stage.ROLLING_BACK, Stage.ROLLED_BACK)
    assert orders(decision) == ["RollBack"]


def test_a_deadline_that_was_moved_since_ends_nothing() -> None:
    passed = facts.DeadlinePassed(id="d", at=NOW, model="churn", version="7", stage="staging", deadline=DEADLINE - 1)
    assert decided(Stage.STAGING, passed).record.stage is Stage.STAGING


def critical_scan(release: Release) -> Decision[Release]:
    scan = facts.ScanReported(id="s", at=NOW, model="churn", version="7", scan=CRITICAL)
    decision = decide(release, scan, None, NOW)
    assert decision is not None
    return decision


def test_a_critical_finding_on_a_live_release_recalls_it_while_the_version_before_is_there() -> None:
    recalled = critical_scan(release_in(Stage.LIVE, previous="6", entered=NOW - 3600))
    assert (recalled.record.stage, recalled.record.ending) == (Stage.ROLLING_BACK, Stage.RECALLED)


def test_a_critical_finding_is_an_alert_where_there_is_nothing_to_go_back_to() -> None:
    policy = replace(release_in(Stage.LIVE).policy, live=LivePolicy(recall=False))
    nothing: tuple[dict[str, Any], ...] = (
        {"previous": ""},
        {"previous": "6", "entered": NOW - 25 * 3600},
        {"previous": "6", "policy": policy},
    )
    for given in nothing:
        alerted = critical_scan(release_in(Stage.LIVE, **given))
        assert (alerted.record.stage, orders(alerted)) == (Stage.LIVE, ["Notify", "SuspectImage"])


def test_a_superseded_deployment_is_removed_only_after_the_soak() -> None:
    superseded = facts.Superseded(id="s", at=NOW, model="churn", version="7", by="8", until=NOW + 60)
    removal = decided(Stage.LIVE, superseded).orders[0]
    assert removal.not_before == NOW + 60


def test_orders_of_a_stage_are_dropped_with_it_but_lasting_ones_stay() -> None:
    failed = facts.SmokeTested(id="s", at=NOW, model="churn", version="7", code=500, latency_ms=1, detail="")
    rejected = decided(Stage.STAGING, failed).record
    assert not rejected.waits_for(WAITED_FOR.key)
    assert [type(order).__name__ for order in rejected.outstanding] == ["RemoveDeployment", "Notify"]
