"""The same finding says the same in every format, and a report that does not show a scan never reads as clean."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.scans import parse_scan_report, to_fact
from shared.core.evidence import Finding
from tests.contracts.samples import DIGEST, encoded
from tests.contracts.scans import reports
from tests.contracts.scans.reports import CVE, EVERY

OTHER = "sha256:" + "99" * 32
NOW = 1_772_400_000.0


@pytest.mark.parametrize(("make", "scanner"), EVERY.values(), ids=EVERY)
def test_the_same_finding_is_told_alike_by_every_format(make: Callable[[], Any], scanner: str) -> None:
    fact = to_fact(parse_scan_report(encoded(make())), "0" * 64, received_at=NOW)
    assert (fact.digest, fact.actor, fact.scan.scanner) == (DIGEST, scanner, scanner)
    assert fact.scan.counts == {"CRITICAL": 0, "HIGH": 1, "MEDIUM": 0, "LOW": 0, "UNKNOWN": 0}
    assert fact.scan.fixable == fact.scan.counts
    assert fact.scan.worst_findings == (
        Finding(id=CVE, severity="HIGH", package="openssl", installed="3.0", fixed_in="3.1"),
    )


@pytest.mark.parametrize(("make", "scanner"), EVERY.values(), ids=EVERY)
def test_a_report_of_another_image_than_its_sender_says_is_refused(make: Callable[[], Any], scanner: str) -> None:
    parsed = parse_scan_report(encoded(make()))
    assert to_fact(parsed, "0" * 64, DIGEST, NOW).digest == DIGEST
    with pytest.raises(Malformed, match=f"the report is of {DIGEST}, its sender says {OTHER}"):
        to_fact(parsed, "0" * 64, OTHER, NOW)
    with pytest.raises(Malformed, match="'latest' is not sha256:"):
        to_fact(parsed, "0" * 64, "latest", NOW)


def test_the_senders_digest_and_time_stand_where_the_report_has_none() -> None:
    parsed = parse_scan_report(encoded(reports.clair(image="churn:1")))
    fact = to_fact(parsed, "0" * 64, OTHER, NOW)
    assert (fact.digest, fact.scan.scanned_at) == (OTHER, NOW)
    with pytest.raises(Malformed, match="as the message's property 'image'"):
        to_fact(parsed, "0" * 64, "", NOW)
    with pytest.raises(Malformed, match="does not say when it was made"):
        to_fact(parsed, "0" * 64, OTHER)


REFUSED = {
    "grype of a folder": (reports.grype(source={"type": "directory", "target": "."}), "a scan of: directory"),
    "grype that knew nothing": (reports.grype(matches=[], ignoredMatches=[], distro={}), "packages were looked at"),
    "grype without database": (reports.grype(descriptor={"db": {"status": {"valid": False}}}), "is not valid"),
    "sarif without run": ({"version": "2.1.0", "runs": []}, "it holds no run"),
    "sarif that did not look": (reports.sarif(results=None), "the tool did not look"),
    "sarif that failed": (reports.sarif(invocations=[{"executionSuccessful": False}]), "says that it failed"),
    "sarif of checks alone": (reports.sarif("Dockle", results=[{"ruleId": "CIS-1"}]), "dockle reports no package"),
    "sarif of trivy, all quiet": (reports.sarif("Trivy", results=[]), "send a package scanner's own JSON"),
    "sarif of a folder": (reports.sarif("Trivy", properties={}), "only image scans open the gate"),
    "snyk of a project": (reports.snyk(docker=None, projectName="churn"), "a test of source projects"),
    "snyk with a threshold": (reports.snyk(severityThreshold="high"), "leaves findings out"),
    "snyk that lost rows": (reports.snyk(uniqueCount=2), "Snyk counts 2 distinct ids"),
    "snyk of two minds": (reports.snyk(ok=True), "Snyk says ok, yet there are findings"),
    "snyk of nothing": (reports.snyk(vulnerabilities=[], uniqueCount=0, dependencyCount=0), "no packages"),
    "defender of nothing": ({"value": [], "nextLink": None}, "does not show that the image was scanned"),
    "defender, a page": ({**reports.defender(), "nextLink": "https://next"}, "one page of a list"),
    "defender of a machine": (reports.defender(additionalData={}), "something else than images"),
    "harbor that failed": (reports.harbor(scan_status="Error"), "the scan ended as 'Error'"),
    "harbor without list": (reports.harbor(vulnerabilities=None), "nothing shows that the scan ended"),
    "harbor that lost rows": (reports.harbor(severity="Critical"), "the whole is called Critical, but no row is"),
    "clair of nothing": (reports.clair(unapproved=[], vulnerabilities=[]), "one that Clair knows"),
    "clair that lost rows": (reports.clair(unapproved=[CVE, "CVE-2026-2"]), "such as CVE-2026-2"),
    "clair 4 of nothing": (reports.clair4(packages={}, package_vulnerabilities={}), "no packages were looked at"),
    "anchore of nothing": (reports.anchore(vulnerabilities=[], vulnerability_type="os"), "all packages"),
    "gitlab of code": (reports.gitlab(scan={"type": "sast", "status": "success"}), "a scan of: sast"),
    "gitlab that failed": (reports.gitlab(scan={"type": "container_scanning", "status": "failure"}), "'failure'"),
    "gitlab of nothing": (reports.gitlab(vulnerabilities=[]), "packages were looked at"),
    "operator that lost rows": (reports.operator(summary={"highCount": 2}), "the summary counts 2 finding(s)"),
    "operator without counts": (reports.operator(summary=None), "nothing shows that it ended"),
}


@pytest.mark.parametrize(("report", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_report_that_does_not_show_a_whole_scan_of_an_image_is_refused(report: Any, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        to_fact(parse_scan_report(encoded(report)), "0" * 64, DIGEST, NOW)
    assert reason in refused.value.reason


CLEAN = {
    "grype": reports.grype(matches=[]),
    "grype, sarif": reports.sarif("Grype", results=[]),
    "docker scout, sarif": reports.sarif("docker scout", results=[]),
    "snyk": reports.snyk(vulnerabilities=[], ok=True, uniqueCount=0),
    "harbor": reports.harbor(vulnerabilities=[], severity="None"),
    "harbor's scanner": reports.harbor(vulnerabilities=[], severity="Unknown"),
    "clair 4": reports.clair4(package_vulnerabilities={}),
    "anchore": reports.anchore(vulnerabilities=[]),
    "defender, exempt": reports.defender(status={"code": "NotApplicable", "cause": "Exempt", "severity": "High"}),
    "operator": reports.operator(vulnerabilities=[], summary={"highCount": 0}),
}


@pytest.mark.parametrize("report", CLEAN.values(), ids=CLEAN)
def test_a_report_that_shows_a_scan_without_findings_is_clean(report: Any) -> None:
    assert not any(to_fact(parse_scan_report(encoded(report)), "0" * 64, DIGEST, NOW).scan.counts.values())


def test_a_tag_beside_the_operators_digest_makes_it_the_configurations() -> None:
    artifact = {"repository": "churn", "digest": DIGEST, "tag": "1"}
    assert parse_scan_report(encoded(reports.operator(artifact=artifact))).digest == ""


def test_several_images_in_one_report_are_refused() -> None:
    one, two = reports.defender()["value"][0], reports.defender()["value"][0]
    two = {**two, "properties": {**two["properties"], "additionalData": {"imageDigest": OTHER}}}
    with pytest.raises(Malformed, match="sub-assessments of 2 images"):
        parse_scan_report(encoded([one, two]))
    with pytest.raises(Malformed, match="several images"):
        parse_scan_report(encoded([reports.snyk(), reports.snyk(path=f"a/b@{OTHER}")]))


def test_snyks_applications_count_with_the_image() -> None:
    inner = reports.snyk(projectName="app", path="churn", docker={})
    counts = parse_scan_report(encoded(reports.snyk(applications=[inner]))).vulnerabilities.by_severity
    assert counts["HIGH"] == 2


def test_the_base_image_is_told_where_the_report_names_it() -> None:
    report = encoded(reports.snyk(docker={"baseImage": "debian:12"}))
    assert to_fact(parse_scan_report(report), "0" * 64, "", NOW).scan.base == "debian:12"
