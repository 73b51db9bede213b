"""Named checks: evidence and policy give a verdict; nothing here moves a release."""

import re
from collections.abc import Iterable

from shared.core.evidence import Approval, ArtifactFile, Inspection
from shared.core.facts import SmokeTested
from shared.core.policy import ApprovalPolicy, DeploymentPolicy, MetricRule, ValidationPolicy
from shared.core.verdicts import Number, Outcome, Verdict

ENDPOINT_NAME = re.compile(r"(?=.{3,28}\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
NEUTRAL = frozenset({"text", "data"})


def _verdict(gate: str, passed: bool, about: str, good: str, bad: str, **numbers: Number) -> Verdict:
    outcome = Outcome.PASS if passed else Outcome.FAIL
    return Verdict(gate=gate, outcome=outcome, reason=good if passed else bad, about=about, numbers=numbers)


def validation(policy: ValidationPolicy, model: Inspection, about: str) -> tuple[Verdict, ...]:
    """All gates that a model must pass before its image is looked at; `about` is model:version."""
    return (
        metadata(policy, model, about),
        artifact(policy, model, about),
        *declared_metrics(policy, model, about),
        *against_champion(policy, model, about),
    )


def metadata(policy: ValidationPolicy, model: Inspection, about: str) -> Verdict:
    """Whether the model says what it needs: tags, environment, endpoint and a sample request."""
    missing = [f"tag {tag!r}" for tag in policy.required_tags if not model.tags.get(tag)]
    if not model.environment:
        missing.append("tag 'environment' (name:version)")
    if not ENDPOINT_NAME.fullmatch(model.endpoint):
        missing.append("tag 'endpoint' (3–28 lower-case letters, digits and single dashes, a letter first)")
    if model.endpoint_model not in ("", about.rsplit(":", 1)[0]):
        missing.append(f"an endpoint of its own ({model.endpoint} serves model {model.endpoint_model})")
    if not model.sample:
        missing.append("a sample request (sample_request.json, input_example.json or serving_input_example.json)")
    return _verdict(
        "metadata",
        not missing,
        about,
        "the metadata is complete",
        f"the model lacks {', '.join(missing)}; add it and register a new version",
        missing=len(missing),
    )


def artifact(policy: ValidationPolicy, model: Inspection, about: str) -> Verdict:
    """Whether the model's files are in allowed formats, and hold nothing that runs code when they are loaded."""
    refused = [file for file in model.files if file.format not in (*policy.formats, *NEUTRAL) or file.refusal]
    weights = [file for file in model.files if file.format in policy.formats]
    allowed = ", ".join(policy.formats)
    if refused:
        bad = _refused(policy, refused[0])
    elif model.truncated:
        bad = "the model has more files than can be looked at; register a folder with the model alone"
    else:
        bad = f"the model has no file in an allowed format ({allowed})"
    return _verdict(
        "artifact",
        bool(weights) and not refused and not model.truncated,
        about,
        f"{len(weights)} model file(s) in an allowed format{_preference(policy, weights)}",
        bad,
        files=len(model.files),
        refused=len(refused),
        bytes=sum(file.size for file in model.files),
    )


def _refused(policy: ValidationPolicy, file: ArtifactFile) -> str:
    allowed = ", ".join(policy.formats)
    if file.format in (*policy.formats, *NEUTRAL):
        return f"{file.path} is refused: {file.refusal}"
    why = "which runs code when it is loaded" if file.format == "pickle" else "which the policy does not allow"
    return f"{file.path} is in {file.format} format, {why}; export the model as one of: {allowed}"


def _preference(policy: ValidationPolicy, weights: Iterable[ArtifactFile]) -> str:
    """A note for a model in a format that is allowed, but not liked best."""
    others = sorted({file.format for file in weights} - set(policy.preferred_formats))
    if not policy.preferred_formats or not others:
        return ""
    return f"; {', '.join(policy.preferred_formats)} would be better than {', '.join(others)}"


def declared_metrics(policy: ValidationPolicy, model: Inspection, about: str) -> tuple[Verdict, ...]:
    """One verdict per metric that has a rule and a value; a model that declares none of them fails."""
    judged = tuple(
        _declared(name, rule, model, about)
        for name, rule in policy.metrics.items()
        if rule.required or name in model.metrics or name in model.unreadable_metrics
    )
    if judged or not policy.metrics:
        return judged
    names = ", ".join(policy.metrics)
    reason = f"the model declares none of the metrics {names}; set a property 'metrics.<name>' on the new version"
    return (Verdict(gate="metrics", outcome=Outcome.FAIL, reason=reason, about=about),)


def _declared(name: str, rule: MetricRule, model: Inspection, about: str) -> Verdict:
    gate, value = f"metric {name}", model.metrics.get(name)
    if value is None:
        raw = model.unreadable_metrics.get(name)
        reason = f"{name} is required but not declared" if raw is None else f"{name} is {raw!r}, which is no number"
        return Verdict(gate=gate, outcome=Outcome.FAIL, reason=reason, about=about)
    limits = {"value": value, "minimum": rule.minimum, "maximum": rule.maximum}
    if rule.minimum is not None:
        limit, passed, word = rule.minimum, value >= rule.minimum, "below the minimum"
    elif rule.maximum is not None:
        limit, passed, word = rule.maximum, value <= rule.maximum, "above the maximum"
    else:
        return Verdict(
            gate=gate, outcome=Outcome.PASS, reason=f"{name} {value:g} is declared", about=about, numbers=limits
        )
    good, bad = f"{name} {value:g} keeps the limit {limit:g}", f"{name} {value:g} is {word} {limit:g}"
    return _verdict(gate, passed, about, good, bad, **limits)


def against_champion(policy: ValidationPolicy, model: Inspection, about: str) -> tuple[Verdict, ...]:
    """One verdict per metric that both this model and the live version declare and that has a tolerance."""
    return tuple(
        _compared(name, rule, model, about)
        for name, rule in policy.metrics.items()
        if rule.champion_tolerance is not None and name in model.metrics and name in model.champion_metrics
    )


def _compared(name: str, rule: MetricRule, model: Inspection, about: str) -> Verdict:
    value, champion = model.metrics[name], model.champion_metrics[name]
    worse = value - champion if rule.maximum is not None else champion - value
    tolerance = rule.champion_tolerance or 0.0
    return _verdict(
        f"champion {name}",
        worse <= tolerance,
        about,
        f"{name} {value:g} holds against {champion:g} of the live version {model.champion_version}",
        f"{name} {value:g} is worse than {champion:g} of the live version {model.champion_version} by {worse:g}, "
        f"more than the {tolerance:g} allowed",
        value=value,
        champion=champion,
        tolerance=tolerance,
    )


def smoke(policy: DeploymentPolicy, test: SmokeTested, about: str) -> Verdict:
    """Whether staging answered the model's own sample with 200, in time."""
    answered, limit = test.code == 200, policy.maximum_smoke_latency_ms
    bad = f"staging took {test.latency_ms:.0f} ms, more than {limit:.0f}" if answered else test.detail
    return _verdict(
        "smoke test",
        answered and test.latency_ms <= limit,
        about,
        f"staging answered the sample in {test.latency_ms:.0f} ms",
        bad,
        code=test.code,
        latency_ms=round(test.latency_ms, 1),
    )


def approval(policy: ApprovalPolicy, given: Iterable[Approval], digest: str, about: str) -> Verdict:
    """Whether enough different people said yes to exactly this image."""
    people = {(approval.tenant, approval.person) for approval in given if approval.digest == digest}
    enough = len(people) >= policy.required
    reason = f"{len(people)} of {policy.required} approvals"
    outcome = Outcome.PASS if enough else Outcome.INCONCLUSIVE
    numbers = {"given": len(people), "required": policy.required}
    return Verdict(gate="approval", outcome=outcome, reason=reason, about=about, numbers=numbers)
