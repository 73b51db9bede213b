"""Authentic reports of Trivy, by itself, of a cluster and by its operator, are read exactly."""

from pathlib import Path
from typing import Any

import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.scans import to_fact
from shared.contracts.scans.parsed import Tally
from tests.corpus.expectations import matching, needs_corpus
from tests.corpus.scan_notes import IMAGE, NOW, alike, first, read, rows_of

pytestmark = needs_corpus


def checks_of(tally: Tally, expected: dict[str, Any], total: str, names: str) -> dict[str, Any]:
    told = {total: tally.rows, "by_severity": tally.by_severity, "failed_by_severity": tally.by_severity}
    return {key: told[key] if key in told else first({names: tally.ids}, expected, names) for key in expected}


@matching("scans/trivy-image*.json", "scans/trivy-fs*.json", "scans/trivy-repo*.json")
def test_a_trivy_report_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    about, statuses = parsed.about, parsed.vulnerabilities.statuses
    told = {
        "tool": parsed.scanner,
        "format": parsed.format,
        "schema_version": about.schema_version,
        "artifact_name": about.artifact_name,
        "artifact_type": about.artifact_type,
        "image_tags": list(about.image_tags),
        "repo_digests": list(about.repo_digests),
        "manifest_digest": parsed.digest or None,
        "image_id_config_digest": about.image_id or None,
        "os": about.os,
        "vulnerabilities": rows_of(
            parsed.vulnerabilities,
            status_counts={status or "<absent>": count for status, count in statuses.items()},
        ),
        "secrets": checks_of(parsed.secrets, expected["secrets"], "total", "rule_ids"),
        "misconfigurations": checks_of(parsed.misconfigurations, expected["misconfigurations"], "failed", "sample_ids"),
        "license_rows": parsed.license_rows,
        "suppressed_findings": parsed.suppressed_findings,
    }
    alike(expected, told)
    with pytest.raises(Malformed) as refused:
        to_fact(parsed, "0" * 64, received_at=NOW)
    image = about.artifact_type == "container_image"
    assert ("manifest digest" if image else "only image scans open the gate") in refused.value.reason


@matching("scans/trivy-k8s*.json")
def test_a_report_of_a_cluster_is_read_and_called_by_its_name(expectation: Path) -> None:
    parsed, expected = read(expectation)
    told = {
        "tool": parsed.scanner,
        "format": "trivy-k8s-json (ClusterName + resources)",
        "cluster_name": parsed.about.cluster_name,
        "vulnerabilities": rows_of(parsed.vulnerabilities),
        "misconfigurations": checks_of(parsed.misconfigurations, expected["misconfigurations"], "failed", "sample_ids"),
    }
    alike(expected, told)
    with pytest.raises(Malformed, match="a Kubernetes cluster"):
        to_fact(parsed, "0" * 64, IMAGE, NOW)


@matching("scans/trivy-operator*.json")
def test_a_report_of_trivys_operator_is_read_exactly(expectation: Path) -> None:
    parsed, expected = read(expectation)
    about = parsed.about
    told = {
        "tool": parsed.scanner,
        "format": f"{parsed.format} CRD",
        "name": about.name,
        "registry": about.registry,
        "repository": about.repository,
        "tag": about.tag or None,
        "digest": about.digest or None,
        "summary_reported": about.summary,
        "vulnerabilities": rows_of(parsed.vulnerabilities),
    }
    alike(expected, told)
    assert to_fact(parsed, "0" * 64, IMAGE).scan.counts == parsed.vulnerabilities.by_severity
