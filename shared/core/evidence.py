"""What gates read; each piece names the exact thing it is about."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFile:
    """One file of a model: its path inside the model, its size in bytes and the format seen in its first bytes.

    `refusal` says why its content may not be loaded, "" when nothing speaks against it.
    """

    path: str
    size: int
    format: str
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What the registry and the storage say about one model version.

    `metrics` are the declared numbers by name; `champion_metrics` those of the version that is live, empty when none
    is; `endpoint_model` the model that rolls out on the endpoint, "" when none ever did; `unreadable_metrics` holds
    declared values that are no finite number. `artifact` is a SHA-256 over the paths, sizes and checksums of
    `files`, "" when the model has no files.
    """

    tags: dict[str, str]
    metrics: dict[str, float]
    unreadable_metrics: dict[str, str] = field(default_factory=dict)
    files: tuple[ArtifactFile, ...]
    artifact: str
    environment: str
    endpoint: str
    endpoint_model: str = ""
    sample: str
    submitted_by: tuple[str, ...]
    champion_version: str = ""
    champion_metrics: dict[str, float] = field(default_factory=dict)
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One vulnerability in one package; `fixed_in` is "" when there is no fix, `rows` says how often it was found."""

    id: str
    severity: str
    package: str
    installed: str
    fixed_in: str
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scanner's report about one image digest.

    `counts` and `fixable` hold rows by severity (CRITICAL HIGH MEDIUM LOW UNKNOWN), suppressed findings left out;
    `worst_findings` at most 50 by id and package, most severe first; `report` is the SHA-256 of the report's bytes;
    `base` is the image that this one was built on, "" when the scanner does not say.
    """

    digest: str
    scanner: str
    scanned_at: float
    counts: dict[str, int]
    fixable: dict[str, int]
    secrets: int
    misconfigurations: int
    worst_findings: tuple[Finding, ...]
    report: str
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStatement:
    """What an author of VEX says of one vulnerability, `at` seconds since the epoch.

    `status` is not_affected, affected, fixed or under_investigation; `justification` is "" where none is given;
    `packages` are the names of the only packages that it is about, none for the whole image.
    """

    id: str
    status: str
    justification: str = ""
    at: float = 0.0
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A VEX statement and its author."""

    author: str
    statement: VexStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A person's word that findings of an image do not count between `at` and `until` (seconds since the epoch).

    `ids` are the vulnerabilities, none for everything that a scan found; `roles` those that the person had.
    """

    id: str
    ids: tuple[str, ...]
    reason: str
    person: str
    tenant: str
    name: str
    roles: tuple[str, ...]
    at: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissals:
    """Everything that says that findings of an image do not count; the higher `revision` is the newer, 0 knows none."""

    stated: tuple[Stated, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomReport:
    """One tool's bill of materials of one image digest: how many `packages` it names, and when it was made.

    `made_at` is in seconds since the epoch; `report` is the SHA-256 of the document's bytes.
    """

    digest: str
    tool: str
    format: str
    packages: int
    made_at: float
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageCheck:
    """What a policy's rules said of the packages in one bill of materials.

    `allowed` packages are in at once, `excepted` ones by an exception that counted `at` that time; `refused` ones need
    one, and `denied` ones can not get in; `worst` tells of at most 20 of these two, denied first.
    """

    sbom: SbomReport
    allowed: int
    excepted: int
    refused: int
    denied: int
    worst: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """A container image by digest, the only way images are named once they are known."""

    registry: str
    repository: str
    digest: str

    def pinned(self) -> str:
        """The reference to deploy: registry/repository@sha256:…"""
        return f"{self.registry}/{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's yes for one image digest; people are their directory object id and tenant, not their e-mail."""

    person: str
    tenant: str
    name: str
    digest: str
    at: float
