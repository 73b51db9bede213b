"""Trivy's JSON reports (schema 2) become scans of exactly one image digest."""

import heapq
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.shapes import decode
from shared.contracts.strict_json import within
from shared.contracts.trivy_report import Metadata, Misconfiguration, Report, Secret, Vulnerability
from shared.core.evidence import Finding, Scan
from shared.core.facts import ImageScanned
from shared.core.identity import fact_id
from shared.core.policy import SEVERITIES

TOOL = "trivy"
WORST = 20
_PASSED = frozenset({"PASS", "EXCEPTION"})
_NOT_COUNTED = frozenset({"NEGLIGIBLE", "NONE"})
_SYNONYMS = {"MODERATE": "MEDIUM", "DEFCON1": "CRITICAL"}
_REPO_DIGEST = re.compile(r"[^@\s]+@(sha256:[0-9a-f]{64})")


_DECODER = msgspec.json.Decoder(Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerabilities:
    """The rows of a report: all, by severity with and without a fix, and what Trivy says about them.

    `negligible` rows are in `rows` but in no severity; `statuses` counts rows by Trivy's own word, "" for none.
    """

    rows: int
    by_severity: dict[str, int]
    fixable: dict[str, int]
    fixable_rows: int
    negligible: int
    ids: tuple[str, ...]
    statuses: dict[str, int]
    worst: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows of one kind, by Trivy's own severity word, with their distinct ids in order."""

    rows: int
    by_severity: dict[str, int]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedScan:
    """A Trivy report of anything that Trivy scans.

    `manifest_digest` is the one that all RepoDigests name, "" for none; `image_id` is the digest of the image's
    configuration, which no registry knows; `packages` says whether packages were looked at; `created_at` is in seconds
    since the epoch, None when the report does not say.
    """

    schema_version: int
    artifact_name: str
    artifact_type: str
    image_tags: tuple[str, ...]
    repo_digests: tuple[str, ...]
    manifest_digest: str
    image_id: str
    os: dict[str, Any]
    created_at: float | None
    report_id: str
    packages: bool
    vulnerabilities: Vulnerabilities
    secrets: Tally
    misconfigurations: Tally
    license_rows: int
    suppressed_findings: int


def parse_scan(body: bytes, limit: int = 50 * 1024 * 1024) -> ParsedScan:
    """The report in `body` of at most `limit` bytes, decoded once, of which only what is counted is kept.

    Raises Malformed for anything but a schema 2 report, saying what it is, and for RepoDigests that disagree.
    """
    within(body, limit)
    report = decode(body, _DECODER)
    _refuse_others(report)
    metadata, results = report.metadata or Metadata(), report.results or []
    repo_digests = _filled(metadata.repo_digests)
    return ParsedScan(
        schema_version=2,
        artifact_name=report.artifact_name,
        artifact_type=report.artifact_type,
        image_tags=_filled(metadata.repo_tags),
        repo_digests=repo_digests,
        manifest_digest=_manifest_digest(repo_digests),
        image_id=metadata.image_id,
        os=msgspec.to_builtins(metadata.os) if metadata.os else {},
        created_at=_seconds(report.created_at),
        report_id=report.report_id,
        packages=any(result.class_ in ("os-pkgs", "lang-pkgs") or result.vulnerabilities for result in results),
        vulnerabilities=_vulnerabilities([row for result in results for row in result.vulnerabilities or ()]),
        secrets=_tally(row for result in results for row in result.secrets or ()),
        misconfigurations=_tally(
            row for result in results for row in result.misconfigurations or () if row.status not in _PASSED
        ),
        license_rows=sum(len(result.licenses or ()) for result in results),
        suppressed_findings=sum(len(result.suppressed or ()) for result in results),
    )


def to_fact(parsed: ParsedScan, report_digest: str) -> ImageScanned:
    """The scan of one image as a fact; `report_digest` is the SHA-256 (64 hex characters) of the report's bytes.

    Raises Malformed for reports that cannot open the gate: of something else than an image, without the digest by which
    the registry knows it, without a time, or in which no package was looked at.
    """
    _refuse_unusable(parsed)
    assert parsed.created_at is not None
    rows = parsed.vulnerabilities
    scan = Scan(
        digest=parsed.manifest_digest,
        scanner=TOOL,
        scanned_at=parsed.created_at,
        counts=rows.by_severity,
        fixable=rows.fixable,
        secrets=parsed.secrets.rows,
        misconfigurations=parsed.misconfigurations.rows,
        worst_findings=rows.worst,
        report=report_digest,
    )
    return ImageScanned(
        id=fact_id(TOOL, scan.digest, parsed.report_id or report_digest),
        at=scan.scanned_at,
        body=report_digest,
        actor=TOOL,
        digest=scan.digest,
        scan=scan,
    )


def _refuse_others(report: Report) -> None:
    if report.schema_version == 2:
        return
    if report.schema_version is not None:
        raise Malformed(f"schema {report.schema_version} is not understood, only 2; update Trivy", "SchemaVersion")
    if report.cluster_name:
        what = "a report of a Kubernetes cluster"
    elif report.kind:
        what = "a Kubernetes resource, as Trivy's operator makes"
    elif report.runs:
        what = "SARIF, which leaves out the image's digest"
    else:
        raise Malformed("not a Trivy report: SchemaVersion is missing; scan with 'trivy image --format json'")
    raise Malformed(f"this is {what}; only image scans open the gate: use 'trivy image --format json'")


def _refuse_unusable(parsed: ParsedScan) -> None:
    if parsed.artifact_type != "container_image":
        what = parsed.artifact_type[:40] or "nothing named"
        raise Malformed(f"this is a scan of: {what}; only image scans open the gate: use 'trivy image'", "ArtifactType")
    if not parsed.manifest_digest:
        reason = "the report names no manifest digest; scan the pushed image by digest (registry/repository@sha256:…)"
        raise Malformed(reason, "Metadata.RepoDigests")
    if parsed.created_at is None:
        raise Malformed("the report does not say when it was made; update Trivy and scan again", "CreatedAt")
    if not parsed.packages:
        reason = "no packages were looked at, so there being no findings means nothing; scan with '--scanners vuln'"
        raise Malformed(reason, "Results")


def _manifest_digest(repo_digests: Iterable[str]) -> str:
    digests = set()
    for index, reference in enumerate(repo_digests):
        match = _REPO_DIGEST.fullmatch(reference)
        if not match:
            reason = f"{reference[:80]!r} is not repository@sha256:… with 64 hex digits; scan the pushed image"
            raise Malformed(reason, f"Metadata.RepoDigests[{index}]")
        digests.add(match[1])
    if len(digests) > 1:
        raise Malformed("the repository digests disagree; scan one image by its digest", "Metadata.RepoDigests")
    return digests.pop() if digests else ""


def _vulnerabilities(rows: list[Vulnerability]) -> Vulnerabilities:
    severities = [_severity(row.severity) for row in rows]
    counted, fixable = (
        Counter(severities),
        Counter(s for s, row in zip(severities, rows, strict=True) if row.fixed_version),
    )
    return Vulnerabilities(
        rows=len(rows),
        by_severity={severity: counted[severity] for severity in SEVERITIES},
        fixable={severity: fixable[severity] for severity in SEVERITIES},
        fixable_rows=fixable.total(),
        negligible=sum(counted[severity] for severity in _NOT_COUNTED),
        ids=tuple(dict.fromkeys(row.vulnerability_id for row in rows)),
        statuses=dict(Counter(row.status for row in rows)),
        worst=_worst(severities, rows),
    )


def _severity(word: str) -> str:
    """One of SEVERITIES, or NEGLIGIBLE or NONE; a word that nobody knows is UNKNOWN, so that no row vanishes."""
    word = _SYNONYMS.get(word.upper(), word.upper())
    return word if word in SEVERITIES or word in _NOT_COUNTED else "UNKNOWN"


def _worst(severities: list[str], rows: list[Vulnerability]) -> tuple[Finding, ...]:
    rank = {severity: place for place, severity in enumerate(SEVERITIES)}
    order = heapq.nsmallest(WORST, range(len(rows)), key=lambda index: rank.get(severities[index], len(rank)))
    return tuple(_finding(severities[index], rows[index]) for index in order)


def _finding(severity: str, row: Vulnerability) -> Finding:
    return Finding(
        id=row.vulnerability_id,
        severity=severity,
        package=row.pkg_name,
        installed=row.installed_version,
        fixed_in=row.fixed_version,
    )


def _tally(rows: Iterable[Secret | Misconfiguration]) -> Tally:
    found = list(rows)
    return Tally(
        rows=len(found),
        by_severity=dict(Counter(row.severity for row in found)),
        ids=tuple(dict.fromkeys(row.id for row in found)),
    )


def _filled(texts: list[str] | None) -> tuple[str, ...]:
    return tuple(text for text in texts or () if text)


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
