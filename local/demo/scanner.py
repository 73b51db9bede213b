"""Scan reports in Trivy's JSON format, as a scanner that watches the registry would send them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerable package."""

    id: str
    severity: str
    package: str
    installed: str
    fixed: str


CRITICAL = [
    Finding("CVE-2024-3094", "CRITICAL", "xz-utils", "5.6.1-1", "5.6.1+really5.4.5-1"),
    Finding("CVE-2023-44487", "HIGH", "nghttp2", "1.52.0-1", "1.52.0-1+deb12u1"),
]
HARMLESS = [Finding("CVE-2011-3374", "LOW", "apt", "2.6.1", "")]


def report(registry: str, repository: str, digest: str, findings: list[Finding]) -> bytes:
    """The report about one image by digest, made now."""
    name = f"{registry}/{repository}@{digest}"
    rows = [
        {
            "VulnerabilityID": finding.id,
            "PkgName": finding.package,
            "InstalledVersion": finding.installed,
            "FixedVersion": finding.fixed,
            "Status": "fixed" if finding.fixed else "affected",
            "Severity": finding.severity,
        }
        for finding in findings
    ]
    target = {"Target": f"{name} (debian 12)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": rows}
    content = {
        "SchemaVersion": 2,
        "CreatedAt": datetime.now(UTC).isoformat(),
        "ArtifactName": name,
        "ArtifactType": "container_image",
        "Metadata": {"OS": {"Family": "debian", "Name": "12"}, "RepoDigests": [name]},
        "Results": [target],
    }
    return json.dumps(content).encode()
