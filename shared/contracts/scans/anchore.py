"""Vulnerability reports of the Anchore engine."""

from dataclasses import dataclass

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import ParsedReport, Row, counted, is_digest
from shared.contracts.shapes import decode


class _Vulnerability(msgspec.Struct, frozen=True, gc=False):
    vuln: str
    severity: str = ""
    package_name: str = ""
    package: str = ""
    package_version: str = ""
    fix: str | None = None


class _Report(msgspec.Struct, frozen=True, rename="camel"):
    image_digest: str
    vulnerabilities: list[_Vulnerability]
    vulnerability_type: str = msgspec.field(name="vulnerability_type", default="")
    image_tag: str | None = None


_DECODER = msgspec.json.Decoder(_Report)
_NO_FIX = frozenset({"", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The image as the engine names it, whether or not that is a digest."""

    image_digest: str
    image_tag: str


def parse(body: bytes) -> ParsedReport[About]:
    """The report in `body`; raises Malformed."""
    report = decode(body, _DECODER)
    return ParsedReport(
        scanner="anchore",
        format="anchore-engine-json",
        digest=report.image_digest if is_digest(report.image_digest) else "",
        digest_place="imageDigest",
        scanned_at=None,
        refusal=_refusal(report),
        vulnerabilities=counted([_row(row) for row in report.vulnerabilities]),
        about=About(image_digest=report.image_digest, image_tag=report.image_tag or ""),
    )


def _row(row: _Vulnerability) -> Row:
    fixed_in = row.fix or ""
    return Row(
        row.vuln,
        row.severity,
        row.package_name or row.package,
        row.package_version,
        "" if fixed_in.lower() in _NO_FIX else fixed_in,
    )


def _refusal(report: _Report) -> Malformed | None:
    if report.vulnerabilities or report.vulnerability_type == "all":
        return None
    reason = "no finding, and nothing shows that all packages were looked at; ask the engine for 'vuln … all'"
    return Malformed(reason, "vulnerabilities")
