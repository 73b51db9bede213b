"""CycloneDX in XML: the same document in other brackets."""

import re

from shared.contracts import strict_xml
from shared.contracts.malformed import Malformed
from shared.contracts.sbom import cyclonedx
from shared.contracts.sbom.bom import Sbom
from shared.contracts.sbom.cyclonedx import Affected, Bom, Metadata, Part, Property, Tools, Weakness
from shared.contracts.strict_xml import Element

LIMIT = 10 * 1024 * 1024
_NAMESPACE = re.compile(r"http://cyclonedx\.org/schema/bom/(\d+\.\d+)")


def parse_cyclonedx_xml(body: bytes, limit: int = LIMIT) -> Sbom:
    """The bill of materials in XML of at most `limit` bytes; raises Malformed for other documents and versions."""
    root = strict_xml.loads(body, limit=limit)
    namespace = _NAMESPACE.fullmatch(root.namespace)
    if root.name != "bom" or namespace is None:
        seen = f"<{root.name[:40]}> of {root.namespace[:80] or 'no namespace'}"
        raise Malformed(f"the document is {seen}; understood is <bom> of CycloneDX", "line 1")
    weaknesses = root.first("vulnerabilities")
    return cyclonedx.sbom_of(
        Bom(
            bom_format="CycloneDX",
            spec_version=namespace[1],
            serial_number=root.attributes.get("serialNumber"),
            metadata=_metadata(root.first("metadata")),
            vulnerabilities=[_weakness(each) for each in weaknesses.every("vulnerability")] if weaknesses else None,
        ),
        _parts(root.first("components")),
    )


def _metadata(element: Element | None) -> Metadata | None:
    if element is None:
        return None
    about, tools = element.first("component"), element.first("tools")
    return Metadata(
        timestamp=element.said("timestamp"),
        tools=_tools(tools) if tools else None,
        component=_part(about) if about else None,
    )


def _tools(element: Element) -> Tools:
    old = [_part(tool) for tool in element.every("tool")]
    return Tools(components=[*old, *_parts(element.first("components"))], services=_parts(element.first("services")))


def _parts(element: Element | None) -> list[Part]:
    return [_part(child) for child in element.children] if element else []


def _part(element: Element) -> Part:
    remarks = element.first("properties")
    return Part(
        name=element.said("name"),
        version=element.said("version") or None,
        purl=element.said("purl") or None,
        type=element.attributes.get("type", ""),
        bom_ref=element.attributes.get("bom-ref", ""),
        properties=[_remark(each) for each in remarks.every("property")] if remarks else None,
        components=_parts(element.first("components")),
    )


def _remark(element: Element) -> Property:
    return Property(name=element.attributes.get("name", ""), value=element.text.strip())


def _weakness(element: Element) -> Weakness:
    affects = element.first("affects")
    targets = affects.every("target") if affects else []
    return Weakness(id=element.said("id"), affects=[Affected(ref=target.said("ref")) for target in targets])
