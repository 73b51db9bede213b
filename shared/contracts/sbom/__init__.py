"""Bills of materials: what an image or a project is made of, in the formats of CycloneDX and SPDX."""

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.sbom.bom import LIMIT, Sbom
from shared.contracts.sbom.cyclonedx import parse_cyclonedx
from shared.contracts.sbom.cyclonedx_xml import parse_cyclonedx_xml
from shared.contracts.sbom.spdx import parse_spdx
from shared.contracts.shapes import decode
from shared.contracts.strict_json import audit, within


class _Outline(msgspec.Struct):
    cyclonedx: msgspec.Raw = msgspec.field(name="bomFormat", default=msgspec.Raw())
    spdx: msgspec.Raw = msgspec.field(name="spdxVersion", default=msgspec.Raw())
    context: msgspec.Raw = msgspec.field(name="@context", default=msgspec.Raw())


_OUTLINE = msgspec.json.Decoder(_Outline)


def sbom_format(body: bytes) -> str:
    """cyclonedx, cyclonedx-xml or spdx by the look of `body`, "" for anything else; never raises."""
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        return "cyclonedx-xml" if b"cyclonedx.org/schema/bom" in start else ""
    try:
        outline = decode(body, _OUTLINE)
    except Malformed:
        return ""
    if bytes(outline.cyclonedx):
        return "cyclonedx"
    return "spdx" if bytes(outline.spdx) or b"spdx.org" in bytes(outline.context) else ""


def parse_sbom(body: bytes, limit: int = LIMIT) -> Sbom:
    """The bill of materials in `body` of at most `limit` bytes, its format recognised by its content.

    Raises Malformed for everything else, naming what was seen as far as it is known, and for a key that is there twice
    in JSON of up to strict_json.AUDITED bytes.
    """
    within(body, limit)
    match sbom_format(body):
        case "cyclonedx":
            audit(body)
            return parse_cyclonedx(body, limit)
        case "cyclonedx-xml":
            return parse_cyclonedx_xml(body)
        case "spdx":
            audit(body)
            return parse_spdx(body, limit)
    raise Malformed("this is no bill of materials; send CycloneDX 1.2–1.7 (JSON, XML) or SPDX 2.2–2.3 (JSON)")
