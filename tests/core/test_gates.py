"""Gates pass only on evidence that is there, is about the right thing and is good enough."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.samples import CLEAN, CRITICAL, DIGEST, INSPECTION, NOW
from shared.core import gates, image_gate
from shared.core.evidence import ArtifactFile, Inspection, Scan
from shared.core.facts import SmokeTested
from shared.core.policy import DeploymentPolicy, MetricRule, QuarantinePolicy, ValidationPolicy
from shared.core.verdicts import Outcome, Verdict, worst

ABOUT = "churn:7"
FAIL, PASS, INCONCLUSIVE = Outcome.FAIL, Outcome.PASS, Outcome.INCONCLUSIVE


def judged(inspection: Inspection, **policy: object) -> Outcome:
    return worst(gates.validation(ValidationPolicy(**policy), inspection, ABOUT))  # type: ignore[arg-type]


def scanned(scan: Scan, **policy: object) -> Verdict:
    return image_gate.scans(QuarantinePolicy(**policy), [scan], DIGEST, NOW)  # type: ignore[arg-type]


def test_a_complete_model_passes_and_each_lack_fails() -> None:
    assert judged(INSPECTION) is PASS
    lacks: tuple[dict[str, Any], ...] = (
        {"environment": ""},
        {"endpoint": ""},
        {"endpoint": "No Name"},
        {"sample": ""},
        {"files": ()},
    )
    for lack in lacks:
        assert judged(replace(INSPECTION, **lack)) is FAIL, lack
    assert judged(INSPECTION, required_tags=("owner",)) is FAIL


@pytest.mark.parametrize("format_name", ["pickle", "unknown", "keras"])
def test_one_file_in_a_format_that_is_not_allowed_spoils_the_model(format_name: str) -> None:
    spoiled = ArtifactFile(path="extra", size=1, format=format_name)
    assert judged(replace(INSPECTION, files=(*INSPECTION.files, spoiled))) is FAIL


def test_a_file_whose_content_is_refused_spoils_the_model_and_is_named_with_the_reason() -> None:
    spoiled = ArtifactFile(path="a/model.pkl", size=1, format="pickle", refusal="byte 2: it names os.system")
    files = (*INSPECTION.files, spoiled)
    policy = ValidationPolicy(formats=("onnx", "pickle"))
    verdict = gates.artifact(policy, replace(INSPECTION, files=files), "churn:1")
    assert verdict.outcome is FAIL
    assert verdict.reason == "a/model.pkl is refused: byte 2: it names os.system"
    harmless = (*INSPECTION.files, replace(spoiled, refusal=""))
    assert gates.artifact(policy, replace(INSPECTION, files=harmless), "churn:1").outcome is PASS


def test_a_format_that_is_allowed_but_not_preferred_passes_with_a_note() -> None:
    policy = ValidationPolicy(formats=("onnx", "safetensors"), preferred_formats=("safetensors",))
    verdict = gates.artifact(policy, INSPECTION, "churn:1")
    assert verdict.outcome is PASS
    assert verdict.reason.endswith("; safetensors would be better than onnx")
    assert "better" not in gates.artifact(replace(policy, preferred_formats=("onnx",)), INSPECTION, "churn:1").reason


def test_a_folder_too_large_to_look_at_does_not_pass() -> None:
    assert judged(replace(INSPECTION, truncated=True)) is FAIL


@pytest.mark.parametrize("rule", [MetricRule(minimum=0.8), MetricRule(maximum=0.8), MetricRule(minimum=-math.inf)])
def test_a_metric_that_is_not_a_number_never_passes(rule: MetricRule) -> None:
    assert judged(replace(INSPECTION, metrics={"auc": math.nan}), metrics={"auc": rule}) is FAIL


@given(value=st.floats(allow_nan=False), limit=st.floats(allow_nan=False, allow_infinity=False))
def test_a_metric_passes_exactly_on_the_good_side_of_its_limit(value: float, limit: float) -> None:
    model = replace(INSPECTION, metrics={"auc": value})
    assert (judged(model, metrics={"auc": MetricRule(minimum=limit)}) is PASS) == (value >= limit)
    assert (judged(model, metrics={"auc": MetricRule(maximum=limit)}) is PASS) == (value <= limit)


def test_a_required_metric_must_be_declared_and_one_of_many_at_least() -> None:
    rules = {"auc": MetricRule(minimum=0.8), "f1": MetricRule(minimum=0.5)}
    assert judged(INSPECTION, metrics=rules) is FAIL
    some = replace(INSPECTION, metrics={"auc": 0.9})
    assert judged(some, metrics=rules) is PASS
    assert judged(some, metrics=rules | {"f1": MetricRule(minimum=0.5, required=True)}) is FAIL
    assert judged(replace(some, unreadable_metrics={"f1": "good"}), metrics=rules) is FAIL


def test_a_model_worse_than_the_champion_beyond_the_tolerance_fails() -> None:
    rules = {"auc": MetricRule(minimum=0.5, champion_tolerance=0.02)}
    model = replace(INSPECTION, metrics={"auc": 0.80}, champion_version="6")
    assert judged(replace(model, champion_metrics={"auc": 0.81}), metrics=rules) is PASS
    assert judged(replace(model, champion_metrics={"auc": 0.90}), metrics=rules) is FAIL
    assert judged(replace(model, champion_metrics={"auc": math.nan}), metrics=rules) is FAIL
    lower_is_better = {"loss": MetricRule(maximum=2.0, champion_tolerance=0.1)}
    worse = replace(INSPECTION, metrics={"loss": 1.5}, champion_metrics={"loss": 1.0})
    assert judged(worse, metrics=lower_is_better) is FAIL


def test_no_scan_is_inconclusive_and_so_is_one_of_another_image() -> None:
    assert image_gate.scans(QuarantinePolicy(), [], DIGEST, NOW).outcome is INCONCLUSIVE
    assert scanned(replace(CLEAN, digest="sha256:" + "b" * 64)).outcome is INCONCLUSIVE


def test_a_scan_too_old_or_without_a_time_is_inconclusive() -> None:
    assert scanned(replace(CLEAN, scanned_at=NOW - 200 * 3600)).outcome is INCONCLUSIVE
    assert scanned(replace(CLEAN, scanned_at=math.nan)).outcome is INCONCLUSIVE


def test_an_old_scan_with_a_critical_finding_still_fails() -> None:
    assert scanned(replace(CRITICAL, scanned_at=NOW - 200 * 3600)).outcome is FAIL


def test_findings_without_a_fix_count_unless_the_policy_says_otherwise() -> None:
    assert scanned(CRITICAL).outcome is FAIL
    assert scanned(CRITICAL, fixable_only=True).outcome is PASS
    assert scanned(replace(CRITICAL, fixable={"CRITICAL": 1}), fixable_only=True).outcome is FAIL


def test_a_secret_in_the_image_fails() -> None:
    verdict = scanned(replace(CLEAN, secrets=1))
    assert (verdict.outcome, verdict.about) == (FAIL, DIGEST)


@pytest.mark.parametrize(("code", "latency", "outcome"), [(200, 10.0, PASS), (503, 10.0, FAIL), (0, 0.0, FAIL)])
def test_staging_must_answer_the_sample(code: int, latency: float, outcome: Outcome) -> None:
    test = SmokeTested(id="s", at=NOW, model="m", version="1", code=code, latency_ms=latency, detail="?")
    assert gates.smoke(DeploymentPolicy(), test, ABOUT).outcome is outcome


@pytest.mark.parametrize("latency", [5000.1, math.nan])
def test_staging_must_answer_in_time(latency: float) -> None:
    test = SmokeTested(id="s", at=NOW, model="m", version="1", code=200, latency_ms=latency, detail="")
    assert gates.smoke(DeploymentPolicy(), test, ABOUT).outcome is FAIL


def test_no_verdict_at_all_is_inconclusive() -> None:
    assert worst([]) is INCONCLUSIVE
