"""What comes by the queue of scans: reports of every scanner, VEX documents and bills of materials."""

from collections.abc import Callable
from typing import Any

from shared.contracts import image_documents, sbom, scans, vex
from tests.contracts import test_sbom as boms
from tests.contracts import test_vex as statements
from tests.contracts.samples import DIGEST
from tests.contracts.scans import reports
from tests.fuzz.parser import Parser, parser, told
from tests.fuzz.seeds import encoded
from tests.fuzz.texts_fuzzed import BOM

_CORPUS = {
    "trivy": ("scans/trivy-image-*.json", "scans/trivy-fs-*", "scans/trivy-repo-*", "scans/trivy-k8s-*"),
    "operator": ("scans/trivy-operator-*",),
    "grype": ("scans/grype-*.json",),
    "snyk": ("scans/snyk-*",),
    "defender": ("scans/defender-*",),
    "harbor": ("scans/harbor-*",),
    "clair": ("scans/clair-*",),
    "anchore": ("scans/anchore-*",),
    "sarif": ("scans/*.sarif",),
}


def _document(body: bytes) -> None:
    """By the queue's own door, with and without the sender's word for the image beside it."""
    image = f"acr.example/churn@{DIGEST}" if len(body) % 2 else ""
    told(image_documents.facts_of(body, image, 1_900_000_000.0))


def _scan(name: str, make: Callable[[], Any]) -> Parser:
    return parser(f"scans/{name}", "json", 10, _document, lambda: encoded(make()), *_CORPUS.get(name, ()))


def _reported() -> list[bytes]:
    return encoded(*(make() for make, _ in reports.EVERY.values()))


def _stated() -> list[bytes]:
    return encoded(statements.openvex(), statements.cyclonedx(), statements.cyclonedx(statements.row("exploitable")))


def _described() -> list[bytes]:
    about = {"component": {"type": "container", "name": "churn", "version": DIGEST}, "timestamp": statements.TIME}
    return [boms.cyclonedx(metadata=about), boms.spdx({"name": "a", "versionInfo": "1", "SPDXID": "SPDXRef-a"})]


DOCUMENTS: tuple[Parser, ...] = (
    *(_scan(name, make) for name, (make, _) in reports.EVERY.items()),
    parser("scans/any", "json", 10, scans.parse_scan_report, _reported),
    parser("vex", "json", 20, _document, _stated),
    parser("vex/alone", "json", 10, vex.parse_vex, _stated),
    parser("sbom/json", "json", 20, _document, _described, "sbom/*.json"),
    parser("sbom/alone", "json", 10, sbom.parse_sbom, _described, "sbom/*.json"),
    parser("sbom/xml", "xml", 10, _document, lambda: [BOM]),
)
