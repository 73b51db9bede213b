"""Every authentic scanner's report is read exactly as its expectation says, and opens no gate by mistake."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.scans import to_fact
from shared.contracts.scans.sarif import AboutRun
from shared.contracts.scans.snyk import Project
from tests.corpus.expectations import matching, needs_corpus
from tests.corpus.scan_notes import IMAGE, NOW, alike, first, read, rows_of

pytestmark = needs_corpus


@matching("scans/grype-*.json")
def test_a_grype_report_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    about, found = parsed.about, parsed.vulnerabilities
    told = {
        "tool": parsed.scanner,
        "format": parsed.format,
        "tool_version": about.tool_version,
        "source_type": about.source_type,
        "image_ref": about.image_ref or None,
        "source_target_string": about.target or None,
        "repo_digests": list(about.repo_digests),
        "registry_digest": parsed.digest or None,
        "manifest_digest_local": about.manifest_digest or None,
        "image_id_config_digest": about.image_id or None,
        "distro": about.distro,
        "vulnerabilities": rows_of(
            found, fixable_rows_with_fix_versions=found.fixable_rows, fix_state_counts=found.statuses
        ),
    }
    alike(expected, told)
    if about.source_type == "image":
        image = parsed.digest or IMAGE
        assert to_fact(parsed, "0" * 64, image, NOW).scan.digest == image
    else:
        with pytest.raises(Malformed, match="only image scans open the gate"):
            to_fact(parsed, "0" * 64, IMAGE, NOW)


@matching("scans/*.sarif", "scans/*sarif*.json")
def test_a_sarif_log_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    runs = parsed.about.runs
    assert (parsed.format, parsed.about.version, len(runs)) == (
        expected["format"],
        expected["version"],
        expected["run_count"],
    )
    for run, wanted in zip(runs, expected["runs"], strict=True):
        assert run_of(run, wanted) == wanted
    if "severity_from_rule_text" in expected:
        assert (
            sum((Counter(run.severity_from_rule_text) for run in runs), Counter())
            == expected["severity_from_rule_text"]
        )
        assert +Counter(parsed.vulnerabilities.by_severity) == expected["severity_from_rule_text"]
    if parsed.vulnerabilities.rows:
        assert to_fact(parsed, "0" * 64, IMAGE, NOW).scan.digest == IMAGE
    else:
        with pytest.raises(Malformed, match="does not show that packages were looked at"):
            to_fact(parsed, "0" * 64, IMAGE, NOW)


def run_of(run: AboutRun, expected: dict[str, Any]) -> dict[str, Any]:
    told = {
        "tool": run.tool,
        "tool_version": run.tool_version or None,
        "results": run.results,
        "level_literal": {level or "<absent>": count for level, count in run.level_literal.items()},
        "level_effective": run.level_effective,
        "rules": len(run.rules),
        "rule_ids_sample": first({"": run.rules}, {"": expected["rule_ids_sample"]}, ""),
        "results_rule_ids_sample": first({"": run.result_rules}, {"": expected["results_rule_ids_sample"]}, ""),
        "run_properties": run.properties,
    }
    return {key: told[key] for key in expected}


@matching("scans/snyk-*.json")
def test_a_snyk_report_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    about = parsed.about
    assert (parsed.scanner, parsed.format, about.top_level) == (
        expected["tool"],
        expected["format"],
        expected["top_level"],
    )
    assert [project_of(p, e) for p, e in zip(about.projects, expected["projects"], strict=True)] == expected["projects"]
    if all("docker" in project for project in expected["projects"]):
        assert to_fact(parsed, "0" * 64, IMAGE, NOW).scan.digest == IMAGE
    else:
        with pytest.raises(Malformed, match="only image scans open the gate"):
            to_fact(parsed, "0" * 64, IMAGE, NOW)


def project_of(project: Project, expected: dict[str, Any]) -> dict[str, Any]:
    found = project.vulnerabilities
    told = {
        "project_name": project.project_name,
        "package_manager": project.package_manager,
        "path": project.path,
        "ok": project.ok,
        "rows": found.rows,
        "unique_ids": project.unique_ids,
        "uniqueCount_reported": project.unique_count,
        "by_severity": found.by_severity,
        "negligible_not_counted_above": found.negligible,
        "severity_raw": found.words,
        "fixable_rows_fixedIn_or_nearest": found.fixable_rows,
        "sample_cves": first({"": project.cves}, {"": expected["sample_cves"]}, ""),
        "docker": project.docker,
        "platform": project.platform or None,
        "applications": [
            project_of(inner, wanted)
            for inner, wanted in zip(project.applications, expected.get("applications", []), strict=True)
        ],
    }
    assert bool(project.applications) == ("applications" in expected)
    return {key: told[key] for key in expected}


@matching("scans/harbor-*.json")
def test_a_harbor_report_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    about = parsed.about
    told = {
        "tool": parsed.scanner,
        "format": parsed.format,
        "report_mime_key": about.media_type,
        "scanner": about.scanner,
        "overall_severity": about.overall_severity,
        "artifact": {"repository": about.repository, "digest": about.artifact_digest} if about.repository else None,
        "vulnerabilities": rows_of(parsed.vulnerabilities),
    }
    alike(expected, told)


@matching("scans/clair-*.json")
def test_a_report_of_clair_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    told = {
        "tool": "clair-scanner",
        "format": parsed.format,
        "image_ref": parsed.about.image_ref,
        "unapproved_count": parsed.about.unapproved,
        "vulnerabilities": rows_of(parsed.vulnerabilities),
    }
    alike(expected, told)


@matching("scans/anchore-*.json")
def test_a_report_of_the_anchore_engine_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    told = {
        "tool": parsed.scanner,
        "format": parsed.format,
        "image_digest": parsed.about.image_digest,
        "image_tag": parsed.about.image_tag or None,
        "vulnerabilities": rows_of(parsed.vulnerabilities),
    }
    alike(expected, told)


@matching("scans/defender-*.json")
def test_sub_assessments_of_defender_are_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    (found, *_), about = parsed.about.assessed, parsed.about
    severities = {"High": "HIGH", "Medium": "MEDIUM", "Low": "LOW", "Critical": "CRITICAL"}
    told = {
        "count": len(about.assessed),
        "action": about.action,
        "is_snapshot": about.is_snapshot,
        "name": found.name,
        "assessment_key": found.assessment_key,
        "severity": severities[found.severity],
        "status_code": found.status_code,
        "status_cause": found.status_cause,
        "is_container_finding": found.is_container_finding,
        "repository": found.repository,
        "registry": found.registry,
        "image_ref": found.image_ref,
        "digest": parsed.digest,
        "digest_as_given": found.digest,
        "cve": found.cves[0] if found.cves else None,
        "cves": list(found.cves),
        "fixable": found.fixable,
        "active_by_severity": parsed.vulnerabilities.by_severity,
    }
    assert {key: told[key] for key in expected if key not in ("tool", "format")} == {
        key: value for key, value in expected.items() if key not in ("tool", "format")
    }
    assert expected.get("tool", parsed.scanner).startswith(parsed.scanner)
    assert ("export" in parsed.format) == ("continuous export" in expected["format"])
