"""Reports of scanners, as long as wanted and of rows that differ, for measuring how they are read."""

from collections.abc import Callable
from typing import Any

DIGEST = "sha256:" + "ab" * 32


def trivy(rows: int) -> dict[str, Any]:
    """A report of Trivy with so many vulnerabilities."""
    return {
        "SchemaVersion": 2,
        "CreatedAt": "2026-03-01T08:00:00Z",
        "ArtifactType": "container_image",
        "Metadata": {"RepoDigests": [f"acr.example/churn@{DIGEST}"]},
        "Results": [{"Class": "os-pkgs", "Vulnerabilities": [_trivy_row(number) for number in range(rows)]}],
    }


def grype(rows: int) -> dict[str, Any]:
    """A report of Grype with so many matches."""
    return {
        "matches": [_grype_row(number) for number in range(rows)],
        "source": {"type": "image", "target": {"repoDigests": [f"acr.example/churn@{DIGEST}"]}},
        "distro": {"name": "debian", "version": "12"},
        "descriptor": {"name": "grype", "version": "0.94.0", "timestamp": "2026-03-01T08:00:00Z"},
    }


def sarif(rows: int) -> dict[str, Any]:
    """A SARIF log of Trivy with so many results, two to a rule."""
    rules = [_rule(number) for number in range(max(rows // 2, 1))]
    results = [_result(number, len(rules)) for number in range(rows)]
    properties = {"imageName": "churn", "repoDigests": [f"acr.example/churn@{DIGEST}"]}
    run = {"tool": {"driver": {"name": "Trivy", "rules": rules}}, "results": results, "properties": properties}
    return {"version": "2.1.0", "runs": [run]}


FORMATS: dict[str, Callable[[int], dict[str, Any]]] = {"trivy": trivy, "grype": grype, "sarif": sarif}
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")


def _trivy_row(number: int) -> dict[str, Any]:
    return {
        "VulnerabilityID": f"CVE-2026-{number:05}",
        "PkgName": f"package-{number % 400}",
        "InstalledVersion": "1.2.3-4",
        "FixedVersion": "1.2.4" if number % 3 else "",
        "Status": "fixed" if number % 3 else "affected",
        "Severity": SEVERITIES[number % 4],
        "Title": "a flaw in the parser of the header",
        "Description": 'A "crafted" header makes the parser read behind its end.\n' * 12,
        "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "V3Score": 7.5}},
        "References": [f"https://example.org/advisories/{number}/{part}" for part in range(8)],
    }


def _grype_row(number: int) -> dict[str, Any]:
    row = _trivy_row(number)
    vulnerability = {
        "id": row["VulnerabilityID"],
        "severity": row["Severity"].title(),
        "description": row["Description"],
        "urls": row["References"],
        "fix": {"versions": ["1.2.4"] if number % 3 else [], "state": "fixed" if number % 3 else "unknown"},
    }
    artifact = {"name": row["PkgName"], "version": "1.2.3-4", "type": "deb", "cpes": ["cpe:2.3:a:b:c:1.2.3"] * 4}
    return {
        "vulnerability": vulnerability,
        "relatedVulnerabilities": [{"id": row["VulnerabilityID"]}],
        "artifact": artifact,
    }


def _rule(number: int) -> dict[str, Any]:
    severity, flaw = SEVERITIES[number % 4], "A crafted header makes the parser read behind its end.\n" * 12
    text = f"Vulnerability CVE-2026-{number:05}\nSeverity: {severity}\nPackage: package\nFixed Version: 1.2.4\n{flaw}"
    return {
        "id": f"CVE-2026-{number:05}",
        "name": "OsPackageVulnerability",
        "shortDescription": {"text": "a flaw in the parser of the header"},
        "fullDescription": {"text": flaw},
        "help": {"text": text, "markdown": f"**Vulnerability CVE-2026-{number:05}**\n| {severity} | package |\n{flaw}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["vulnerability", "security", severity], "security-severity": "7.5"},
    }


def _result(number: int, rules: int) -> dict[str, Any]:
    rule = number % rules
    text = f"Package: package-{number % 400}\nInstalled Version: 1.2.3\nVulnerability CVE-2026-{rule:05}\n"
    text += f"Severity: {SEVERITIES[rule % 4]}\nFixed Version: 1.2.4\nLink: [CVE](https://example.org/{number})"
    place = {"artifactLocation": {"uri": f"library/churn/{number}"}, "region": {"startLine": 1, "endLine": 1}}
    return {
        "ruleId": f"CVE-2026-{rule:05}",
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": place, "message": {"text": f"library/churn/{number}: package@1.2.3"}}],
    }
