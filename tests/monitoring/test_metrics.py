"""The distances agree with scipy to 1e-12, and the binned ones stay within the error they state."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance

from shared.monitoring.binned import distances_of
from shared.monitoring.frames import frame_of
from shared.monitoring.metrics import (
    chi_squared,
    decile_counts,
    jensen_shannon,
    kolmogorov_smirnov,
    normalised_wasserstein,
    psi,
    wasserstein,
)
from shared.monitoring.profiles import profile_of
from tests.monitoring.samples import usual

EXACT = 1e-12

numbers = st.lists(st.integers(-50, 50) | st.floats(-1e6, 1e6), min_size=3, max_size=60).map(
    lambda values: np.array(values, dtype=np.float64)
)
histograms = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=12).filter(
    lambda pairs: all(sum(side) for side in zip(*pairs, strict=True))
)


@given(first=numbers, second=numbers)
@settings(max_examples=60)
def test_the_distances_of_samples_agree_with_scipy(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    assert kolmogorov_smirnov(first, second) == pytest.approx(
        stats.ks_2samp(first, second, method="asymp").statistic, abs=EXACT
    )
    expected = stats.wasserstein_distance(first, second)
    assert wasserstein(first, second) == pytest.approx(expected, rel=EXACT, abs=EXACT * 1e6)


@given(pairs=histograms)
@settings(max_examples=60)
def test_the_distances_of_histograms_agree_with_scipy(pairs: list[tuple[int, int]]) -> None:
    reference, window = np.array(pairs).T
    assert jensen_shannon(reference, window) == pytest.approx(distance.jensenshannon(reference, window), abs=1e-9)
    filled = np.array([pair for pair in pairs if sum(pair)]).T
    expected = stats.chi2_contingency(filled, correction=False)
    found = chi_squared(reference, window)
    assert (found.statistic, found.freedom) == (pytest.approx(expected.statistic, abs=1e-9), expected.dof)


def test_the_stability_index_of_a_known_shift() -> None:
    assert psi(np.array([50, 50]), np.array([60, 40])) == pytest.approx(0.1 * np.log(1.2) + -0.1 * np.log(0.8))
    assert psi(np.array([100, 0]), np.array([100, 0])) == 0
    assert np.isnan(psi(np.array([0, 0]), np.array([1, 1])))


def test_the_wasserstein_distance_is_in_deviations_of_the_reference() -> None:
    values = np.random.default_rng(0).normal(5, 3, 4000)
    assert normalised_wasserstein(values, values + 1.5) == pytest.approx(1.5 / values.std(), rel=1e-9)
    assert normalised_wasserstein(np.ones(5), np.ones(7)) == 0
    assert normalised_wasserstein(np.ones(5), np.zeros(7)) == np.inf


def test_deciles_hold_a_tenth_of_the_reference_each() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    assert decile_counts(values, values)[0].tolist() == [100] * 10


@pytest.mark.parametrize("shift", [0.0, 0.3, 40.0])
def test_binned_distances_stay_within_the_error_they_state(shift: float) -> None:
    before, after = usual(6000, seed=5), usual(5000, seed=6)
    after["age"] = after["age"] * (1 + shift / 10) + shift
    frame = frame_of(before)
    found = distances_of(profile_of(frame, before), profile_of(frame, after))
    for name in ("age", "debt", "children"):
        first, second = (side[name][~np.isnan(side[name])].astype(float) for side in (before, after))
        exact = kolmogorov_smirnov(first, second)
        assert exact - found[name].ks_error - EXACT <= found[name].ks <= exact + EXACT
        assert found[name].wasserstein == pytest.approx(
            normalised_wasserstein(first, second), abs=found[name].wasserstein_error + 1e-3
        )
    assert found["age"].psi == pytest.approx(psi(*decile_counts(before["age"], after["age"])), abs=0.02)
    assert found["age"].ks_error < 0.005 or shift == 40.0


def test_the_distances_of_categories_are_exact() -> None:
    before, after = usual(3000, seed=1), usual(2000, seed=2)
    after["job"][:100] = "pilot"
    frame = frame_of(before)
    found = distances_of(profile_of(frame, before), profile_of(frame, after))["job"]
    jobs = ["clerk", "nurse", "smith", "pilot"]
    table = np.array([[np.sum(side["job"] == job) for job in jobs] for side in (before, after)])
    assert found.jensen_shannon == pytest.approx(distance.jensenshannon(*table), abs=EXACT)
    assert found.chi_squared.statistic == pytest.approx(stats.chi2_contingency(table).statistic, rel=EXACT)
    assert np.isnan(found.ks)


def test_what_holds_no_value_has_no_distance() -> None:
    nothing, something = {"x": np.full(5, np.nan)}, {"x": np.arange(5.0)}
    for before, after in ((nothing, something), (something, nothing), (nothing, nothing)):
        frame = frame_of(before)
        found = distances_of(profile_of(frame, before), profile_of(frame, after))["x"]
        assert np.isnan([found.psi, found.jensen_shannon, found.chi_squared.statistic, found.ks]).all()
