"""A parsed report as the fact that an image was scanned, or the reason why it cannot open the gate."""

from typing import Any

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import ParsedReport, is_digest
from shared.core.evidence import Scan
from shared.core.facts import ImageScanned
from shared.core.identity import fact_id


def to_fact(
    parsed: ParsedReport[Any], report_digest: str, image: str = "", received_at: float | None = None
) -> ImageScanned:
    """The scan of one image as a fact; `report_digest` is the SHA-256 (64 hex characters) of the report's bytes.

    `image` is the manifest digest that the sender gave beside the report, for formats that do not name it;
    `received_at` (seconds since the epoch) stands for the time of the scan where the report does not say it. Raises
    Malformed for reports that cannot open the gate: of something else than an image, without the digest by which the
    registry knows it or with another one than `image`, without a time, or in which no package was looked at.
    """
    if parsed.refusal is not None:
        raise parsed.refusal
    digest = _digest(parsed, image)
    scanned_at = received_at if parsed.scanned_at is None else parsed.scanned_at
    if scanned_at is None:
        reason = "the report does not say when it was made; update the scanner and scan again"
        raise Malformed(reason, parsed.time_place)
    return ImageScanned(
        id=fact_id(parsed.scanner, digest, parsed.report_id or report_digest),
        at=scanned_at,
        body=report_digest,
        actor=parsed.scanner,
        digest=digest,
        scan=_scan(parsed, digest, scanned_at, report_digest),
    )


def _scan(parsed: ParsedReport[Any], digest: str, scanned_at: float, report_digest: str) -> Scan:
    return Scan(
        digest=digest,
        scanner=parsed.scanner,
        scanned_at=scanned_at,
        counts=parsed.vulnerabilities.by_severity,
        fixable=parsed.vulnerabilities.fixable,
        secrets=parsed.secrets.rows,
        misconfigurations=parsed.misconfigurations.rows,
        worst_findings=parsed.vulnerabilities.worst,
        report=report_digest,
        base=parsed.base,
    )


def _digest(parsed: ParsedReport[Any], image: str) -> str:
    if image and not is_digest(image):
        raise Malformed(f"{image[:80]!r} is not sha256:… with 64 hex digits; name the image by its digest", "image")
    if not parsed.digest and not image:
        reason = (
            "the report names no manifest digest; scan the pushed image by digest (registry/repository@sha256:…), "
            "or send the digest as the message's property 'image'"
        )
        raise Malformed(reason, parsed.digest_place)
    if parsed.digest and image and parsed.digest != image:
        raise Malformed(f"the report is of {parsed.digest}, its sender says {image}; send the right one", "image")
    return parsed.digest or image
