"""The canary waits for evidence, forgives noise, and fails on what is surely worse."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.canary import judge, next_weight, wilson_lower
from shared.core.policy import CanaryPolicy
from shared.core.verdicts import Outcome
from shared.core.windows import Traffic

POLICY = CanaryPolicy()
FAIL, PASS, INCONCLUSIVE = Outcome.FAIL, Outcome.PASS, Outcome.INCONCLUSIVE


def served(requests: int, errors: int = 0, bucket: int = 30) -> Traffic:
    return Traffic(requests=requests, errors=errors, latency={str(bucket): requests})


def outcome(canary: Traffic, stable: Traffic | None) -> Outcome:
    return judge(POLICY, 10, canary, stable).outcome


@pytest.mark.parametrize(
    ("canary", "stable"), [(served(0), served(9000)), (served(199), served(9000)), (served(9000), served(199))]
)
def test_a_canary_with_few_requests_on_either_side_waits(canary: Traffic, stable: Traffic) -> None:
    assert outcome(canary, stable) is INCONCLUSIVE


def test_a_canary_as_good_as_the_stable_version_passes() -> None:
    assert outcome(served(1000, 10), served(9000, 90)) is PASS


def test_a_canary_that_answers_nothing_but_errors_fails_after_five() -> None:
    assert outcome(served(4, 4), served(9000)) is INCONCLUSIVE
    assert outcome(served(5, 5), served(9000)) is FAIL


def test_a_canary_surely_worse_fails_before_it_has_all_its_requests() -> None:
    assert outcome(served(100, 50), served(9000)) is FAIL


def test_an_error_rate_just_above_the_limit_is_not_yet_certain() -> None:
    assert outcome(served(200, 3), served(9000)) is INCONCLUSIVE
    assert outcome(served(20_000, 300), served(90_000)) is FAIL


def test_a_slower_canary_fails() -> None:
    assert outcome(served(1000, bucket=40), served(9000, bucket=30)) is FAIL


def test_alone_it_is_judged_by_absolute_limits() -> None:
    assert outcome(served(1000, 40), None) is PASS
    assert outcome(served(1000, 400), None) is FAIL
    assert outcome(served(10), None) is INCONCLUSIVE


def test_a_bad_stable_version_does_not_excuse_a_canary_above_the_absolute_limit() -> None:
    assert outcome(served(1000, 300), served(9000, 2700)) is FAIL


def test_the_ladder_is_climbed_to_the_full_weight() -> None:
    assert [next_weight(POLICY, weight) for weight in (0, 10, 50)] == [10, 50, 100]


@given(errors=st.integers(0, 500), more=st.integers(0, 10_000))
def test_the_lower_bound_never_exceeds_the_rate(errors: int, more: int) -> None:
    lower = wilson_lower(errors, errors + more)
    assert 0 <= lower <= (errors / (errors + more) if errors + more else 0) + 1e-12


@given(canary=st.builds(served, st.integers(0, 500)), stable=st.none() | st.builds(served, st.integers(0, 500)))
def test_a_pass_always_has_enough_requests_behind_it(canary: Traffic, stable: Traffic | None) -> None:
    verdict = judge(POLICY, 10, canary, stable)
    enough = all(side.requests >= POLICY.minimum_requests for side in (canary, stable) if side is not None)
    assert (verdict.outcome is PASS) == enough
    assert not any(isinstance(number, float) and math.isnan(number) for number in verdict.numbers.values())
