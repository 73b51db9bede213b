"""CycloneDX 1.2–1.7 in JSON and in XML, read through one shape."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.sbom.bom import LIMIT, Component, Sbom, image_digest, seconds
from shared.contracts.shapes import decode, each
from shared.contracts.strict_json import within

FORMAT = "cyclonedx"
VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
_REPO_DIGEST = "aquasecurity:trivy:RepoDigest"


class Property(msgspec.Struct):
    """A tool's own remark."""

    name: str = ""
    value: str = ""


class Part(msgspec.Struct):
    """A component, a tool, or what the document is about; components may hold others."""

    name: str = ""
    version: str | None = None
    purl: str | None = None
    type: str = ""
    bom_ref: str = msgspec.field(name="bom-ref", default="")
    properties: list[Property] | None = None
    components: list["Part"] | None = None


class Tools(msgspec.Struct):
    """The tools since version 1.5."""

    components: list[Part] | None = None
    services: list[Part] | None = None


class Metadata(msgspec.Struct):
    """Who made the document, of what and when."""

    timestamp: str | None = None
    tools: Tools | list[Part] | None = None
    component: Part | None = None


class Affected(msgspec.Struct):
    """A reference to a component."""

    ref: str = ""


class Weakness(msgspec.Struct):
    """A vulnerability and what it is in."""

    id: str = ""
    affects: list[Affected] | None = None


class Bom(msgspec.Struct, rename="camel"):
    """The outermost object; its components, most of the document, are left to be read one by one."""

    bom_format: str
    spec_version: str
    serial_number: str | None = None
    metadata: Metadata | None = None
    components: list[msgspec.Raw] | None = None
    vulnerabilities: list[Weakness] | None = None


_DECODER, _PART = msgspec.json.Decoder(Bom), msgspec.json.Decoder(Part)


def parse_cyclonedx(body: bytes, limit: int = LIMIT) -> Sbom:
    """The bill of materials in JSON of at most `limit` bytes; raises Malformed for other formats and versions."""
    within(body, limit)
    bom = decode(body, _DECODER)
    return sbom_of(bom, each(bom.components or (), _PART, "components"))


def sbom_of(bom: Bom, parts: Iterable[Part]) -> Sbom:
    """What the document with these `parts` says; raises Malformed."""
    if bom.bom_format != "CycloneDX":
        raise Malformed(f"bomFormat is {bom.bom_format[:40]!r}, not CycloneDX; send a CycloneDX document", "bomFormat")
    if bom.spec_version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise Malformed(f"CycloneDX {bom.spec_version[:20]!r} is not understood, only {known}", "specVersion")
    metadata = bom.metadata or Metadata()
    subject = metadata.component or Part()
    weaknesses = bom.vulnerabilities or []
    return Sbom(
        format=FORMAT,
        spec_version=bom.spec_version,
        serial=bom.serial_number or "",
        subject=subject.name,
        subject_version=subject.version or "",
        tools=tuple(tool.name for tool in _tools(metadata)),
        components=tuple(_components(parts, weaknesses)),
        vulnerabilities=tuple(weakness.id for weakness in weaknesses),
        image=_image(subject),
        made_at=seconds(metadata.timestamp),
    )


def _tools(metadata: Metadata) -> list[Part]:
    if isinstance(metadata.tools, Tools):
        return [*(metadata.tools.components or ()), *(metadata.tools.services or ())]
    return metadata.tools or []


def _image(subject: Part) -> str:
    if subject.type != "container":
        return ""
    remarks = [remark.value for remark in subject.properties or () if remark.name == _REPO_DIGEST]
    return image_digest([subject.version or "", subject.purl or "", *remarks])


def _components(parts: Iterable[Part], weaknesses: list[Weakness]) -> Iterator[Component]:
    weak: dict[str, list[str]] = defaultdict(list)
    for weakness in weaknesses:
        for affected in weakness.affects or ():
            weak[affected.ref].append(weakness.id)
    for part in _flat(parts):
        yield Component(
            name=part.name,
            version=part.version or "",
            purl=part.purl or "",
            kind=part.type,
            vulnerabilities=tuple(weak[part.bom_ref]) if part.bom_ref in weak else (),
            yanked=any(_yanked(remark) for remark in part.properties or ()),
        )


def _flat(parts: Iterable[Part]) -> Iterator[Part]:
    for outermost in parts:
        waiting = [outermost]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(part.components or [])


def _yanked(remark: Property) -> bool:
    return remark.name.lower().endswith(":yanked") and remark.value.lower() not in ("", "false", "0", "no")
