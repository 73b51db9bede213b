"""VEX documents: what somebody states about which vulnerabilities affect an image, in OpenVEX and in CycloneDX."""

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.sniff import sniff
from shared.contracts.vex import cyclonedx, openvex
from shared.contracts.vex.statements import Vex
from shared.core.facts import VexStated
from shared.core.identity import fact_id

LARGEST = 4 * 1024 * 1024

__all__ = ["LARGEST", "Vex", "parse_vex", "to_facts"]


def parse_vex(body: bytes, limit: int = LARGEST) -> Vex:
    """The document in `body` of at most `limit` bytes.

    Raises Malformed for anything else, and for a statement that does not name an image by its manifest digest, that
    has no time, or that says not_affected without a reason.
    """
    strict_json.within(body, limit)
    sniffed = sniff(body)
    if sniffed.kind != "vex":
        raise Malformed(f"this is {sniffed.format}, and no VEX document")
    strict_json.audit(body)
    return openvex.parse(body) if sniffed.format == openvex.FORMAT else cyclonedx.parse(body)


def to_facts(vex: Vex, report_digest: str, image: str = "") -> list[VexStated]:
    """One fact for each image that the document is about; `report_digest` is the SHA-256 of its bytes.

    `image` is the manifest digest that the sender gave, "" for none; raises Malformed when the document is about
    another image.
    """
    if image and set(vex.statements) != {image}:
        raise Malformed(
            f"the document is of {', '.join(vex.statements)}, its sender says {image}; send it alone", "image"
        )
    return [
        VexStated(
            id=fact_id("vex", digest, report_digest),
            at=max(statement.at for statement in statements),
            body=report_digest,
            actor=vex.author,
            digest=digest,
            statements=statements,
            author=vex.author,
            report=report_digest,
        )
        for digest, statements in vex.statements.items()
    ]
