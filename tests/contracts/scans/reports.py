"""The smallest report of every format that opens a gate, for tests to change one thing in."""

from typing import Any

from tests.contracts.samples import DIGEST, finding, report

REFERENCE = f"acr.example/churn@{DIGEST}"
CVE = "CVE-2026-1000"
TIME = "2026-03-01T08:00:00Z"


def grype(**changes: Any) -> dict[str, Any]:
    match = {
        "vulnerability": {"id": CVE, "severity": "High", "fix": {"versions": ["3.1"], "state": "fixed"}},
        "artifact": {"name": "openssl", "version": "3.0"},
    }
    whole = {
        "matches": [match],
        "ignoredMatches": [match],
        "source": {"type": "image", "target": {"userInput": "churn", "repoDigests": [REFERENCE]}},
        "distro": {"name": "debian", "version": "12"},
        "descriptor": {"name": "grype", "version": "0.94.0", "timestamp": TIME},
    }
    return {**whole, **changes}


def sarif(tool: str = "Grype", **changes: Any) -> dict[str, Any]:
    help_text = f"Vulnerability {CVE}\nSeverity: high\nPackage: openssl\nVersion: 3.0\nFix Version: 3.1\n"
    rule = {"id": f"{CVE}-openssl", "help": {"text": help_text}, "properties": {"security-severity": "9.9"}}
    result = {"ruleId": f"{CVE}-openssl", "level": "note", "message": {"text": "a high vulnerability was found"}}
    run = {
        "tool": {"driver": {"name": tool, "rules": [rule]}},
        "results": [result],
        "invocations": [{"executionSuccessful": True, "endTimeUtc": TIME}],
        "properties": {"imageName": "churn", "repoDigests": [REFERENCE]},
    }
    return {"version": "2.1.0", "runs": [{**run, **changes}]}


def snyk(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "SNYK-1",
        "severity": "high",
        "name": "openssl",
        "version": "3.0",
        "fixedIn": ["3.1"],
        "identifiers": {"CVE": [CVE]},
    }
    whole = {
        "vulnerabilities": [row],
        "ok": False,
        "dependencyCount": 9,
        "uniqueCount": 1,
        "projectName": "docker-image|churn",
        "packageManager": "deb",
        "path": REFERENCE,
        "docker": {},
        "filtered": {"ignore": [{}], "patch": []},
    }
    return {**whole, **changes}


def defender(**changes: Any) -> dict[str, Any]:
    more = {
        "assessedResourceType": "AzureContainerRegistryVulnerability",
        "vulnerabilityDetails": {"cveId": CVE, "severity": "High"},
        "artifactDetails": {"digest": DIGEST, "registryHost": "acr.example", "repositoryName": "churn"},
        "softwareDetails": {"packageName": "openssl", "version": "3.0", "fixedVersion": "3.1"},
    }
    status = {"code": "Unhealthy", "severity": "High"}
    properties = {"id": CVE, "status": status, "timeGenerated": TIME, "additionalData": more}
    row = {"type": "Microsoft.Security/assessments/subAssessments", "name": "s-1", "properties": properties}
    return {"value": [{**row, "properties": {**properties, **changes}}]}


def harbor(**changes: Any) -> dict[str, Any]:
    row = {"id": CVE, "package": "openssl", "version": "3.0", "fix_version": "3.1", "severity": "High"}
    whole = {
        "generated_at": TIME,
        "scanner": {"name": "Trivy", "vendor": "Aqua", "version": "v1"},
        "artifact": {"repository": "churn", "digest": DIGEST},
        "severity": "High",
        "vulnerabilities": [row],
    }
    return {"application/vnd.security.vulnerability.report; version=1.1": {**whole, **changes}}


def clair(**changes: Any) -> dict[str, Any]:
    row = {
        "vulnerability": CVE,
        "severity": "High",
        "featurename": "openssl",
        "featureversion": "3.0",
        "fixedby": "3.1",
    }
    return {"image": REFERENCE, "unapproved": [CVE], "vulnerabilities": [row], **changes}


def clair4(**changes: Any) -> dict[str, Any]:
    whole = {
        "manifest_hash": DIGEST,
        "packages": {"7": {"name": "openssl", "version": "3.0"}},
        "vulnerabilities": {"9": {"name": CVE, "normalized_severity": "High", "fixed_in_version": "3.1"}},
        "package_vulnerabilities": {"7": ["9"]},
    }
    return {**whole, **changes}


def anchore(**changes: Any) -> dict[str, Any]:
    row = {"vuln": CVE, "severity": "High", "package_name": "openssl", "package_version": "3.0", "fix": "3.1"}
    return {"imageDigest": DIGEST, "vulnerability_type": "all", "vulnerabilities": [row], **changes}


def gitlab(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "g-1",
        "severity": "High",
        "solution": "3.1",
        "identifiers": [{"type": "cve", "value": CVE}],
        "location": {"dependency": {"package": {"name": "openssl"}, "version": "3.0"}, "image": REFERENCE},
    }
    scan = {
        "type": "container_scanning",
        "status": "success",
        "scanner": {"name": "docker scout"},
        "end_time": "2026-03-01T08:00:00",
    }
    return {"version": "15.0.0", "scan": scan, "vulnerabilities": [row], **changes}


def operator(**changes: Any) -> dict[str, Any]:
    row = {
        "vulnerabilityID": CVE,
        "severity": "HIGH",
        "resource": "openssl",
        "installedVersion": "3.0",
        "fixedVersion": "3.1",
    }
    found = {
        "artifact": {"repository": "churn", "digest": DIGEST},
        "summary": {"highCount": 1},
        "updateTimestamp": TIME,
        "vulnerabilities": [row],
    }
    kind = {"kind": "VulnerabilityReport", "apiVersion": "aquasecurity.github.io/v1alpha1"}
    return {**kind, "metadata": {"name": "n", "uid": "u"}, "report": {**found, **changes}}


def trivy(**changes: Any) -> dict[str, Any]:
    return report(finding("HIGH", "3.1", CVE), **changes)


EVERY = {
    "trivy": (trivy, "trivy"),
    "operator": (operator, "trivy-operator"),
    "grype": (grype, "grype"),
    "sarif": (sarif, "grype"),
    "snyk": (snyk, "snyk"),
    "defender": (defender, "defender"),
    "harbor": (harbor, "harbor"),
    "clair": (clair, "clair"),
    "clair4": (clair4, "clair"),
    "anchore": (anchore, "anchore"),
    "gitlab": (gitlab, "docker-scout"),
}
