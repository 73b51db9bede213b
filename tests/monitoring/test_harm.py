"""Harm is estimated without labels, detected by late ones, blamed on columns, and only then a failure."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from shared.core.verdicts import Outcome
from shared.monitoring.calibration import Reference
from shared.monitoring.change import change_of
from shared.monitoring.edetector import (
    Detector,
    Evidence,
    alarmed,
    corrected,
    corrected_detector,
    evidence_document,
    evidence_from,
    evidence_of,
    joined,
)
from shared.monitoring.estimate import Estimate, Estimator, confidence, estimator_of, isotonic
from shared.monitoring.frames import frame_of
from shared.monitoring.harm import Allowance, harm
from shared.monitoring.importance import blame, importance_of
from shared.monitoring.profiles import profile_of
from tests.monitoring.samples import usual

DETECTOR = Detector(mean=0.1, run_length=1000)
ALLOWED = Allowance(bar=0.8)


def predictions(rows: int, seed: int, ease: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Overconfident confidences of predictions, and whether each is right."""
    chance = np.random.default_rng(seed)
    skill = 1 / (1 + np.exp(-chance.normal(1.6 + ease, 1, rows)))
    return np.sqrt(np.maximum(skill, 1 - skill)), chance.random(rows) < np.maximum(skill, 1 - skill)


def errors(rows: int, rate: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(rows) < rate).astype(float)


@pytest.fixture(scope="module")
def estimator() -> Estimator:
    return estimator_of(*predictions(20_000, seed=1))


@pytest.mark.parametrize("ease", [0.0, -0.8, -1.6, 1.0])
def test_accuracy_is_estimated_without_labels_though_the_model_is_overconfident(
    estimator: Estimator, ease: float
) -> None:
    confidences, right = predictions(5000, seed=2, ease=ease)
    estimate = estimator.estimate(confidences)
    low, high = estimate.labelled_interval(0.001)
    assert low <= right.mean() <= high
    assert high - low < 0.06
    assert confidences.mean() > right.mean() + 0.03


def test_the_steps_are_those_of_isotonic_regression() -> None:
    chance = np.random.default_rng(0)
    confidences = np.repeat(chance.permutation(np.linspace(0, 1, 100)), 5)
    right = chance.random(500) < confidences
    expected = IsotonicRegression(out_of_bounds="clip").fit(confidences, right).predict(confidences)
    assert isotonic(confidences, right)(confidences) == pytest.approx(expected, abs=1e-9)


def test_the_confidence_is_the_probability_of_what_was_predicted() -> None:
    assert confidence(np.array([[0.2, 0.5, 0.3]])).tolist() == [0.5]
    assert confidence(np.array([0.9, 0.2])).tolist() == pytest.approx([0.9, 0.8])
    assert confidence(np.array([0.4]), positive=np.array([True])).tolist() == [0.4]


def test_too_little_to_estimate_from_is_refused(estimator: Estimator) -> None:
    with pytest.raises(ValueError, match="at least 100"):
        estimator_of(np.ones(99), np.ones(99, dtype=bool))
    with pytest.raises(ValueError, match="no estimate"):
        estimator.estimate(np.array([]))


def test_the_detector_runs_as_long_as_promised_without_harm() -> None:
    runs = [alarmed(DETECTOR, evidence_of(DETECTOR, errors(500, 0.1, seed=seed))) for seed in range(100)]
    assert sum(runs) < 50


def test_the_detector_sees_harm_soon_after_a_long_time_without() -> None:
    before = evidence_of(DETECTOR, errors(3000, 0.06, seed=1))
    assert not alarmed(DETECTOR, before)
    assert alarmed(DETECTOR, joined(before, evidence_of(DETECTOR, errors(300, 0.2, seed=2))))


@given(losses=st.lists(st.floats(0, 1), min_size=1, max_size=40), cut=st.integers(0, 40))
def test_stretches_of_losses_join_to_the_whole(losses: list[float], cut: int) -> None:
    whole = evidence_of(DETECTOR, np.array(losses))
    parts = joined(evidence_of(DETECTOR, np.array(losses[:cut])), evidence_of(DETECTOR, np.array(losses[cut:])))
    assert parts.value == pytest.approx(whole.value, abs=1e-9)
    assert parts.gain == pytest.approx(whole.gain, abs=1e-9)
    assert parts.peak <= whole.peak + 1e-9
    assert parts.losses == whole.losses


def test_the_evidence_follows_its_definition() -> None:
    losses, values = [1.0, 0.0, 1.0], []
    for bet in DETECTOR.bets():
        value = 0.0
        for loss in losses:
            value = (1 + value) * (1 + bet * (loss - 0.1))
        values.append(np.log(value))
    assert evidence_of(DETECTOR, np.array(losses)).value == pytest.approx(values)


def test_evidence_is_read_back_as_it_was() -> None:
    for evidence in (Evidence(), evidence_of(DETECTOR, errors(10, 0.5, seed=1))):
        assert evidence_from(json.loads(json.dumps(evidence_document(evidence), allow_nan=False))) == evidence


@pytest.mark.parametrize("loss", [-0.1, 1.1, float("nan")])
def test_losses_out_of_bounds_are_refused(loss: float) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        evidence_of(DETECTOR, np.array([0.0, loss]))


def test_a_judge_that_flatters_is_corrected_by_a_few_labels() -> None:
    truth = errors(6000, 0.3, seed=1)
    flattering = truth * 0.2
    labels = np.where(np.random.default_rng(2).random(6000) < 0.2, truth, np.nan)
    detector = corrected_detector(0.1, 1000, share=0.2)
    losses = corrected(flattering, labels, share=0.2)
    assert losses.mean() == pytest.approx(0.3, abs=0.03)
    assert not alarmed(DETECTOR, evidence_of(DETECTOR, flattering))
    assert alarmed(detector, evidence_of(detector, losses))


def test_the_column_whose_shift_costs_accuracy_is_blamed() -> None:
    rows = usual(4000, seed=1)
    right = np.random.default_rng(1).random(4000) < np.where(rows["age"] > 50, 0.5, 0.95)
    frame = frame_of(rows)
    importance = importance_of(frame, rows, right)
    window = usual(2000, seed=2)
    window["age"] = window["age"] + 10
    window["debt"] = window["debt"] * 3
    first, *others = blame(importance, profile_of(frame, rows), profile_of(frame, window))
    assert first.column == "age"
    assert first.cost == pytest.approx(0.45 * ((window["age"] > 50).mean() - (rows["age"] > 50).mean()), abs=0.02)
    assert max(abs(other.cost) for other in others if other.column == "debt") < 0.03
    assert first.weight > 0.4


def estimated(accuracy: float, error: float = 0.005) -> Estimate:
    return Estimate(accuracy=accuracy, error=error, noise=0.01, rows=1000)


@pytest.mark.parametrize(
    ("accuracy", "outcome"), [(0.9, Outcome.PASS), (0.8, Outcome.INCONCLUSIVE), (0.7, Outcome.FAIL)]
)
def test_the_estimate_decides_where_its_interval_is_clear(accuracy: float, outcome: Outcome) -> None:
    verdict = harm("fraud/7 in may", ALLOWED, estimate=estimated(accuracy))
    assert verdict.outcome is outcome
    assert verdict.about == "fraud/7 in may"
    assert verdict.numbers["estimate"] == accuracy


def test_labels_that_show_harm_outweigh_a_good_estimate() -> None:
    evidence = evidence_of(DETECTOR, errors(400, 0.4, seed=1))
    verdict = harm("m", ALLOWED, estimate=estimated(0.95), labelled=(DETECTOR, evidence))
    assert verdict.outcome is Outcome.FAIL
    assert "errors where 10.00% are usual" in verdict.reason


def test_labels_pass_when_they_are_many_and_few_wait() -> None:
    def outcome(count: int) -> Outcome:
        return harm("m", ALLOWED, labelled=(DETECTOR, evidence_of(DETECTOR, errors(count, 0.08, seed=3)))).outcome

    assert outcome(2000) is Outcome.PASS
    assert outcome(30) is Outcome.INCONCLUSIVE


def test_a_change_alone_never_fails_but_asks_a_person(reference: Reference) -> None:
    rows = usual(500, seed=5)
    rows["age"] = rows["age"] + 30
    change = change_of(reference, profile_of(reference.profile.frame, rows))
    verdict = harm("m", ALLOWED, change=change)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "a person should look" in verdict.reason
    assert harm("m", ALLOWED, change=change, estimate=estimated(0.9)).outcome is Outcome.PASS
    assert harm("m", ALLOWED).outcome is Outcome.INCONCLUSIVE
    assert harm("m", ALLOWED, labelled=(DETECTOR, Evidence())).outcome is Outcome.INCONCLUSIVE
