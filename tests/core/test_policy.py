"""A policy refuses limits that make no sense, and its digest names its content."""

from dataclasses import replace

import pytest

from shared.core.policy import (
    ApprovalPolicy,
    CanaryPolicy,
    DeploymentPolicy,
    MetricRule,
    Policy,
    QuarantinePolicy,
)

POLICY = Policy(name="usual", scenario="classical")


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        (MetricRule, {"minimum": 0.1, "maximum": 0.9}),
        (MetricRule, {"champion_tolerance": -0.1}),
        (QuarantinePolicy, {"allowed": {"SEVERE": 0}}),
        (QuarantinePolicy, {"allowed": {"HIGH": -1}}),
        (DeploymentPolicy, {"instance_count": 0}),
        (ApprovalPolicy, {"required": -1}),
        (CanaryPolicy, {"ladder": ()}),
        (CanaryPolicy, {"ladder": (50, 10)}),
        (CanaryPolicy, {"ladder": (10, 100)}),
        (CanaryPolicy, {"minimum_requests": 0}),
        (CanaryPolicy, {"measure_every_seconds": 0.0}),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(kind: type, limits: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        kind(**limits)


def test_equal_policies_have_one_digest_and_any_change_gives_another() -> None:
    assert POLICY.digest() == Policy(name="usual", scenario="classical").digest()
    changed = [
        replace(POLICY, name="other"),
        replace(POLICY, canary=CanaryPolicy(ladder=(10, 51))),
        replace(POLICY, approval=ApprovalPolicy(required=2)),
    ]
    assert len({POLICY.digest(), *(policy.digest() for policy in changed)}) == 4
