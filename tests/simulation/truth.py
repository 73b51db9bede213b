"""What the simulated world knows to be true, without asking Gatehouse: the fate of each version and who said what."""

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from random import Random

from shared.core.identity import deployment_name, release_key
from shared.core.limits import AllowedId
from shared.core.policy import (
    ApprovalPolicy,
    CanaryPolicy,
    DeploymentPolicy,
    LivePolicy,
    MetricRule,
    PackagePolicy,
    Policy,
    QuarantinePolicy,
    ValidationPolicy,
)
from tests.simulated.registry import digest_named
from tests.simulated.story import MODEL
from tests.simulation.findings import ALLOWED, CURATED, DENIED, OUTDATED, VENDOR, Findings

LEAST_ACCURACY = 0.7
_digest, _deployment, _key = cache(digest_named), cache(deployment_name), cache(release_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a version is like; `errors` (0–1) and `slow` show only in production, `smoke` is what staging answers."""

    version: str
    image: str
    pickle: bool = False
    accuracy: float = 0.9
    smoke: int = 200
    unmade: bool = False
    errors: float = 0.0
    slow: bool = False
    submitter: str = "Carl"

    @property
    def digest(self) -> str:
        """The digest of its image."""
        return _digest(self.image)

    @property
    def deployment(self) -> str:
        """The name of its deployment."""
        return _deployment(MODEL, self.version)

    @property
    def key(self) -> str:
        """Where its release is kept."""
        return _key(MODEL, self.version)

    @property
    def valid(self) -> bool:
        """Whether validation must let it pass."""
        return not self.pickle and self.accuracy >= LEAST_ACCURACY

    @property
    def good_in_production(self) -> bool:
        """Whether the canary must let it pass."""
        return not self.errors and not self.slow

    @property
    def good(self) -> bool:
        """Whether nothing about it is wrong; the scans and the people are another matter."""
        return self.valid and self.smoke == 200 and not self.unmade and self.good_in_production


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of a person that Gatehouse took, or may have taken; `sure` when it said so, with the `fact`'s id."""

    version: str
    person: str
    digest: str
    yes: bool
    sure: bool
    fact: str = ""


@dataclass(slots=True)
class Truth:
    """Everything that happened outside of Gatehouse in one schedule."""

    policy: Policy
    fates: dict[str, Fate] = field(default_factory=dict)
    findings: Findings = field(init=False)
    said: list[Said] = field(default_factory=list)
    announced: dict[str, list[bytes]] = field(default_factory=dict)
    poison: list[bytes] = field(default_factory=list)
    strays: list[tuple[str, bytes]] = field(default_factory=list)
    served: Counter[str] = field(default_factory=Counter)
    secrets: list[str] = field(default_factory=list)
    operated: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.findings = Findings(self.policy)

    def of_deployment(self, name: str) -> Fate | None:
        """The version whose deployment this is."""
        return next((fate for fate in self.fates.values() if fate.deployment == name), None)

    def clean_scan(self, fate: Fate) -> bool:
        """Whether any report of its image holds nothing that counts, or did so for some time."""
        known, scans = self.findings, self.findings.scans.get(fate.digest, [])
        return any(not known.counting(scan, fate.digest, fate.submitter, -math.inf, math.inf) for scan in scans)

    def refused_scan(self, fate: Fate) -> bool:
        """Whether any report of its image was above the limits."""
        return any(scan.critical for scan in self.findings.scans.get(fate.digest, []))

    def approvers(self, fate: Fate) -> set[str]:
        """Everybody who may have said yes to exactly this image, but the one who submitted it."""
        return {
            said.person
            for said in self.said
            if said.version == fate.version and said.yes and said.digest == fate.digest
        } - {fate.submitter}

    def refused_by_people(self, fate: Fate) -> bool:
        """Whether somebody may have said no."""
        return any(said.version == fate.version and not said.yes for said in self.said)


def policy_of(random: Random) -> Policy:
    """A policy with short deadlines, few requests and a ladder of the seed's own."""
    ladder = random.choice([(10, 50), (30,), (20, 60)])
    quarantine, packages = _image_rules(random)
    return Policy(
        name="simulated",
        scenario="classical",
        validation=ValidationPolicy(
            metrics={"accuracy": MetricRule(minimum=LEAST_ACCURACY, required=True)}, deadline_hours=1.0
        ),
        quarantine=quarantine,
        packages=packages,
        deployment=DeploymentPolicy(deadline_hours=2.0),
        approval=ApprovalPolicy(required=random.choice([0, 1, 1, 2]), deadline_hours=2.0),
        canary=CanaryPolicy(ladder=ladder, minimum_requests=5, deadline_hours=3.0, measure_every_seconds=60.0),
        live=LivePolicy(soak_hours=random.choice([0.2, 0.5, 1.0])),
    )


def _image_rules(random: Random) -> tuple[QuarantinePolicy, PackagePolicy]:
    """In one of three schedules more than one report decides: waivers, VEX, allowed ids, a second scanner, packages."""
    if random.random() > 0.33:
        return QuarantinePolicy(deadline_hours=2.0), PackagePolicy()
    quarantine = QuarantinePolicy(
        deadline_hours=2.0,
        allowed_ids=tuple(
            AllowedId(id=each, until=day, reason="simulated")
            for each, day in ((ALLOWED, "2027-02-01"), (OUTDATED, "2027-01-10"))
        ),
        vex_authors=(VENDOR,),
        required_scanners=random.choice([("trivy",), ("trivy", "grype")]),
        hold_for_waiver_hours=random.choice([0.0, 1.5]),
        maximum_waiver_hours=1.0,
    )
    blocking = PackagePolicy(enforce="block", curated=(CURATED,), denied={DENIED: "*"})
    return quarantine, random.choice([PackagePolicy(), PackagePolicy(), blocking])


def fates_of(random: Random) -> list[Fate]:
    """One to three versions, most of them good."""
    fates: list[Fate] = []
    for number in range(random.choice([1, 2, 2, 3])):
        image = fates[-1].image if fates and random.random() < 0.15 else f"churn-{number + 1}"
        fates.append(_fate(random, str(number + 1), image))
    return fates


def _fate(random: Random, version: str, image: str) -> Fate:
    match random.choices(["good", "pickle", "weak", "smoke", "unmade", "errors", "slow"], [70, 4, 3, 4, 3, 11, 5])[0]:
        case "pickle":
            return Fate(version=version, image=image, pickle=True)
        case "weak":
            return Fate(version=version, image=image, accuracy=0.4)
        case "smoke":
            return Fate(version=version, image=image, smoke=500)
        case "unmade":
            return Fate(version=version, image=image, unmade=True)
        case "errors":
            return Fate(version=version, image=image, errors=random.choice([0.6, 1.0]))
        case "slow":
            return Fate(version=version, image=image, slow=True)
    return Fate(version=version, image=image)
