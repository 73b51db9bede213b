"""Reports of image scanners in every format that Gatehouse knows, told apart by what is inside."""

from collections.abc import Callable
from typing import Any

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.scans import (
    anchore,
    clair,
    defender,
    gitlab,
    grype,
    harbor,
    sarif,
    snyk,
    trivy,
    trivy_cluster,
)
from shared.contracts.scans.fact import to_fact
from shared.contracts.scans.parsed import ParsedReport
from shared.contracts.sniff import sniff

LARGEST = 50 * 1024 * 1024

PARSERS: dict[str, Callable[[bytes], ParsedReport[Any]]] = {
    "trivy-json": trivy.parse,
    "trivy-k8s-json": trivy_cluster.parse_cluster,
    "trivy-operator": trivy_cluster.parse_container,
    "grype-json": grype.parse,
    "sarif": sarif.parse,
    "defender": defender.parse,
    "defender-export": defender.parse_export,
    "snyk": snyk.parse,
    "clair-scanner": clair.parse_scanner,
    "clair-v4": clair.parse_version4,
    "anchore-engine": anchore.parse,
    "harbor": harbor.parse,
    "gitlab": gitlab.parse,
}

__all__ = ["LARGEST", "ParsedReport", "parse_scan_report", "to_fact"]


def parse_scan_report(body: bytes, limit: int = LARGEST) -> ParsedReport[Any]:
    """The report in `body` of at most `limit` bytes, of which only what is counted is kept.

    Raises Malformed for a larger one, for anything that is no report of a known format, naming what it is, for
    reports that contradict themselves about which image they are of, and for keys that are there twice: anywhere in a
    report of up to strict_json.AUDITED bytes, among the outermost keys of a larger one.
    """
    strict_json.within(body, limit)
    sniffed = sniff(body)
    if sniffed.kind != "scan":
        raise Malformed(f"this is {sniffed.format}, and not a scanner's report")
    strict_json.audit(body)
    return PARSERS[sniffed.format](body)
