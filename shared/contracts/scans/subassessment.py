"""The fields of Defender's sub-assessments that are read, in the shapes of both its scanners."""

import re
from typing import Any

import msgspec

from shared.contracts.shapes import Instant

_REGISTRY = re.compile(r"/registries/([^/]+)", re.IGNORECASE)
_ASSESSMENT = re.compile(r"/assessments/([^/]+)", re.IGNORECASE)


class Status(msgspec.Struct, frozen=True):
    """Whether a finding counts: only Unhealthy does."""

    code: str
    cause: str = ""
    severity: str = ""


class _Titled(msgspec.Struct, frozen=True):
    title: str = ""


class _Details(msgspec.Struct, frozen=True, rename="camel"):
    cve_id: str = ""
    severity: str = ""


class Artifact(msgspec.Struct, frozen=True, rename="camel"):
    """The image of a finding."""

    repository_name: str = ""
    registry_host: str = ""
    digest: str = ""
    tags: list[str] | None = None

    def reference(self) -> str:
        """host/repository:tag, as far as these are known."""
        name = f"{self.registry_host}/{self.repository_name}".strip("/")
        return f"{name}:{self.tags[0]}" if self.tags else name


class Software(msgspec.Struct, frozen=True, rename="camel"):
    """The package of a finding; a fix is there when its version is, whatever else is said."""

    package_name: str = ""
    version: str = ""
    fixed_version: str = ""


class AdditionalData(msgspec.Struct, frozen=True, rename="camel"):
    """What depends on the scanner: the older one writes flat keys, the present one three objects."""

    assessed_resource_type: str = ""
    vulnerability_details: _Details | None = None
    artifact_details: Artifact | None = None
    software_details: Software | None = None
    image_digest: str = ""
    repository_name: str = ""
    patchable: bool = False
    cve: list[_Titled] | None = None

    def artifact(self) -> Artifact:
        """The image, by either scanner."""
        return self.artifact_details or Artifact(repository_name=self.repository_name, digest=self.image_digest)

    def software(self) -> Software:
        """The package; the older scanner names none."""
        return self.software_details or Software()

    def severity(self) -> str:
        """The present scanner's own word."""
        return self.vulnerability_details.severity if self.vulnerability_details else ""

    def cves(self) -> tuple[str, ...]:
        """The ids of the vulnerability."""
        if self.vulnerability_details and self.vulnerability_details.cve_id:
            return (self.vulnerability_details.cve_id,)
        return tuple(entry.title for entry in self.cve or () if entry.title)


class Properties(msgspec.Struct, frozen=True, rename="camel"):
    """The finding itself."""

    status: Status
    id: str = ""
    time_generated: Instant | None = None
    additional_data: AdditionalData = msgspec.field(default_factory=AdditionalData)


class SubAssessment(msgspec.Struct, frozen=True, rename="camel"):
    """One finding of one resource."""

    properties: Properties
    id: str = ""
    name: str = ""
    assessment_key: str = ""

    def of_assessment(self) -> str:
        """The assessment's key in the resource's id."""
        match = _ASSESSMENT.search(self.id)
        return match[1] if match else ""

    def registry(self) -> str:
        """The registry's name in the resource's id."""
        match = _REGISTRY.search(self.id)
        return match[1] if match else ""


class SubAssessments(msgspec.Struct, frozen=True, rename="camel"):
    """A list of REST (`value`) or of Resource Graph (`data`), or one finding that came alone."""

    value: list[SubAssessment] | None = None
    data: list[SubAssessment] | None = None
    next_link: str | None = None
    skip_token: str | None = msgspec.field(name="$skipToken", default=None)
    properties: Properties | None = None
    id: str = ""
    name: str = ""
    assessment_key: str = ""

    def rows(self) -> list[SubAssessment]:
        """The findings."""
        if self.properties is None:
            return self.value or self.data or []
        return [SubAssessment(self.properties, self.id, self.name, self.assessment_key)]


class Enrichment(msgspec.Struct, frozen=True, rename="camel"):
    """What happened to the finding of an exported event."""

    action: str = ""
    is_snapshot: bool | None = None


class Exported(SubAssessment, frozen=True, rename="camel"):
    """A sub-assessment as continuous export writes it."""

    sub_assessment_event_data_enrichment: Enrichment | None = None
    security_event_data_enrichment: Enrichment | None = None


def camel(value: Any) -> Any:
    """The value with every key of every object beginning in lower case, as REST writes them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: camel(inner) for key, inner in value.items()}
    return [camel(inner) for inner in value] if isinstance(value, list) else value
