"""Harbor's scan reports, as its API gives them under a media type or as its scanners write them."""

from dataclasses import dataclass

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import ParsedReport, Row, counted, is_digest, seconds
from shared.contracts.scans.severities import NEGLIGIBLE, rank, severity_of
from shared.contracts.shapes import Instant, decode
from shared.contracts.sniff import top_level


class _Vulnerability(msgspec.Struct, frozen=True, gc=False):
    id: str
    severity: str = ""
    package: str = ""
    version: str = ""
    fix_version: str = ""
    artifact_digests: list[str] | None = None


class _Scanner(msgspec.Struct, frozen=True):
    name: str = ""
    vendor: str = ""
    version: str = ""


class _Artifact(msgspec.Struct, frozen=True):
    repository: str = ""
    digest: str = ""


class _Report(msgspec.Struct, frozen=True):
    vulnerabilities: list[_Vulnerability] | None = None
    generated_at: Instant | None = None
    scanner: _Scanner | None = None
    artifact: _Artifact | None = None
    severity: str = ""
    scan_status: str = "Success"


_DECODER = msgspec.json.Decoder(_Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The media type of the report, "" for none, who scanned, and what Harbor says of the whole."""

    media_type: str
    scanner: dict[str, str]
    overall_severity: str
    repository: str
    artifact_digest: str


def parse(body: bytes) -> ParsedReport[About]:
    """The report in `body`; raises Malformed, also for reports under several media types."""
    media_type, report = _unwrapped(body)
    scanner, artifact, rows = report.scanner or _Scanner(), report.artifact or _Artifact(), report.vulnerabilities or []
    return ParsedReport(
        scanner="harbor",
        format="harbor-scan-report",
        digest=_digest(artifact, rows),
        digest_place="artifact.digest",
        scanned_at=seconds(report.generated_at),
        time_place="generated_at",
        refusal=_refusal(report),
        vulnerabilities=counted([Row(row.id, row.severity, row.package, row.version, row.fix_version) for row in rows]),
        about=About(
            media_type=media_type,
            scanner=msgspec.to_builtins(scanner),
            overall_severity=report.severity,
            repository=artifact.repository,
            artifact_digest=artifact.digest,
        ),
    )


def _unwrapped(body: bytes) -> tuple[str, _Report]:
    top = top_level(body)
    media_types = [key for key in top if key.startswith("application/vnd.")]
    if not media_types:
        return "", decode(body, _DECODER)
    if len(media_types) > 1:
        raise Malformed("reports under several media types; send one of them")
    return media_types[0], decode(top[media_types[0]], _DECODER)


def _digest(artifact: _Artifact, rows: list[_Vulnerability]) -> str:
    """The artifact's own digest, else the one that every row names."""
    if artifact.digest:
        return artifact.digest if is_digest(artifact.digest) else ""
    named = {tuple(row.artifact_digests or ()) for row in rows}
    only = named.pop() if len(named) == 1 else ()
    return only[0] if len(only) == 1 and is_digest(only[0]) else ""


def _refusal(report: _Report) -> Malformed | None:
    if report.scan_status != "Success":
        reason = f"the scan ended as {report.scan_status[:40]!r}; look at Harbor's log and scan again"
        return Malformed(reason, "scan_status")
    if report.vulnerabilities is None or report.scanner is None:
        reason = "no list of vulnerabilities by a scanner, so nothing shows that the scan ended; send the whole report"
        return Malformed(reason, "vulnerabilities")
    if _worse_than_rows(report.severity, report.vulnerabilities):
        reason = f"the whole is called {report.severity[:40]}, but no row is; send all rows"
        return Malformed(reason, "severity")
    return None


def _worse_than_rows(word: str, rows: list[_Vulnerability]) -> bool:
    """Whether the whole is called worse than its rows; Harbor calls a clean image None, its scanners Unknown."""
    overall = severity_of(word)
    if overall == "UNKNOWN" or (overall == NEGLIGIBLE and not rows):
        return False
    return all(rank(severity_of(row.severity)) > rank(overall) for row in rows)
