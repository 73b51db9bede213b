"""Container scanning reports in GitLab's format, which Docker Scout and others write."""

import re
from dataclasses import dataclass

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import IMAGES_ONLY, ParsedReport, Row, counted, digest_in, seconds
from shared.contracts.shapes import Instant, decode


class _Named(msgspec.Struct, frozen=True, gc=False):
    name: str = ""


class _Dependency(msgspec.Struct, frozen=True, gc=False):
    package: _Named = _Named()
    version: str = ""


class _Location(msgspec.Struct, frozen=True, gc=False):
    dependency: _Dependency = _Dependency()
    image: str = ""


class _Identifier(msgspec.Struct, frozen=True, gc=False):
    type: str = ""
    value: str = ""


class _Vulnerability(msgspec.Struct, frozen=True, gc=False):
    id: str
    severity: str = ""
    solution: str = ""
    identifiers: list[_Identifier] = []
    location: _Location = _Location()


class _Scan(msgspec.Struct, frozen=True):
    type: str
    status: str
    scanner: _Named = _Named()
    end_time: str = ""


class _Report(msgspec.Struct, frozen=True):
    scan: _Scan
    vulnerabilities: list[_Vulnerability]
    version: str = ""


_DECODER = msgspec.json.Decoder(_Report)
_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The version of GitLab's format, and the image as the rows name it."""

    version: str
    image_ref: str


def parse(body: bytes) -> ParsedReport[About]:
    """The report in `body`; raises Malformed."""
    report = decode(body, _DECODER)
    images = {row.location.image for row in report.vulnerabilities if row.location.image}
    image = images.pop() if len(images) == 1 else ""
    return ParsedReport(
        scanner=re.sub(r"[^a-z0-9]+", "-", report.scan.scanner.name.lower()[:40]).strip("-") or "gitlab",
        format="gitlab-container-scanning",
        digest=digest_in(image),
        digest_place="vulnerabilities[0].location.image",
        scanned_at=_ended_at(report.scan.end_time),
        time_place="scan.end_time",
        refusal=_refusal(report),
        vulnerabilities=counted([_row(row) for row in report.vulnerabilities]),
        about=About(version=report.version, image_ref=image),
    )


def _row(row: _Vulnerability) -> Row:
    ids = [identifier.value for identifier in row.identifiers if identifier.type.lower() == "cve"]
    dependency = row.location.dependency
    return Row(ids[0] if ids else row.id, row.severity, dependency.package.name, dependency.version, row.solution)


def _refusal(report: _Report) -> Malformed | None:
    if report.scan.type != "container_scanning":
        return Malformed(f"this is a scan of: {report.scan.type[:40]}; {IMAGES_ONLY}", "scan.type")
    if report.scan.status != "success":
        return Malformed(f"the scan ended as {report.scan.status[:40]!r}; scan again", "scan.status")
    if not report.vulnerabilities:
        reason = "no finding, and nothing shows that packages were looked at; send the scanner's own JSON"
        return Malformed(reason, "vulnerabilities")
    return None


def _ended_at(text: str) -> float | None:
    """GitLab's times have no zone and are in UTC."""
    if not text:
        return None
    try:
        return seconds(msgspec.convert(text if _ZONE.search(text) else f"{text}Z", Instant))
    except msgspec.ValidationError:
        raise Malformed(f"{text[:40]!r} is no time", "scan.end_time") from None
