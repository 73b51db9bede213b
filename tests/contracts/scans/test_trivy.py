"""A Trivy report counts for exactly the image it names, and only when it really looked."""

import hashlib
from typing import Any

import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.scans import parse_scan_report, to_fact
from shared.core.evidence import Finding
from shared.core.facts import ImageScanned
from shared.core.identity import fact_id
from tests.contracts.samples import DIGEST, encoded, finding, report

OTHER = "sha256:" + "99" * 32


def fact_of(body: bytes) -> ImageScanned:
    return to_fact(parse_scan_report(body), hashlib.sha256(body).hexdigest())


def test_an_image_report_becomes_a_scan_of_its_manifest_digest() -> None:
    body = encoded(report(finding("HIGH", fixed="3.1"), finding("LOW"), finding("HIGH")))
    fact = fact_of(body)
    assert (fact.digest, fact.scan.digest, fact.scan.scanner, fact.actor) == (DIGEST, DIGEST, "trivy", "trivy")
    assert fact.at == fact.scan.scanned_at == pytest.approx(1772348400.123457, abs=2e-6)
    assert fact.scan.counts == {"CRITICAL": 0, "HIGH": 2, "MEDIUM": 0, "LOW": 1, "UNKNOWN": 0}
    assert fact.scan.fixable == {"CRITICAL": 0, "HIGH": 1, "MEDIUM": 0, "LOW": 0, "UNKNOWN": 0}
    assert fact.body == fact.scan.report == hashlib.sha256(body).hexdigest()
    assert fact.id == fact_id("trivy", DIGEST, "r-1")


def test_a_report_without_an_id_is_known_by_its_bytes() -> None:
    body = encoded(report(ReportID=""))
    assert fact_of(body).id == fact_id("trivy", DIGEST, hashlib.sha256(body).hexdigest())


def test_the_fifty_worst_findings_are_kept_most_severe_first() -> None:
    rows = [finding("LOW", name=f"low-{n}") for n in range(60)] + [finding("CRITICAL", "2", "last")]
    worst = fact_of(encoded(report(*rows))).scan.worst_findings
    assert worst[0] == Finding(id="last", severity="CRITICAL", package="openssl", installed="3.0", fixed_in="2")
    assert [row.id for row in worst[1:]] == [f"low-{n}" for n in range(49)]


@pytest.mark.parametrize(
    ("word", "severity"),
    [("critical", "CRITICAL"), ("Moderate", "MEDIUM"), ("Defcon1", "CRITICAL"), ("", "UNKNOWN"), ("SEVERE", "UNKNOWN")],
)
def test_no_finding_vanishes_because_of_an_unusual_severity(word: str, severity: str) -> None:
    assert fact_of(encoded(report(finding(word)))).scan.counts[severity] == 1


def test_secrets_failed_checks_licences_and_suppressed_findings_are_counted_apart() -> None:
    result = {
        "Class": "lang-pkgs",
        "Secrets": [{"RuleID": "pat", "Severity": "CRITICAL"}, {"RuleID": "pat", "Severity": "HIGH"}],
        "Misconfigurations": [{"ID": "DS1", "Status": "FAIL", "Severity": "LOW"}, {"ID": "DS2", "Status": "PASS"}],
        "Licenses": [{}, {}, {}],
        "ExperimentalModifiedFindings": [{"Finding": finding("CRITICAL")}],
    }
    parsed = parse_scan_report(encoded(report(Results=[result])))
    assert (parsed.secrets.rows, parsed.secrets.ids) == (2, ("pat",))
    assert (parsed.misconfigurations.rows, parsed.misconfigurations.ids) == (1, ("DS1",))
    assert (parsed.license_rows, parsed.suppressed_findings, parsed.vulnerabilities.rows) == (3, 1, 0)


def metadata(*references: str) -> dict[str, Any]:
    return {"Metadata": {"ImageID": OTHER, "RepoDigests": list(references)}}


UNUSABLE = {
    "no digest, only the image's id": (metadata(), "Metadata.RepoDigests", "scan the pushed image by digest"),
    "an empty digest": (metadata(""), "Metadata.RepoDigests", "names no manifest digest"),
    "digests that disagree": (metadata(f"a/b@{DIGEST}", f"a/c@{OTHER}"), "Metadata.RepoDigests", "disagree"),
    "a digest that is cut": (metadata(f"a/b@{DIGEST[:-1]}"), "Metadata.RepoDigests[0]", "64 hex digits"),
    "a digest with a newline": (metadata(f"a/b@{DIGEST}\n"), "Metadata.RepoDigests[0]", "64 hex digits"),
    "no time": ({"CreatedAt": None}, "CreatedAt", "when it was made"),
    "a time without zone": ({"CreatedAt": "2026-03-01T08:00:00"}, "CreatedAt", "timezone"),
    "a file system": ({"ArtifactType": "filesystem"}, "ArtifactType", "a scan of: filesystem; only image scans"),
    "no type": ({"ArtifactType": ""}, "ArtifactType", "nothing named"),
    "no results": ({"Results": None}, "Results", "no packages were looked at"),
    "secrets alone": ({"Results": [{"Class": "secret"}]}, "Results", "no packages were looked at"),
    "an old schema": ({"SchemaVersion": 1}, "SchemaVersion", "only 2"),
    "a later schema": ({"SchemaVersion": 3}, "SchemaVersion", "only 2"),
    "a schema in words": ({"SchemaVersion": "2"}, "SchemaVersion", "got 'str'"),
    "results that are no list": ({"Results": {}}, "Results", "'array"),
    "a severity that is no text": (
        {"Results": [{"Vulnerabilities": [{"VulnerabilityID": "x", "Severity": 9}]}]},
        "Results[0].Vulnerabilities[0].Severity",
        "expected 'str'",
    ),
    "a finding without id": (
        {"Results": [{"Vulnerabilities": [{"Severity": "HIGH"}]}]},
        "Results[0].Vulnerabilities[0]",
        "lacks the key 'VulnerabilityID'",
    ),
}


@pytest.mark.parametrize(("changes", "where", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_report_that_cannot_open_the_gate_is_refused_with_its_place(
    changes: dict[str, Any], where: str, reason: str
) -> None:
    with pytest.raises(Malformed) as refused:
        fact_of(encoded(report(**changes)))
    assert refused.value.where == where
    assert reason in refused.value.reason


def test_rows_of_one_weakness_in_one_package_are_one_finding() -> None:
    rows = [finding("LOW"), finding("HIGH", "2"), finding("HIGH", "2"), finding("HIGH"), finding("high", "3")]
    worst = fact_of(encoded(report(*rows))).scan.worst_findings
    assert [(row.severity, row.fixed_in, row.rows) for row in worst] == [
        ("HIGH", "2", 3),
        ("HIGH", "", 1),
        ("LOW", "", 1),
    ]


def test_a_report_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(Malformed, match="more than the 10 allowed"):
        parse_scan_report(b"not json at all", limit=10)
