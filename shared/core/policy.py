"""Thresholds, ladder, deadlines and approvers as frozen data with a digest; a release is bound to the one it met."""

from dataclasses import asdict, dataclass, field

from shared.core.identity import digest_of, package_name
from shared.core.limits import AllowedId, need, need_time
from shared.core.watch_policy import WatchPolicy

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN")
_FLAVORS = "sklearn onnx xgboost lightgbm catboost keras tensorflow pytorch"
LOADER_MODULES = tuple(f"mlflow.{flavor}" for flavor in _FLAVORS.split())
MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRule:
    """Limits of one declared metric; `champion_tolerance` is how much worse than the live version it may be.

    A rule with a `maximum` reads "lower is better", any other "higher is better".
    """

    minimum: float | None = None
    maximum: float | None = None
    champion_tolerance: float | None = None
    required: bool = False

    def __post_init__(self) -> None:
        need(self.minimum is None or self.maximum is None, "a metric has a minimum or a maximum, not both")
        need(self.champion_tolerance is None or self.champion_tolerance >= 0, "champion_tolerance must be 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPolicy:
    """What a model must bring: tags, an artifact format, a sample request and good enough metrics.

    `maximum_artifact_megabytes` is how much of its files is read to judge them, all together; tensors are not read.
    """

    required_tags: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("onnx", "safetensors")
    preferred_formats: tuple[str, ...] = ()
    maximum_artifact_megabytes: int = 512
    loader_modules: tuple[str, ...] = LOADER_MODULES
    code_paths: tuple[str, ...] = ()
    unread_hdf5: bool = False
    metrics: dict[str, MetricRule] = field(default_factory=dict)
    deadline_hours: float = 1.0

    def __post_init__(self) -> None:
        need(bool(self.formats), "formats must name at least one, or no model can pass")
        need(1 <= self.maximum_artifact_megabytes <= 16_384, "maximum_artifact_megabytes must be 1–16384")
        need_time(self.deadline_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinePolicy:
    """What an image may hold, who may say that a finding does not count, and how old scans may be in hours.

    No `allowed_misconfigurations` means no limit; `base_images` are patterns with * of which the base must match one,
    none for any. A failing release is held `hold_for_waiver_hours` for a person with one of `waiver_roles`. A scan of
    a running image is due every `rescan_hours`, 0 for never.
    """

    allowed: dict[str, int] = field(default_factory=lambda: {"CRITICAL": 0})
    fixable_only: bool = False
    allowed_ids: tuple[AllowedId, ...] = ()
    allowed_secrets: int = 0
    allowed_misconfigurations: int | None = None
    vex_authors: tuple[str, ...] = ()
    required_scanners: tuple[str, ...] = ()
    base_images: tuple[str, ...] = ()
    waiver_roles: tuple[str, ...] = ("Gatehouse.Security",)
    maximum_waiver_hours: float = 720.0
    hold_for_waiver_hours: float = 0.0
    maximum_scan_age_hours: float = 168.0
    rescan_hours: float = 0.0
    deadline_hours: float = 24.0

    def __post_init__(self) -> None:
        unknown = set(self.allowed) - set(SEVERITIES)
        need(not unknown, f"unknown severity {', '.join(sorted(unknown))}; known are {', '.join(SEVERITIES)}")
        need(all(count >= 0 for count in self.allowed.values()), "allowed findings must be 0 or more")
        need(self.allowed_secrets >= 0, "allowed_secrets must be 0 or more")
        need((self.allowed_misconfigurations or 0) >= 0, "allowed_misconfigurations must be 0 or more")
        need(self.maximum_waiver_hours > 0, "maximum_waiver_hours must be above 0")
        need(self.hold_for_waiver_hours >= 0, "hold_for_waiver_hours must be 0 or more")
        need(self.rescan_hours >= 0, "rescan_hours must be 0 or more")
        need(self.maximum_scan_age_hours > 0, "maximum_scan_age_hours must be above 0")
        need_time(self.deadline_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePolicy:
    """Which packages a release may hold, who reviews exceptions, and what happens to a release that holds others.

    `sources` is the safe list; `curated` names the packages allowed at once, none for all of the safe sources; `denied`
    holds specifiers by name, "*" for every version. `enforce` is off, report (judged and told) or block.
    """

    enforce: str = "report"
    sources: tuple[str, ...] = ("mcr", "pypi", "conda", "system")
    channels: tuple[str, ...] = ("conda-forge",)
    curated: tuple[str, ...] = ()
    denied: dict[str, str] = field(default_factory=dict)
    pins: bool = True
    vulnerable: bool = False
    private_source: str = ""
    reviewer_roles: tuple[str, ...] = ("Gatehouse.PackageReviewer",)
    maximum_exception_days: float = 90.0

    def __post_init__(self) -> None:
        need(self.enforce in ("off", "report", "block"), "enforce must be off, report or block")
        need(bool(self.sources), "sources must name at least one, or no package can pass")
        odd = [name for name in (*self.curated, *self.denied) if name != package_name(name)]
        need(not odd, f"write {odd and package_name(odd[0])} in place of {odd and odd[0]}, as PyPI compares names")
        need(self.maximum_exception_days > 0, "maximum_exception_days must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPolicy:
    """What a deployment runs on, in staging and in production."""

    instance_type: str = "Standard_DS3_v2"
    instance_count: int = 1
    maximum_smoke_latency_ms: float = 5000.0
    deadline_hours: float = 2.0

    def __post_init__(self) -> None:
        need(1 <= self.instance_count <= 50, "instance_count must be 1–50")
        need(self.maximum_smoke_latency_ms > 0, "maximum_smoke_latency_ms must be above 0")
        need_time(self.deadline_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """Who may say yes and how many must; `start` asks for one yes before validation begins, too."""

    required: int = 1
    roles: tuple[str, ...] = ("Gatehouse.Approver",)
    start: bool = False
    deadline_hours: float = 72.0

    def __post_init__(self) -> None:
        need(self.required >= 0, "required approvals must be 0 or more")
        need(self.required == 0 or bool(self.roles), "roles must name who may approve")
        need_time(self.deadline_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorPolicy:
    """Who may abort, pause, resume and roll back a release; no role means nobody."""

    roles: tuple[str, ...] = ("Gatehouse.Operator",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryPolicy:
    """The ladder of traffic weights in percent and what each step must show before the next.

    A step passes with `minimum_requests` on both sides, an error rate at most `maximum_error_increase` (0–1) above the
    stable one and below `maximum_error_rate` (0–1), and a p95 latency at most `maximum_latency_ratio` of the stable.
    """

    ladder: tuple[int, ...] = (10, 50)
    measure_every_seconds: float = MINUTE
    minimum_requests: int = 200
    maximum_error_rate: float = 0.05
    maximum_error_increase: float = 0.01
    maximum_latency_ratio: float = 1.5
    deadline_hours: float = 24.0

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in zip(self.ladder, self.ladder[1:], strict=False))
        need(bool(self.ladder) and rising, "the ladder must hold rising weights")
        need(
            all(1 <= weight <= 99 for weight in self.ladder), "the ladder's weights must be 1–99; 100 follows by itself"
        )
        need(self.minimum_requests >= 1, "minimum_requests must be 1 or more")
        need(self.measure_every_seconds > 0, "measure_every_seconds must be above 0")
        need(0 <= self.maximum_error_rate <= 1, "maximum_error_rate must be 0–1")
        need(0 <= self.maximum_error_increase <= 1, "maximum_error_increase must be 0–1")
        need(self.maximum_latency_ratio > 0, "maximum_latency_ratio must be above 0")
        need_time(self.deadline_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePolicy:
    """How long the version before stays deployed after a promotion, and whether a failing scan in that time recalls.

    After the soak, or without `recall`, a failing scan of a live release is an alert.
    """

    soak_hours: float = 24.0
    recall: bool = True

    def __post_init__(self) -> None:
        need(self.soak_hours >= 0, "soak_hours must be 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that judges a release of one scenario; raises ValueError where a limit makes no sense."""

    name: str
    scenario: str
    validation: ValidationPolicy = ValidationPolicy()
    quarantine: QuarantinePolicy = field(default_factory=QuarantinePolicy)
    packages: PackagePolicy = field(default_factory=PackagePolicy)
    deployment: DeploymentPolicy = DeploymentPolicy()
    approval: ApprovalPolicy = ApprovalPolicy()
    operators: OperatorPolicy = OperatorPolicy()
    canary: CanaryPolicy = CanaryPolicy()
    live: LivePolicy = LivePolicy()
    watch: WatchPolicy = field(default_factory=WatchPolicy)

    def digest(self) -> str:
        """SHA-256 of the policy's content: what a release is bound to."""
        return digest_of(asdict(self))
