"""Which packages a release may hold: a rule set judges each one as allowed now, in need of an exception, or denied."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.identity import package_name
from shared.core.policy import PackagePolicy

type Holds = Callable[[str, str], bool]
"""Whether a version is inside a specifier such as `>=1.2,<2`; "" as specifier is every version."""

SOURCES = {"mcr": "Microsoft Artifact Registry", "pypi": "PyPI", "conda": "Conda", "system": "the base image's system"}


class Ruling(StrEnum):
    """What the rules say of one package."""

    ALLOWED = "allowed"
    EXCEPTION = "exception"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package as a document names it: `name` normalised where its source has a rule for that.

    `version` is the exact one, "" when the document leaves it open; `specifier` what was written instead. `source` is
    one of SOURCES, another ecosystem's name, "" when the document does not say; `channels` those of Conda that it may
    come from; `location` the address it is taken from, "" for its source's own. `flaw` says why no source can have it,
    `unaudited` why an audit left it out.
    """

    name: str
    version: str = ""
    specifier: str = ""
    source: str = ""
    channels: tuple[str, ...] = ()
    location: str = ""
    vulnerabilities: tuple[str, ...] = ()
    yanked: bool = False
    unaudited: str = ""
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The packages of one document; `unseen` names the parts of it that point elsewhere, where packages may hide."""

    format: str
    packages: tuple[Package, ...]
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A granted exception: `specifier` "" for every version, `source`, `model` and `scenario` "" for any.

    It counts until `until`, in seconds since the epoch.
    """

    id: str
    name: str
    specifier: str = ""
    source: str = ""
    model: str = ""
    scenario: str = ""
    until: float

    def covers(self, model: str, scenario: str, now: float) -> bool:
        """Whether it counts at `now` for a release of `model` in `scenario`."""
        return now < self.until and self.model in ("", model) and self.scenario in ("", scenario)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules say of `package` and why; `how` it can get in, `exception` the id of the one that lets it in."""

    package: Package
    ruling: Ruling
    reasons: tuple[str, ...] = ()
    how: str = ""
    exception: str = ""

    def sentence(self) -> str:
        """The judgement in a line."""
        named = " ".join(part for part in (self.package.name, self.package.version) if part)
        return f"{named}: {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A policy's section with the grants that count at the moment, and how versions are compared."""

    policy: PackagePolicy
    holds: Holds = field(repr=False)
    grants: tuple[Grant, ...] = ()


def judge(rules: Rules, packages: Iterable[Package]) -> tuple[Judgement, ...]:
    """One judgement per package, in their order."""
    return tuple(judged(rules, package) for package in packages)


def judged(rules: Rules, package: Package) -> Judgement:
    """What the rules say of one package: what is denied no exception can lift."""
    if denials := tuple(_denials(rules, package)):
        return Judgement(package=package, ruling=Ruling.DENIED, reasons=denials, how="use another package or version")
    doubts = tuple(_doubts(rules, package))
    if not doubts:
        return Judgement(package=package, ruling=Ruling.ALLOWED)
    grant = next((each for each in rules.grants if _lifts(each, package, rules.holds)), None)
    if grant is None:
        return Judgement(package=package, ruling=Ruling.EXCEPTION, reasons=doubts, how=_way_in(rules, package, doubts))
    return _excepted(rules.policy, package, grant)


def _denials(rules: Rules, package: Package) -> Iterable[str]:
    if package.flaw:
        yield package.flaw
    denied = rules.policy.denied.get(package_name(package.name))
    if denied is None:
        return
    if denied == "*":
        yield "the name is on the policy's list of denied packages"
    elif package.version and rules.holds(denied, package.version):
        yield f"versions {denied} are on the policy's list of denied packages"


def _doubts(rules: Rules, package: Package) -> Iterable[str]:
    """Why the package is not allowed at once; nothing when it is."""
    policy = rules.policy
    yield from _of_its_source(policy, package)
    if policy.curated and package.source != "system" and package_name(package.name) not in policy.curated:
        yield "it is not on the curated list"
    if not package.version and (denied := policy.denied.get(package_name(package.name))):
        yield f"its version is open, and versions {denied} are denied"
    elif policy.pins and not package.version:
        yield UNPINNED
    if package.yanked:
        yield "its publisher has withdrawn (yanked) this version"
    if package.vulnerabilities and not policy.vulnerable:
        yield f"it has known vulnerabilities ({', '.join(package.vulnerabilities[:5])})"
    if package.unaudited:
        yield f"the audit left it out: {package.unaudited}"


UNPINNED = "its version is open"


def _of_its_source(policy: PackagePolicy, package: Package) -> Iterable[str]:
    if package.location:
        if not _private(policy, package):
            yield f"it comes from {package.location[:200]}, which is not on the safe list"
    elif package.source not in policy.sources:
        safe = ", ".join(SOURCES.get(source, source) for source in policy.sources)
        yield f"its source ({package.source or 'not stated'}) is not on the safe list ({safe})"
    elif package.source == "conda" and (others := set(package.channels) - set(policy.channels)):
        safe = ", ".join(policy.channels) or "none"
        yield f"it may come from {', '.join(sorted(others))[:200]}, which is not on the safe list of channels ({safe})"


def _private(policy: PackagePolicy, package: Package) -> bool:
    home = policy.private_source.rstrip("/")
    return bool(home) and (package.location == home or package.location.startswith(f"{home}/"))


def _lifts(grant: Grant, package: Package, holds: Holds) -> bool:
    if package_name(grant.name) != package_name(package.name) or grant.source not in (
        "",
        package.source,
        package.location,
    ):
        return False
    if not package.version:
        return grant.specifier in ("", package.specifier)
    return holds(grant.specifier, package.version)


def _excepted(policy: PackagePolicy, package: Package, grant: Grant) -> Judgement:
    """Allowed by the exception, unless the document says that it comes from elsewhere than the private source."""
    home = policy.private_source
    if home and package.location and not _private(policy, package):
        reason = f"exception {grant.id} is granted, but for the package as {home} holds it"
        how = f"take it from {home}"
        return Judgement(package=package, ruling=Ruling.EXCEPTION, reasons=(reason,), how=how, exception=grant.id)
    how = f"take it from {home}" if home else ""
    reason = f"exception {grant.id} allows it"
    return Judgement(package=package, ruling=Ruling.ALLOWED, reasons=(reason,), how=how, exception=grant.id)


def _way_in(rules: Rules, package: Package, doubts: tuple[str, ...]) -> str:
    if doubts == (UNPINNED,):
        return f"pin it ({package.name}=={'1.2.3'})" if package.source == "pypi" else "name one exact version"
    until = f"of at most {rules.policy.maximum_exception_days:g} days"
    return f"ask for an exception {until} with POST /api/packages/exceptions, or leave it out"
