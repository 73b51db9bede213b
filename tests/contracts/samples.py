"""Payloads that are right in every respect, for tests to change one thing in."""

import json
from typing import Any

DIGEST = "sha256:" + "ab" * 32
SOURCE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
REGISTERED = "Microsoft.MachineLearningServices.ModelRegistered"


def grid_event(**changes: Any) -> dict[str, Any]:
    """A model registration in the Event Grid schema."""
    event = {
        "id": "e-1",
        "topic": SOURCE,
        "subject": "models/churn:3",
        "eventType": REGISTERED,
        "eventTime": "2026-03-01T08:00:00.1234567Z",
        "data": {"modelName": "churn", "modelVersion": "3", "modelTags": {"team": "risk"}, "modelProperties": {}},
        "dataVersion": "2",
        "metadataVersion": "1",
    }
    return {**event, **changes}


def cloud_event(**changes: Any) -> dict[str, Any]:
    """The same registration as a CloudEvent, as older workspaces write its data."""
    event = {
        "specversion": "1.0",
        "id": "e-1",
        "source": SOURCE,
        "subject": "models/churn:3",
        "type": REGISTERED,
        "time": "2026-03-01T08:00:00.1234567Z",
        "data": {"ModelName": "churn", "ModelVersion": 3, "ModelTags": {"team": "risk"}},
    }
    return {**event, **changes}


def finding(severity: str, fixed: str = "", name: str = "CVE-2026-1") -> dict[str, Any]:
    """One vulnerability row of a Trivy report."""
    row = {"VulnerabilityID": name, "PkgName": "openssl", "InstalledVersion": "3.0", "Severity": severity}
    return {**row, "FixedVersion": fixed, "Status": "fixed"} if fixed else row


def report(*findings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A Trivy report of an image that was scanned by its digest."""
    body = {
        "SchemaVersion": 2,
        "CreatedAt": "2026-03-01T08:00:00.123456789+01:00",
        "ReportID": "r-1",
        "ArtifactName": f"acr.example/churn@{DIGEST}",
        "ArtifactType": "container_image",
        "Metadata": {
            "OS": {"Family": "debian", "Name": "12"},
            "ImageID": "sha256:" + "cd" * 32,
            "RepoDigests": [f"acr.example/churn@{DIGEST}"],
        },
        "Results": [{"Target": "debian", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": list(findings)}],
    }
    return {**body, **changes}


def record(**properties: Any) -> dict[str, Any]:
    """One record of the traffic log of an online endpoint."""
    answered = {"EndpointName": "churn", "DeploymentName": "r-1", "ResponseCode": 200, "TotalDurationMs": 12.5}
    return {
        "time": "2026-03-01T08:00:00.1000000Z",
        "category": "AmlOnlineEndpointTrafficLog",
        "properties": {**answered, **properties},
    }


def encoded(value: Any) -> bytes:
    """The value as the bytes of a delivery."""
    return json.dumps(value).encode()
