"""Every document about an image that comes by the scan queue, told apart and made into facts."""

import hashlib
from collections.abc import Sequence

from shared.contracts import sbom, scans, strict_json, vex
from shared.contracts.sbom.fact import to_fact as sbom_fact
from shared.contracts.sniff import sniff
from shared.core.facts import ImageFact


def facts_of(body: bytes, image: str, received_at: float) -> Sequence[ImageFact]:
    """What a scanner's report, a VEX document or a bill of materials says, as facts.

    `image` is the sender's word for the image, repository@sha256:… or sha256:…, "" for none; `received_at` (seconds
    since the epoch) is when it came, and stands for a time that the document does not say. Raises Malformed.
    """
    strict_json.within(body, scans.LARGEST)
    digest, named = hashlib.sha256(body).hexdigest(), image.rpartition("@")[2]
    match "sbom" if sbom.sbom_format(body) == "cyclonedx-xml" else sniff(body).kind:
        case "scan":
            return [scans.to_fact(scans.parse_scan_report(body), digest, named, received_at)]
        case "vex":
            return vex.to_facts(vex.parse_vex(body), digest, named)
        case "sbom":
            return [sbom_fact(sbom.parse_sbom(body), digest, received_at, named)]
