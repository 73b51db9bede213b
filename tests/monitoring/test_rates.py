"""Bounds of rates agree with scipy, are never zero, and hold as often as they say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shared.monitoring.rates import at_least, most_by_chance, upper_bound


@given(trials=st.integers(1, 5000), share=st.floats(0, 1), rate=st.floats(1e-6, 1 - 1e-6))
def test_tails_agree_with_scipy(trials: int, share: float, rate: float) -> None:
    count = int(trials * share)
    assert at_least(count, trials, rate) == pytest.approx(stats.binom.sf(count - 1, trials, rate), abs=1e-10)


@settings(max_examples=50)
@given(trials=st.integers(1, 100_000), share=st.floats(0, 1), alpha=st.sampled_from([0.05, 0.01, 1e-5]))
def test_upper_bounds_agree_with_scipy_and_are_never_zero(trials: int, share: float, alpha: float) -> None:
    count = int(trials * share)
    expected = stats.beta.ppf(1 - alpha, count + 1, trials - count) if count < trials else 1.0
    assert 0 < upper_bound(count, trials, alpha) == pytest.approx(expected, rel=1e-6)


@given(trials=st.integers(0, 3000), rate=st.floats(0, 1), alpha=st.sampled_from([0.05, 1e-4]))
@settings(max_examples=50)
def test_more_than_the_most_by_chance_is_as_rare_as_asked(trials: int, rate: float, alpha: float) -> None:
    most = most_by_chance(trials, rate, alpha)
    assert at_least(most + 1, trials, rate) <= alpha
    assert most == 0 or at_least(most, trials, rate) > alpha


def test_a_rate_without_trials_may_be_anything() -> None:
    assert upper_bound(0, 0, 0.05) == 1


def test_a_count_above_the_trials_is_refused() -> None:
    with pytest.raises(ValueError, match="5 of 4 is no rate"):
        upper_bound(5, 4, 0.05)
