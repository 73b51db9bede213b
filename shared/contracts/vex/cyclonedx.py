"""CycloneDX documents whose vulnerabilities carry an analysis."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.shapes import Instant, Name, decode
from shared.contracts.vex.statements import Stated, Vex, gathered, image_of, packages_of
from shared.core.evidence import VexStatement

FORMAT = "cyclonedx-vex"
_STATUSES = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}


class _Organisation(msgspec.Struct, frozen=True):
    name: str = ""


class _Component(msgspec.Struct, frozen=True):
    purl: str = ""
    name: str = ""
    version: str = ""
    bom_ref: str = msgspec.field(name="bom-ref", default="")


class _Metadata(msgspec.Struct, frozen=True):
    timestamp: Instant | None = None
    component: _Component | None = None
    supplier: _Organisation | None = None
    manufacturer: _Organisation | None = None
    manufacture: _Organisation | None = None
    authors: list[_Organisation] | None = None


class _Analysis(msgspec.Struct, frozen=True, rename="camel"):
    state: Literal["resolved", "resolved_with_pedigree", "exploitable", "in_triage", "false_positive", "not_affected"]
    justification: str = ""
    detail: str = ""
    first_issued: Instant | None = None
    last_updated: Instant | None = None


class _Affected(msgspec.Struct, frozen=True):
    ref: str


class _Vulnerability(msgspec.Struct, frozen=True):
    id: Name
    analysis: _Analysis | None = None
    affects: list[_Affected] | None = None


class _Document(msgspec.Struct, frozen=True):
    vulnerabilities: list[_Vulnerability]
    components: list[_Component] | None = None
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_DECODER = msgspec.json.Decoder(_Document)


def parse(body: bytes) -> Vex:
    """The document in `body`; raises Malformed."""
    document = decode(body, _DECODER)
    return gathered(
        FORMAT,
        _author(document.metadata),
        (
            stated
            for index, row in enumerate(document.vulnerabilities)
            if row.analysis
            for stated in _stated(document, row, row.analysis, f"vulnerabilities[{index}]")
        ),
    )


def _author(metadata: _Metadata) -> str:
    writers = (*(metadata.authors or ()), metadata.supplier, metadata.manufacturer, metadata.manufacture)
    name = next((writer.name for writer in writers if writer and writer.name), "")
    if not name:
        raise Malformed("nobody is named as the author; add metadata.authors or metadata.supplier", "metadata")
    return name[:200]


def _stated(document: _Document, row: _Vulnerability, analysis: _Analysis, where: str) -> Iterator[Stated]:
    moment = analysis.last_updated or analysis.first_issued or document.metadata.timestamp
    if moment is None:
        raise Malformed("neither the analysis nor the document has a time; add metadata.timestamp", where)
    status, justification = _STATUSES[analysis.state], analysis.justification or analysis.detail
    if status == "not_affected" and not justification and analysis.state != "false_positive":
        raise Malformed("not_affected needs a justification or a detail; say why", f"{where}.analysis")
    for digest, packages in _subjects(document, row, where).items():
        yield Stated(
            digest,
            VexStatement(
                id=row.id,
                status=status,
                justification=(justification or analysis.state)[:500],
                at=moment.timestamp(),
                packages=packages,
            ),
        )


def _subjects(document: _Document, row: _Vulnerability, where: str) -> dict[str, tuple[str, ...]]:
    """The images that the vulnerability's refs name, else the packages that they name in the document's own image."""
    refs = [entry.ref for entry in row.affects or ()]
    images = {image_of(ref) for ref in refs}
    if refs and "" not in images:
        return dict.fromkeys(images, ())
    subject = document.metadata.component or _Component()
    own = {image_of(name) for name in (subject.purl, subject.bom_ref, subject.version, subject.name)} - {""}
    if len(own) != 1:
        reason = "no image digest: name it in metadata.component.purl or in affects as pkg:oci/…@sha256:…"
        raise Malformed(reason, where)
    if any(image_of(ref) or ref == subject.bom_ref for ref in refs):
        return {own.pop(): ()}
    parts = {part.bom_ref: part.purl or part.name for part in document.components or ()}
    return {own.pop(): packages_of(parts.get(ref, ref) for ref in refs)}
