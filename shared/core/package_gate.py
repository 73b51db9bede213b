"""The gate of packages: what an image is made of, judged under a policy; it blocks only where the policy says so."""

from collections.abc import Iterable

from shared.core.evidence import PackageCheck
from shared.core.policy import PackagePolicy
from shared.core.verdicts import Outcome, Verdict

GATE = "packages"


def packages(policy: PackagePolicy, checks: Iterable[PackageCheck], digest: str) -> Verdict:
    """The verdict on the newest bill of materials of each tool about exactly this image; the worst one counts.

    Without one it is INCONCLUSIVE where the policy blocks, and a pass that says so where it only reports.
    """
    known = [check for check in checks if check.sbom.digest == digest]
    if policy.enforce == "off":
        return Verdict(gate=GATE, outcome=Outcome.PASS, reason="the policy does not ask for packages", about=digest)
    if not known:
        missing = Outcome.INCONCLUSIVE if policy.enforce == "block" else Outcome.PASS
        reason = "no bill of materials of this image has come yet"
        return Verdict(gate=GATE, outcome=missing, reason=reason, about=digest)
    worst = max(known, key=lambda check: (check.denied + check.refused, check.at))
    return _verdict(policy, worst, digest)


def _verdict(policy: PackagePolicy, check: PackageCheck, digest: str) -> Verdict:
    outside = check.denied + check.refused
    names = f" ({'; '.join(check.worst[:3])})" if check.worst else ""
    reason = f"{outside} of the packages that {check.sbom.tool} lists are outside the rules{names}"
    if policy.enforce == "report" and outside:
        reason = f"only reported: {reason}"
    return Verdict(
        gate=GATE,
        outcome=Outcome.FAIL if outside and policy.enforce == "block" else Outcome.PASS,
        reason=reason if outside else f"all {check.sbom.packages} packages are inside the rules",
        about=digest,
        numbers={
            "allowed": check.allowed,
            "excepted": check.excepted,
            "refused": check.refused,
            "denied": check.denied,
            "tool": check.sbom.tool,
        },
    )


def newest(checks: Iterable[PackageCheck], check: PackageCheck) -> tuple[PackageCheck, ...]:
    """The checks with `check` among them: of each tool the newest document, judged last."""
    ordered = sorted((*checks, check), key=lambda each: (each.sbom.made_at, each.at))
    return tuple({(each.sbom.digest, each.sbom.tool): each for each in ordered}.values())
