"""SPDX 2.2 and 2.3 in JSON; version 3 is another format and is refused by name."""

from collections.abc import Collection, Iterable

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.sbom.bom import LIMIT, Component, Sbom, image_digest, seconds
from shared.contracts.shapes import decode, each
from shared.contracts.strict_json import within

FORMAT = "spdx"
VERSIONS = ("SPDX-2.2", "SPDX-2.3")
_UNSAID = ("NOASSERTION", "NONE")


class Reference(msgspec.Struct, rename="camel"):
    """What a package is called elsewhere."""

    reference_type: str = ""
    reference_locator: str = ""


class Part(msgspec.Struct, rename="camel"):
    """One package."""

    name: str = ""
    version_info: str | None = None
    primary_package_purpose: str = ""
    spdx_id: str = msgspec.field(name="SPDXID", default="")
    external_refs: list[Reference] | None = None


class Skipped(msgspec.Struct):
    """Something of which only the number counts."""


class Creation(msgspec.Struct):
    """Who made the document, and when."""

    creators: list[str] | None = None
    created: str | None = None


class Relation(msgspec.Struct, rename="camel"):
    """How two elements stand to each other."""

    relationship_type: str = ""
    related_spdx_element: str = ""


class Document(msgspec.Struct, rename="camel"):
    """The outermost object, whose packages and relationships are read one by one; the graph is that of version 3."""

    spdx_version: str = ""
    name: str = ""
    document_namespace: str = ""
    creation_info: Creation | None = None
    packages: list[msgspec.Raw] | None = None
    files: list[Skipped] | None = None
    relationships: list[msgspec.Raw] | None = None
    document_describes: list[str] | None = None
    context: msgspec.Raw = msgspec.field(name="@context", default=msgspec.Raw())
    graph: msgspec.Raw = msgspec.field(name="@graph", default=msgspec.Raw())


_DECODER, _PART = msgspec.json.Decoder(Document), msgspec.json.Decoder(Part)
_RELATION = msgspec.json.Decoder(Relation)


def parse_spdx(body: bytes, limit: int = LIMIT) -> Sbom:
    """The bill of materials in JSON of at most `limit` bytes; raises Malformed for other formats and versions."""
    within(body, limit)
    document = decode(body, _DECODER)
    _refuse_others(document)
    if not document.packages:
        raise Malformed("the document names no package; list packages, not files alone", "packages")
    creation = document.creation_info or Creation()
    components, described = _parted(document.packages, _described(document))
    return Sbom(
        format=FORMAT,
        spec_version=document.spdx_version,
        serial=document.document_namespace,
        name=document.name,
        tools=tuple(by.removeprefix("Tool:").strip() for by in creation.creators or () if by.startswith("Tool:")),
        components=tuple(components),
        files=len(document.files or ()),
        image=_image(described),
        made_at=seconds(creation.created),
    )


def _refuse_others(document: Document) -> None:
    if bytes(document.graph) or document.spdx_version.startswith("SPDX-3"):
        seen = document.spdx_version[:20] or "SPDX 3 (an @graph)"
        raise Malformed(f"{seen} is not understood, only {' and '.join(VERSIONS)}; export it as one", "spdxVersion")
    if document.spdx_version not in VERSIONS:
        seen = repr(document.spdx_version[:20]) if document.spdx_version else "missing"
        raise Malformed(f"spdxVersion is {seen}; understood are {' and '.join(VERSIONS)}", "spdxVersion")


def _parted(packages: Iterable[msgspec.Raw], roots: Collection[str]) -> tuple[list[Component], list[Part]]:
    """Every package as a component, and those that the whole document is about; raises Malformed."""
    components, described = list[Component](), list[Part]()
    for part in each(packages, _PART, "packages"):
        of_all = part.spdx_id in roots
        components.append(_component(part, of_all=of_all))
        if of_all:
            described.append(part)
    return components, described


def _component(part: Part, *, of_all: bool) -> Component:
    version = part.version_info or ""
    return Component(
        name=part.name,
        version="" if version in _UNSAID else version,
        purl=_purl(part),
        kind="application" if of_all else part.primary_package_purpose.lower(),
    )


def _purl(part: Part) -> str:
    refs = part.external_refs or ()
    return next((ref.reference_locator for ref in refs if ref.reference_type == "purl"), "")


def _described(document: Document) -> set[str]:
    relations = each(document.relationships or (), _RELATION, "relationships")
    described = {relation.related_spdx_element for relation in relations if relation.relationship_type == "DESCRIBES"}
    return described | set(document.document_describes or ())


def _image(described: Iterable[Part]) -> str:
    """The digest of the container that the document describes, "" when it describes something else."""
    images = [part for part in described if _is_image(part)]
    return image_digest([text for part in images for text in (part.version_info or "", _purl(part))])


def _is_image(part: Part) -> bool:
    return part.primary_package_purpose == "CONTAINER" or _purl(part).startswith(("pkg:oci/", "pkg:docker/"))
