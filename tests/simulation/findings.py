"""What the world knows of images: reports, statements, waivers and bills of materials, and what they allow."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.core.policy import Policy

HARMFUL, ALLOWED, OUTDATED = "CVE-2026-1000", "CVE-2026-2000", "CVE-2026-3000"
STATED, RUMOURED = "CVE-2026-4000", "CVE-2026-5000"
VENDOR, STRANGER = "Vendor", "Mallory"
CURATED, EXCEPTED, DENIED = "numpy", "leftpad", "zmq"
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Scanned:
    """One report that was sent: when it was made, by whom, and its critical findings."""

    at: float
    critical: int
    body: bytes
    scanner: str = "trivy"
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver of everything that was granted, or may have been; `entitled` says that the person has the role."""

    digest: str
    person: str
    entitled: bool
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of materials that was sent: the packages in it."""

    at: float
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excepted:
    """An exception for EXCEPTED that was granted, or may have been: who asked, who reviewed, until when."""

    asked: str
    reviewed: str
    until: float


@dataclass(slots=True)
class Findings:
    """Everything that was said of images, by digest where it is about one; `stated` are digests and authors of VEX."""

    policy: Policy
    scans: dict[str, list[Scanned]] = field(default_factory=dict)
    stated: set[tuple[str, str]] = field(default_factory=set)
    waived: list[Waived] = field(default_factory=list)
    bills: dict[str, list[Bill]] = field(default_factory=dict)
    exceptions: list[Excepted] = field(default_factory=list)
    documents: list[bytes] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def barred(self, digest: str, submitter: str, now: float, spare: float) -> str:
        """Why the image may not pass at `now`, give or take `spare` seconds; "" when it may."""
        scans = self.scans.get(digest, [])
        missing = set(self.policy.quarantine.required_scanners) - {scan.scanner for scan in scans}
        if missing or not scans:
            return f"no report of {', '.join(missing) or 'any scanner'} has come"
        for scanner in self.policy.quarantine.required_scanners or {scan.scanner for scan in scans}:
            own = [scan for scan in scans if scan.scanner == scanner]
            if all(self.counting(scan, digest, submitter, now - spare, now + spare) for scan in own):
                return f"every report of {scanner} holds findings that count"
        return self._unlisted(digest, spare)

    def counting(self, scan: Scanned, digest: str, submitter: str, since: float, until: float) -> tuple[str, ...]:
        """The findings of the report that nothing dismisses between the two times."""
        waivers = (each for each in self.waived if each.digest == digest and self._counts(each, submitter))
        if any(each.at <= until and since < each.until for each in waivers):
            return ()
        harmless = {ALLOWED} | ({STATED} if (digest, VENDOR) in self.stated else set())
        known = {each.id for each in self.policy.quarantine.allowed_ids}
        return tuple(each for each in scan.ids if each not in harmless or (each == ALLOWED and ALLOWED not in known))

    def _counts(self, waiver: Waived, submitter: str) -> bool:
        longest = self.policy.quarantine.maximum_waiver_hours * HOUR
        return waiver.entitled and waiver.person != submitter and waiver.until - waiver.at <= longest

    def _unlisted(self, digest: str, spare: float) -> str:
        """Why its packages may not pass: each of a bill must be curated, or excepted when that was judged."""
        if self.policy.packages.enforce != "block" or self._listed(self.bills.get(digest, []), spare):
            return ""
        return "no bill of materials is inside the rules"

    def _listed(self, bills: Iterable[Bill], spare: float) -> bool:
        return any(
            all(
                package == CURATED or (package == EXCEPTED and self._excepted(bill.at - spare))
                for package in bill.packages
            )
            for bill in bills
        )

    def _excepted(self, since: float) -> bool:
        return any(each.asked != each.reviewed and each.until > since for each in self.exceptions)
