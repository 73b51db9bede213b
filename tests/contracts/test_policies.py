"""Policies mean what their files say, and a mistake in a file is found with its line before any release meets it."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import strict_yaml
from shared.contracts.malformed import Malformed
from shared.contracts.policies import parse_policy
from shared.core.policy import MetricRule, Policy
from shared.core.router import ACTIONS

POLICIES = Path(__file__).parents[2] / "policies"
SHIPPED = (POLICIES / "classical.yaml").read_bytes()
SCENARIOS = {path.stem: path.read_bytes() for path in POLICIES.glob("*.yaml")}
REFUSED = {
    "an unknown section": (b"canray:\n  ladder: [10]\n", "line 1", "'canray' is unknown; known here are name"),
    "an unknown key": (b"canary:\n  laddr: [10]\n", "line 2", "'laddr' is unknown; known here are ladder"),
    "an unknown key of a metric": (b"validation:\n  metrics:\n    f1:\n      min: 1\n", "line 4", "'min' is unknown"),
    "text where a number belongs": (b"canary:\n  minimum_requests: many\n", "line 2", "must be a whole number"),
    "a share where a count belongs": (b"quarantine:\n  allowed: {HIGH: 0.5}\n", "line 2", "HIGH must be a whole"),
    "true where a number belongs": (b"approval:\n  required: true\n", "line 2", "must be a whole number, not true"),
    "no where true or false belongs": (b"live:\n  recall: no\n", "line 2", 'must be true or false, not "no"'),
    "a single value where a list belongs": (b"canary:\n  ladder: 10\n", "line 2", "must be a list"),
    "a wrong item of a list": (b"canary:\n  ladder:\n    - 10\n    - x\n", "line 4", "canary.ladder.1 must be"),
    "an empty section": (b"name: x\nlive:\n", "line 2", "live must be a table, not nothing"),
    "a number as the name": (b"name: 7\n", "line 1", "name must be text, not 7"),
    "a falling ladder": (b"canary:\n  minimum_requests: 9\n  ladder: [50, 10]\n", "line 3", "rising"),
    "an unknown severity": (b"quarantine:\n  allowed:\n    SEVERE: 1\n", "line 3", "unknown severity SEVERE"),
    "a minimum and a maximum": (
        b"validation:\n  metrics:\n    f1:\n      maximum: 1\n", "line 4", "a minimum or a maximum, not both",
    ),
    "a format that nobody knows": (b"validation:\n  formats:\n    - onxx\n", "line 3", "'onxx' is not one"),
    "no format at all": (b"validation:\n  formats: []\n", "line 2", "formats must name at least one"),
    "a deadline in the past": (b"canary:\n  deadline_hours: -1\n", "line 2", "deadline_hours must be above 0"),
    "an error rate in percent": (b"canary:\n  maximum_error_rate: 5\n", "line 2", "maximum_error_rate must be 0–1"),
    "a watch of another kind": (b"watch:\n  update: weekly\n", "line 2", "update must be online or offline"),
    "a window that shows nothing": (b"watch:\n  minimum_rows: 5\n", "line 2", "minimum_rows must be 100 or more"),
    "a job without a version": (b"watch:\n  retrain:\n    job: azureml:train\n", "line 3", "write name:version"),
    "a job by its label": (b"watch:\n  reindex:\n    job: index@latest\n", "line 3", "'index@latest' is no component"),
    "a cost below nothing": (b"watch:\n  costs:\n    per_error: -1\n", "line 3", "per_error must be 0 or more"),
    "approval by nobody": (b"approval:\n  roles: []\n", "line 2", "roles must name who may approve"),
    "a list instead of a policy": (b"- name\n", "line 1", "a policy is a table"),
    "an alias": (b"name: &a x\nscenario: *a\n", "line 1", "anchor"),
    "an empty file": (b"", "line 1", "holds nothing"),
}  # fmt: skip


@pytest.mark.parametrize(("override", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_in_an_override_is_refused_with_its_line(override: bytes, line: str, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_policy(SHIPPED, override)
    assert refused.value.where == f"{line} of the override"
    assert reason in refused.value.reason


def test_the_shipped_policy_is_the_classical_one_and_allows_no_severe_finding() -> None:
    policy = parse_policy(SHIPPED)
    assert (policy.name, policy.scenario) == ("classical", "classical")
    assert policy.quarantine.allowed == {"CRITICAL": 0, "HIGH": 0}
    assert "pickle" not in policy.validation.formats
    assert set(policy.validation.metrics) == {"accuracy", "f1", "auc", "r2"}


def test_there_is_a_policy_for_every_scenario_that_harm_is_routed_by() -> None:
    assert set(SCENARIOS) == set(ACTIONS)
    for name, body in SCENARIOS.items():
        policy = parse_policy(body)
        assert (policy.name, policy.scenario) == (name, name)
        assert "pickle" not in policy.validation.formats


@pytest.mark.parametrize("shipped", SCENARIOS.values(), ids=SCENARIOS)
def test_the_shipped_policy_names_every_key_there_is_with_a_comment(shipped: bytes) -> None:
    lines = shipped.decode().splitlines()
    document = strict_yaml.loads(shipped)
    for path in _keys(Policy(name="", scenario="")):
        line = lines[document.lines[path] - 1]
        assert "#" in line, f"{'.'.join(path)} has no comment"


def _keys(section: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for field in fields(section):
        value, here = getattr(section, field.name), (*path, field.name)
        found += _keys(value, here) if is_dataclass(value) else [here]
    return found


def test_an_override_changes_only_what_it_names() -> None:
    policy = parse_policy(SHIPPED, b"canary:\n  ladder: [5, 25]\nvalidation:\n  metrics:\n    f1: {minimum: 0.9}\n")
    shipped = parse_policy(SHIPPED)
    assert policy.canary.ladder == (5, 25)
    assert policy.canary.minimum_requests == shipped.canary.minimum_requests
    assert policy.validation.metrics["f1"] == MetricRule(minimum=0.9, champion_tolerance=0.01)
    assert policy.validation.metrics["auc"] == shipped.validation.metrics["auc"]
    assert policy.digest() != shipped.digest()


def test_null_takes_a_metric_out_and_turns_a_minimum_into_a_maximum() -> None:
    override = b"validation:\n  metrics:\n    r2: null\n    accuracy: {minimum: null, maximum: 3}\n"
    metrics = parse_policy(SHIPPED, override).validation.metrics
    assert "r2" not in metrics
    assert metrics["accuracy"] == MetricRule(maximum=3.0, champion_tolerance=0.01)


def test_an_override_of_one_severity_keeps_the_limits_of_the_others() -> None:
    assert parse_policy(b"name: a\nscenario: b\nquarantine: {allowed: {LOW: 5}}").quarantine.allowed == {
        "CRITICAL": 0,
        "LOW": 5,
    }


def test_an_override_alone_is_a_policy_when_it_has_a_name_and_a_scenario() -> None:
    assert parse_policy(None, b"name: a\nscenario: b\n") == Policy(name="a", scenario="b")
    with pytest.raises(Malformed, match="the key scenario is missing"):
        parse_policy(None, b"name: a\n")


def test_a_mistake_in_the_default_is_said_to_be_there() -> None:
    with pytest.raises(Malformed) as refused:
        parse_policy(b"name: a\nscenario: b\ncanary: {ladder: [0]}\n", b"name: c\n")
    assert refused.value.where == "line 3 of the default"


def test_whole_numbers_do_for_shares_and_the_digest_does_not_see_the_difference() -> None:
    one = parse_policy(b"name: a\nscenario: b\nlive: {soak_hours: 2}\n")
    other = parse_policy(b"name: a\nscenario: b\nlive: {soak_hours: 2.0}\n")
    assert one.digest() == other.digest()
