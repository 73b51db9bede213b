"""What every bill of materials says, whatever its format."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.malformed import Malformed
from shared.contracts.sbom.purl import parse_purl

LIMIT = 50 * 1024 * 1024
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NO_PACKAGES = frozenset(
    {"operating-system", "file", "application", "container", "platform", "device", "data", "source"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part; `version` and `purl` are "" when not said, `kind` is CycloneDX's own word, "" in SPDX."""

    name: str
    version: str
    purl: str
    kind: str = ""
    vulnerabilities: tuple[str, ...] = ()
    yanked: bool = False

    @property
    def is_package(self) -> bool:
        """Whether it is something that a source of packages hands out, and not a file, a system or a container."""
        return bool(self.purl) or self.kind not in _NO_PACKAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Sbom:
    """A bill of materials: `format` is cyclonedx or spdx; `serial` the serial number or the document's namespace.

    `name` is the document's (SPDX), `subject` what it is about with its version (CycloneDX), "" when not said. `image`
    is the manifest digest of the container image that it describes, "" for anything else; `made_at` is in seconds since
    the epoch, 0 when not said; `files` counts single files.
    """

    format: str
    spec_version: str
    serial: str
    name: str = ""
    subject: str = ""
    subject_version: str = ""
    tools: tuple[str, ...] = ()
    components: tuple[Component, ...]
    vulnerabilities: tuple[str, ...] = ()
    files: int = 0
    image: str = ""
    made_at: float = 0.0


def seconds(text: str | None) -> float:
    """ISO 8601 with an offset as seconds since the epoch; 0 for anything else, because the time is only a hint."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return 0.0
    return moment.timestamp() if moment.tzinfo else 0.0


def image_digest(claims: Iterable[str]) -> str:
    """The one sha256 digest in texts such as `sha256:…`, `repository@sha256:…` and purls of images; "" for none.

    Raises Malformed when they name more than one image.
    """
    found = {match for claim in claims if (match := _digest_in(claim))}
    if len(found) > 1:
        raise Malformed("the document names more than one image; make one for each", "subject")
    return found.pop() if found else ""


def _digest_in(claim: str) -> str:
    purl = parse_purl(claim)
    text = purl.version if purl and purl.type in ("oci", "docker") else claim
    match = _DIGEST.search(text) if purl is None or purl.type in ("oci", "docker") else None
    return match[0] if match else ""
