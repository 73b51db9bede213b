"""The gate of images: scans, and what dismisses their findings, judged under a policy."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from shared.core.evidence import Dismissals, Finding, Scan, Stated, Waiver
from shared.core.policy import HOUR, SEVERITIES, QuarantinePolicy
from shared.core.verdicts import Number, Outcome, Verdict, worst

HARMLESS = frozenset({"not_affected", "fixed"})
NOTHING_DISMISSED = Dismissals()
ANYWHERE = ""

type Dismissed = tuple[str, str]  # a vulnerability's id, and the package it does not count in, or ANYWHERE


def scans(
    policy: QuarantinePolicy,
    found: Iterable[Scan],
    digest: str,
    now: float,
    *,
    dismissals: Dismissals = NOTHING_DISMISSED,
    submitters: Collection[str] = (),
) -> Verdict:
    """The worst verdict among the scans of exactly this image; INCONCLUSIVE while a scan that must be there is not.

    Findings that the policy allows, that believed VEX authors call harmless or that a valid waiver names do not count;
    a waiver of one of `submitters` does not either.
    """
    known = [scan for scan in found if scan.digest == digest]
    waivers = [waiver for waiver in dismissals.waivers if valid(policy, waiver, now, submitters)]
    ids = dismissed(policy, dismissals, waivers, now)
    everything = next((waiver for waiver in waivers if not waiver.ids), None)
    verdicts = [_scanned(policy, scan, now, ids, everything) for scan in known]
    verdicts += _missing(policy, known, digest)
    decisive = worst(verdicts)
    return next(verdict for verdict in verdicts if verdict.outcome is decisive)


def with_scan(known: Collection[Scan], scan: Scan) -> tuple[Scan, ...]:
    """The newest report of each scanner, `scan` among them; of two of one moment the one that found worse counts."""
    others = tuple(each for each in known if each.scanner != scan.scanner)
    same = (each for each in known if each.scanner == scan.scanner)
    return (*others, max((*same, scan), key=_newness))


def _newness(scan: Scan) -> tuple[float, ...]:
    return (scan.scanned_at, *(scan.counts.get(severity, 0) for severity in SEVERITIES), scan.secrets)


def valid(policy: QuarantinePolicy, waiver: Waiver, now: float, submitters: Collection[str]) -> bool:
    """Whether it counts under this policy at `now`: in time, short enough, of one who may and did not submit."""
    in_time = waiver.at <= now < waiver.until
    short = waiver.until - waiver.at <= policy.maximum_waiver_hours * HOUR
    entitled = bool(set(waiver.roles) & set(policy.waiver_roles))
    return in_time and short and entitled and not {waiver.person, waiver.name} & set(submitters)


def dismissed(
    policy: QuarantinePolicy, dismissals: Dismissals, waivers: Iterable[Waiver], now: float
) -> frozenset[Dismissed]:
    """The vulnerabilities that do not count, whatever a scan says of them."""
    allowed = {(each.id, ANYWHERE) for each in policy.allowed_ids if each.counts_at(now)}
    waived = {(name, ANYWHERE) for waiver in waivers for name in waiver.ids}
    return frozenset(allowed | waived | _harmless(policy, dismissals.stated))


def _harmless(policy: QuarantinePolicy, stated: Iterable[Stated]) -> set[Dismissed]:
    """What every believed author who spoke of it calls harmless: one who disagrees is enough to let it count."""
    believed = [each.statement for each in stated if each.author in policy.vex_authors]
    doubted = {statement.id for statement in believed if statement.status not in HARMLESS}
    return {
        (statement.id, package)
        for statement in believed
        if statement.id not in doubted
        for package in statement.packages or (ANYWHERE,)
    }


def _missing(policy: QuarantinePolicy, known: Collection[Scan], digest: str) -> list[Verdict]:
    reported = {scan.scanner for scan in known}
    missing = [name for name in policy.required_scanners if name not in reported]
    if not known:
        reason = "no scan of this image has come yet"
    elif missing:
        reason = f"{', '.join(missing)} must report on this image, too"
    elif policy.base_images and not any(scan.base for scan in known):
        reason = "no scan says which base image this image was built on"
    else:
        return []
    return [Verdict(gate="scan", outcome=Outcome.INCONCLUSIVE, reason=reason, about=digest)]


def _scanned(
    policy: QuarantinePolicy, scan: Scan, now: float, ids: frozenset[Dismissed], everything: Waiver | None
) -> Verdict:
    counting = _without(scan, ids)
    over = _over(policy, counting)
    age = (now - scan.scanned_at) / HOUR
    numbers: dict[str, Number] = {
        **(counting.fixable if policy.fixable_only else counting.counts),
        "secrets": scan.secrets,
        "age_hours": round(age, 2),
        "scanner": scan.scanner,
    }
    if over and everything is None:
        names = ", ".join(f"{finding.id} in {finding.package}" for finding in counting.worst_findings[:3])
        reason = f"{scan.scanner} found {' and '.join(over)}" + (f" ({names})" if names else "")
        outcome = Outcome.FAIL
    elif not age <= policy.maximum_scan_age_hours:
        reason = f"the scan is {age:.0f} hours old, more than the {policy.maximum_scan_age_hours:g} allowed; scan again"
        outcome = Outcome.INCONCLUSIVE
    else:
        reason, outcome = _passed(scan, counting, over, everything), Outcome.PASS
    return Verdict(gate="scan", outcome=outcome, reason=reason, about=scan.digest, numbers=numbers)


def _passed(scan: Scan, counting: Scan, over: list[str], everything: Waiver | None) -> str:
    if over and everything:
        return f"{scan.scanner} found {' and '.join(over)}, waived by {everything.name}: {everything.reason}"
    without = len(scan.worst_findings) - len(counting.worst_findings)
    return f"{scan.scanner} found nothing above the limits" + f"; {without} finding(s) do not count" * bool(without)


def _without(scan: Scan, ids: frozenset[Dismissed]) -> Scan:
    """The scan without the rows of the findings it names that do not count; what it does not name always counts."""
    counts, fixable = dict(scan.counts), dict(scan.fixable)
    for finding in scan.worst_findings:
        if _among(ids, finding):
            counts[finding.severity] = max(0, counts.get(finding.severity, 0) - finding.rows)
            if finding.fixed_in:
                fixable[finding.severity] = max(0, fixable.get(finding.severity, 0) - finding.rows)
    kept = tuple(finding for finding in scan.worst_findings if not _among(ids, finding))
    return replace(scan, counts=counts, fixable=fixable, worst_findings=kept) if ids else scan


def _among(ids: frozenset[Dismissed], finding: Finding) -> bool:
    return (finding.id, ANYWHERE) in ids or (finding.id, finding.package) in ids


def _over(policy: QuarantinePolicy, scan: Scan) -> list[str]:
    """What the scan found above the limits, each as a part of a sentence."""
    counts = scan.fixable if policy.fixable_only else scan.counts
    over = [
        f"{counts.get(severity, 0)} {severity.lower()} finding(s) where {limit} are allowed"
        for severity, limit in policy.allowed.items()
        if not counts.get(severity, 0) <= limit
    ]
    if not scan.secrets <= policy.allowed_secrets:
        over.append(f"{scan.secrets} secret(s) where {policy.allowed_secrets} are allowed")
    limit = policy.allowed_misconfigurations
    if limit is not None and not scan.misconfigurations <= limit:
        over.append(f"{scan.misconfigurations} misconfiguration(s) where {limit} are allowed")
    if policy.base_images and scan.base and not any(fnmatchcase(scan.base, each) for each in policy.base_images):
        over.append(f"the base image {scan.base[:200]}, which is not one of {', '.join(policy.base_images)}")
    return over
