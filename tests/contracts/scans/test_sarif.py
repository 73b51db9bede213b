"""SARIF's defaults are applied as the standard says, and its scores are never taken for severities."""

from typing import Any

import pytest

from shared.contracts.scans import parse_scan_report
from tests.contracts.samples import encoded
from tests.contracts.scans.reports import CVE, sarif

RULE = {"id": CVE, "properties": {"security-severity": "9.9"}}


def parsed(result: dict[str, Any], **rule: Any) -> Any:
    driver = {"name": "Grype", "rules": [{**RULE, **rule}]}
    log = sarif(tool={}, results=[{"ruleId": CVE, "message": {"text": "found"}, **result}])
    log["runs"][0]["tool"] = {"driver": driver}
    return parse_scan_report(encoded(log))


LEVELS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "its own": ({"level": "note"}, {"defaultConfiguration": {"level": "error"}}, "note"),
    "its rule's": ({}, {"defaultConfiguration": {"level": "error"}}, "error"),
    "its rule's, by place": ({"ruleIndex": 0}, {"defaultConfiguration": {"level": "note"}}, "note"),
    "the standard's": ({}, {}, "warning"),
    "none for what is no failure": ({"kind": "pass"}, {"defaultConfiguration": {"level": "error"}}, "none"),
}


@pytest.mark.parametrize(("result", "rule", "level"), LEVELS.values(), ids=LEVELS)
def test_a_results_level_is_the_first_that_is_said(result: dict[str, Any], rule: dict[str, Any], level: str) -> None:
    (run,) = parsed(result, **rule).about.runs
    assert run.level_effective == {level: 1}
    assert run.level_literal == {result.get("level", ""): 1}


WORDS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "Trivy's message": (
        {"message": {"text": f"Package: a\nInstalled Version: 1\nVulnerability {CVE}\nSeverity: LOW\nFixed Version: "}},
        {},
        "LOW",
    ),
    "Docker Scout's message": (
        {"message": {"text": "  Severity        : CRITICAL \n  Package   : pkg:deb/a@1"}},
        {},
        "CRITICAL",
    ),
    "a line of the rule": ({}, {"help": {"text": "x\nSeverity: medium\n"}}, "MEDIUM"),
    "a sentence of the rule": ({}, {"shortDescription": {"text": f"{CVE} low vulnerability for a package"}}, "LOW"),
    "Snyk's sentence": ({}, {"shortDescription": {"text": "High severity - x vulnerability in a"}}, "HIGH"),
    "a tag": ({}, {"properties": {"tags": ["vulnerability", "HIGH"]}}, "HIGH"),
    "error, for what may be critical": ({"level": "error"}, {}, "CRITICAL"),
    "a warning": ({"level": "warning"}, {}, "MEDIUM"),
    "a note, whatever the score": ({"level": "note"}, {}, "LOW"),
}


@pytest.mark.parametrize(("result", "rule", "severity"), WORDS.values(), ids=WORDS)
def test_a_severity_is_a_word_of_the_tool(result: dict[str, Any], rule: dict[str, Any], severity: str) -> None:
    found = parsed(result, **rule).vulnerabilities
    assert {name for name, count in found.by_severity.items() if count} == {severity}


def test_text_of_a_vulnerability_cannot_lower_its_severity() -> None:
    text = "Vulnerability\nSeverity: CRITICAL\nPackage: a\nDescription\nSeverity: LOW\n"
    assert parsed({"message": {"text": text}}).vulnerabilities.by_severity["CRITICAL"] == 1


GONE: dict[str, dict[str, Any]] = {
    "suppressed": {"suppressions": [{"kind": "external"}]},
    "suppression accepted": {"suppressions": [{"kind": "external", "status": "accepted"}]},
    "not there any more": {"baselineState": "absent"},
    "no failure": {"kind": "informational"},
}


@pytest.mark.parametrize("result", GONE.values(), ids=GONE)
def test_what_is_no_finding_any_more_is_not_counted(result: dict[str, Any]) -> None:
    report = parsed(result)
    assert (report.vulnerabilities.rows, report.suppressed_findings) == (0, 1)


@pytest.mark.parametrize("status", ["underReview", "rejected"])
def test_a_suppression_that_nobody_accepted_suppresses_nothing(status: str) -> None:
    assert parsed({"suppressions": [{"kind": "external", "status": status}]}).vulnerabilities.rows == 1


def test_secrets_licences_and_checks_are_no_vulnerabilities() -> None:
    kinds = ["secret", "license", "misconfiguration"]
    rules = [{"id": kind, "properties": {"tags": [kind, "HIGH"]}} for kind in kinds]
    log = sarif("Trivy", results=[{"ruleId": kind} for kind in kinds])
    log["runs"][0]["tool"]["driver"]["rules"] = rules
    report = parse_scan_report(encoded(log))
    assert (report.secrets.rows, report.license_rows, report.misconfigurations.rows) == (1, 1, 1)
    assert (report.vulnerabilities.rows, report.secrets.by_severity) == (0, {"HIGH": 1})
