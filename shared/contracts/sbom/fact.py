"""A bill of materials of one image becomes a fact about that image."""

import re

from shared.contracts.malformed import Malformed
from shared.contracts.sbom.bom import Sbom
from shared.contracts.sbom.listing import listing_of
from shared.core.evidence import SbomReport
from shared.core.facts import SbomReported
from shared.core.identity import fact_id

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
UNKNOWN_TOOL = "an unnamed tool"


def to_fact(sbom: Sbom, report_digest: str, now: float, image: str = "") -> SbomReported:
    """The bill of materials as a fact; `report_digest` is the SHA-256 of its bytes, `image` what the sender says.

    A document that does not say when it was made, or that was made after `now`, counts as made now. Raises Malformed
    for one that names no package, no image (and nor does the sender), or another image than the sender.
    """
    digest = _digest(sbom, image)
    packages = len(listing_of(sbom).packages)
    if not packages:
        raise Malformed("the document names no package, so it clears nothing; list the packages of the image")
    report = SbomReport(
        digest=digest,
        tool=(sbom.tools[0] if sbom.tools else UNKNOWN_TOOL)[:60],
        format=f"{sbom.format} {sbom.spec_version.removeprefix('SPDX-')}",
        packages=packages,
        made_at=min(sbom.made_at or now, now),
        report=report_digest,
    )
    return SbomReported(
        id=fact_id("sbom", digest, report_digest),
        at=report.made_at,
        body=report_digest,
        actor=report.tool,
        digest=digest,
        sbom=report,
    )


def _digest(sbom: Sbom, image: str) -> str:
    said = image.rpartition("@")[2]
    if said and not _DIGEST.fullmatch(said):
        raise Malformed(f"the property 'image' is {image[:100]!r}, not repository@sha256:… with 64 hex digits", "image")
    if said and sbom.image and said != sbom.image:
        raise Malformed(f"the sender says {said}, but the document describes {sbom.image}; send one of them", "image")
    if not (said or sbom.image):
        reason = "the document names no manifest digest of an image; make it of the pushed image by digest"
        raise Malformed(f"{reason}, or name that in the message's property 'image'", "subject")
    return said or sbom.image
