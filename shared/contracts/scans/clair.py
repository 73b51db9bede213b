"""Clair's reports: those of clair-scanner, and the report of Clair 4 itself."""

from dataclasses import dataclass

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import ParsedReport, Row, counted, digest_in, is_digest
from shared.contracts.shapes import decode


class _Finding(msgspec.Struct, frozen=True, gc=False):
    vulnerability: str
    severity: str = ""
    featurename: str = ""
    featureversion: str = ""
    fixedby: str = ""


class _Scanner(msgspec.Struct, frozen=True):
    vulnerabilities: list[_Finding]
    unapproved: list[str]
    image: str = ""


class _Package(msgspec.Struct, frozen=True):
    name: str = ""
    version: str = ""


class _Known(msgspec.Struct, frozen=True):
    name: str
    normalized_severity: str = ""
    fixed_in_version: str = ""


class _Version4(msgspec.Struct, frozen=True):
    manifest_hash: str
    packages: dict[str, _Package]
    vulnerabilities: dict[str, _Known] | None
    package_vulnerabilities: dict[str, list[str]] | None


_SCANNER, _VERSION4 = msgspec.json.Decoder(_Scanner), msgspec.json.Decoder(_Version4)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The image as it was named, and how many ids clair-scanner's own list of approved ones does not hold."""

    image_ref: str
    unapproved: int


def parse_scanner(body: bytes) -> ParsedReport[About]:
    """The report of clair-scanner; raises Malformed."""
    report = decode(body, _SCANNER)
    return ParsedReport(
        scanner="clair",
        format="clair-scanner-json",
        digest=digest_in(report.image),
        digest_place="image",
        scanned_at=None,
        refusal=_refusal(report),
        vulnerabilities=counted([_row(found) for found in report.vulnerabilities]),
        about=About(image_ref=report.image, unapproved=len(report.unapproved)),
    )


def parse_version4(body: bytes) -> ParsedReport[About]:
    """Clair 4's vulnerability report, a row for each package and vulnerability; raises Malformed."""
    report = decode(body, _VERSION4)
    looked = None if report.packages else Malformed("no packages were looked at; index the image again", "packages")
    return ParsedReport(
        scanner="clair",
        format="clair-v4",
        digest=report.manifest_hash if is_digest(report.manifest_hash) else "",
        digest_place="manifest_hash",
        scanned_at=None,
        refusal=looked,
        vulnerabilities=counted([_row4(report, *pair) for pair in _pairs(report)]),
        about=About(image_ref="", unapproved=0),
    )


def _row(found: _Finding) -> Row:
    return Row(found.vulnerability, found.severity, found.featurename, found.featureversion, found.fixedby)


def _refusal(report: _Scanner) -> Malformed | None:
    if not report.vulnerabilities:
        reason = "no finding, and nothing shows that the image's system is one that Clair knows; use another scanner"
        return Malformed(reason, "vulnerabilities")
    missing = set(report.unapproved) - {found.vulnerability for found in report.vulnerabilities}
    if missing:
        reason = f"{len(missing)} unapproved id(s) have no row, such as {min(missing)[:40]}; send the whole report"
        return Malformed(reason, "unapproved")
    return None


def _pairs(report: _Version4) -> list[tuple[str, str]]:
    return [(package, name) for package, names in (report.package_vulnerabilities or {}).items() for name in names]


def _row4(report: _Version4, package_id: str, vulnerability_id: str) -> Row:
    known = (report.vulnerabilities or {}).get(vulnerability_id)
    if known is None:
        where = f"package_vulnerabilities.{package_id[:40]}"
        raise Malformed(f"vulnerability {vulnerability_id[:40]!r} is not described; send the whole report", where)
    package = report.packages.get(package_id, _Package())
    return Row(known.name, known.normalized_severity, package.name, package.version, known.fixed_in_version)
