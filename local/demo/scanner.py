"""Scan reports and bills of materials as Trivy would send them that watches the registry."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerable package; `fixed` is the version that repairs it, "" when there is none."""

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
UNFIXABLE = [Finding("CVE-2023-45853", "CRITICAL", "zlib1g", "1:1.2.13.dfsg-1", ""), *HARMLESS]
SYSTEM = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?distro=debian-12"


def report(registry: str, repository: str, digest: str, findings: Sequence[Finding]) -> bytes:
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


def bill(registry: str, repository: str, digest: str, packages: Iterable[str]) -> bytes:
    """The bill of materials (CycloneDX) of one image by digest, made now: `packages` of PyPI as name@version."""
    name = f"{registry}/{repository}@{digest}"
    container = {
        "type": "container",
        "name": name,
        "properties": [{"name": "aquasecurity:trivy:RepoDigest", "value": name}],
    }
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(),
            "tools": {"components": [{"type": "application", "name": "trivy"}]},
            "component": container,
        },
        "components": [_library(purl) for purl in (SYSTEM, *(f"pkg:pypi/{package}" for package in packages))],
    }
    return json.dumps(content).encode()


def _library(purl: str) -> dict[str, Any]:
    name, _, version = purl.partition("?")[0].rpartition("/")[2].partition("@")
    return {"type": "library", "name": name, "version": version.replace("%2B", "+"), "purl": purl}
