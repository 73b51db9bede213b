"""Trivy's JSON reports (schema 2) of whatever Trivy scans."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import (
    IMAGES_ONLY,
    ParsedReport,
    Row,
    Tally,
    counted,
    manifest_digest,
    seconds,
    tallied,
)
from shared.contracts.scans.trivy_report import Metadata, Misconfiguration, Report, Result, Vulnerability
from shared.contracts.shapes import decode

TOOL, FORMAT = "trivy", "trivy-json"

_DECODER = msgspec.json.Decoder(Report)
_PASSED = frozenset({"PASS", "EXCEPTION"})
_PACKAGES = frozenset({"os-pkgs", "lang-pkgs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a Trivy report says of the thing it scanned; `image_id` is the digest of the image's configuration."""

    schema_version: int
    artifact_name: str
    artifact_type: str
    image_tags: tuple[str, ...]
    repo_digests: tuple[str, ...]
    image_id: str
    os: dict[str, Any]


def parse(body: bytes) -> ParsedReport[About]:
    """The report in `body`; raises Malformed for anything but schema 2, and for RepoDigests that disagree."""
    report = decode(body, _DECODER)
    if report.schema_version != 2:
        raise _other_schema(report.schema_version)
    metadata, results = report.metadata or Metadata(), report.results or []
    repo_digests = _filled(metadata.repo_digests)
    return ParsedReport(
        scanner=TOOL,
        format=FORMAT,
        digest=manifest_digest(repo_digests, "Metadata.RepoDigests"),
        digest_place="Metadata.RepoDigests",
        scanned_at=seconds(report.created_at),
        time_place="CreatedAt",
        report_id=report.report_id,
        refusal=_refusal(report.artifact_type, results),
        vulnerabilities=counted([row_of(row) for result in results for row in result.vulnerabilities or ()]),
        secrets=tallied((row.id, row.severity) for result in results for row in result.secrets or ()),
        misconfigurations=failed(row for result in results for row in result.misconfigurations or ()),
        license_rows=sum(len(result.licenses or ()) for result in results),
        suppressed_findings=sum(len(result.suppressed or ()) for result in results),
        about=_about(report, metadata, repo_digests),
    )


def row_of(row: Vulnerability) -> Row:
    """A vulnerability of Trivy as a row."""
    return Row(row.vulnerability_id, row.severity, row.pkg_name, row.installed_version, row.fixed_version, row.status)


def failed(checks: Iterable[Misconfiguration]) -> Tally:
    """The checks that did not pass."""
    return tallied((check.id, check.severity) for check in checks if check.status not in _PASSED)


def _about(report: Report, metadata: Metadata, repo_digests: tuple[str, ...]) -> About:
    return About(
        schema_version=2,
        artifact_name=report.artifact_name,
        artifact_type=report.artifact_type,
        image_tags=_filled(metadata.repo_tags),
        repo_digests=repo_digests,
        image_id=metadata.image_id,
        os=msgspec.to_builtins(metadata.os) if metadata.os else {},
    )


def _other_schema(schema: int | None) -> Malformed:
    if schema is None:
        return Malformed("the image scan lacks SchemaVersion; scan with 'trivy image --format json'", "SchemaVersion")
    return Malformed(f"schema {schema} is not understood, only 2; update Trivy", "SchemaVersion")


def _refusal(artifact_type: str, results: list[Result]) -> Malformed | None:
    if artifact_type != "container_image":
        what = artifact_type[:40] or "nothing named"
        return Malformed(f"this is a scan of: {what}; {IMAGES_ONLY}: use 'trivy image'", "ArtifactType")
    if any(result.class_ in _PACKAGES or result.vulnerabilities for result in results):
        return None
    reason = "no packages were looked at, so there being no findings means nothing; scan with '--scanners vuln'"
    return Malformed(reason, "Results")


def _filled(texts: list[str] | None) -> tuple[str, ...]:
    return tuple(text for text in texts or () if text)
