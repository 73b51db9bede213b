"""The fields of a Trivy report (schema 2) that are read; msgspec skips all others without keeping them."""

import msgspec

from shared.contracts.shapes import Instant


class Vulnerability(msgspec.Struct, frozen=True, rename="pascal", gc=False):
    """One row about a package with a known weakness."""

    vulnerability_id: str = msgspec.field(name="VulnerabilityID")
    pkg_name: str = ""
    installed_version: str = ""
    fixed_version: str = ""
    severity: str = ""
    status: str = ""


class Misconfiguration(msgspec.Struct, frozen=True):
    """One check of a configuration file; `status` is PASS, FAIL or EXCEPTION."""

    id: str = msgspec.field(name="ID", default="")
    severity: str = msgspec.field(name="Severity", default="")
    status: str = msgspec.field(name="Status", default="FAIL")


class Secret(msgspec.Struct, frozen=True):
    """One place that holds what looks like a credential."""

    id: str = msgspec.field(name="RuleID", default="")
    severity: str = msgspec.field(name="Severity", default="")


class Skipped(msgspec.Struct, frozen=True):
    """A row of which only the number counts."""


class Result(msgspec.Struct, frozen=True, rename="pascal"):
    """What was found in one target: the packages of the system or of a language, a file, a configuration."""

    class_: str = msgspec.field(name="Class", default="")
    vulnerabilities: list[Vulnerability] | None = None
    misconfigurations: list[Misconfiguration] | None = None
    secrets: list[Secret] | None = None
    licenses: list[Skipped] | None = None
    suppressed: list[Skipped] | None = msgspec.field(name="ExperimentalModifiedFindings", default=None)


class System(msgspec.Struct, omit_defaults=True):
    """The operating system of an image."""

    family: str = msgspec.field(name="Family", default="")
    name: str = msgspec.field(name="Name", default="")
    end_of_life: bool = msgspec.field(name="EOSL", default=False)


class Metadata(msgspec.Struct, frozen=True):
    """What Trivy says about the image; `image_id` is the digest of its configuration."""

    os: System | None = msgspec.field(name="OS", default=None)
    image_id: str = msgspec.field(name="ImageID", default="")
    repo_tags: list[str] | None = msgspec.field(name="RepoTags", default=None)
    repo_digests: list[str] | None = msgspec.field(name="RepoDigests", default=None)


class Report(msgspec.Struct, frozen=True, rename="pascal"):
    """The outermost object."""

    schema_version: int | None = None
    artifact_name: str = ""
    artifact_type: str = ""
    created_at: Instant | None = None
    report_id: str = msgspec.field(name="ReportID", default="")
    metadata: Metadata | None = None
    results: list[Result] | None = None
