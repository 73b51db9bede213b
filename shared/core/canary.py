"""The canary gate and its ladder: a pure function from what both sides served, rates and latency, to a verdict."""

import math

from shared.core.policy import CanaryPolicy
from shared.core.verdicts import Number, Outcome, Verdict, worst
from shared.core.windows import Traffic

CONFIDENCE = 2.0
FAIL_FAST = 5
FULL = 100


def judge(policy: CanaryPolicy, weight: int, canary: Traffic, stable: Traffic | None) -> Verdict:
    """Whether the canary did as well as the stable side in the same windows, while it had `weight` percent.

    `stable` is None when no other version is live: then only the absolute limits count. Too few requests are
    INCONCLUSIVE, but a canary that answers nothing but errors fails after five.
    """
    about = f"weight {weight}"
    numbers = _numbers(canary, stable)
    if canary.requests >= FAIL_FAST and canary.errors == canary.requests:
        return _verdict(Outcome.FAIL, f"all {canary.requests} requests to the new version failed", about, numbers)
    few = [side.requests for side in (canary, stable) if side is not None and side.requests < policy.minimum_requests]
    parts = [_errors(policy, canary, stable), _latency(policy, canary, stable)]
    if few:
        failed = [reason for outcome, reason in parts[:1] if outcome is Outcome.FAIL and canary.requests >= FAIL_FAST]
        if failed:
            return _verdict(Outcome.FAIL, failed[0], about, numbers)
        needed = f"{min(few)} of {policy.minimum_requests} requests seen; more traffic is needed"
        return _verdict(Outcome.INCONCLUSIVE, needed, about, numbers)
    verdicts = [_verdict(outcome, reason, about, numbers) for outcome, reason in parts]
    decisive = worst(verdicts)
    return next(verdict for verdict in verdicts if verdict.outcome is decisive)


def next_weight(policy: CanaryPolicy, weight: int) -> int:
    """The weight after `weight` on the ladder; 100 after its last step."""
    return next((step for step in policy.ladder if step > weight), FULL)


def _errors(policy: CanaryPolicy, canary: Traffic, stable: Traffic | None) -> tuple[Outcome, str]:
    allowed = policy.maximum_error_rate
    if stable is not None and stable.requests:
        allowed = min(allowed, stable.error_rate + policy.maximum_error_increase)
    rate = canary.error_rate
    said = f"errors {rate:.2%} against {allowed:.2%} allowed"
    if rate <= allowed:
        return Outcome.PASS, said
    surely = wilson_lower(canary.errors, canary.requests) > allowed
    return (Outcome.FAIL, said) if surely else (Outcome.INCONCLUSIVE, f"{said}, not yet certain")


def _latency(policy: CanaryPolicy, canary: Traffic, stable: Traffic | None) -> tuple[Outcome, str]:
    if stable is None or not stable.requests:
        return Outcome.PASS, "no other version to compare the latency with"
    slow, usual = canary.quantile(0.95), stable.quantile(0.95)
    said = f"p95 latency {slow:.0f} ms against {usual:.0f} ms of the stable version"
    passed = slow <= usual * policy.maximum_latency_ratio
    return (Outcome.PASS, said) if passed else (Outcome.FAIL, said)


def wilson_lower(errors: int, requests: int, z: float = CONFIDENCE) -> float:
    """The lower end (0–1) of Wilson's score interval for a proportion (Wilson 1927); 0 without requests."""
    if not requests:
        return 0.0
    p, n = errors / requests, requests
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (centre - spread) / (1 + z * z / n))


def _numbers(canary: Traffic, stable: Traffic | None) -> dict[str, Number]:
    numbers: dict[str, Number] = {}
    for side, traffic in (("canary", canary), ("stable", stable)):
        if traffic is not None:
            numbers[f"{side}_requests"] = traffic.requests
            numbers[f"{side}_errors"] = traffic.errors
            p95 = traffic.quantile(0.95)
            numbers[f"{side}_p95_ms"] = None if math.isnan(p95) else round(p95, 1)
    return numbers


def _verdict(outcome: Outcome, reason: str, about: str, numbers: dict[str, Number]) -> Verdict:
    return Verdict(gate="canary", outcome=outcome, reason=reason, about=about, numbers=numbers)
