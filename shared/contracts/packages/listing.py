"""Any document that names packages, recognised by its content, as the rules about packages judge it."""

import re
from collections.abc import Iterator
from typing import Any

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.packages import conda, pip_audit, requirements
from shared.contracts.packages.conda import CondaPackage, Environment
from shared.contracts.packages.pip_audit import Audit
from shared.contracts.packages.requirements import Requirement, Requirements
from shared.contracts.packages.versions import channel_of, foreign
from shared.contracts.sbom import parse_sbom, sbom_format
from shared.contracts.sbom.listing import listing_of
from shared.contracts.strict_json import within
from shared.core.identity import package_name
from shared.core.packages import Listing, Package

LIMIT = 10 * 1024 * 1024
MOST = 50_000
_INDEXES = frozenset({"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--pypi-url"})
_ELSEWHERE = frozenset({"-r", "--requirement", "-e", "--editable"})
_PYPI = re.compile(r"https://(?:pypi\.org|pypi\.python\.org|files\.pythonhosted\.org)(?:/.*)?")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_ENVIRONMENT = re.compile(rb"^dependencies\s*:", re.MULTILINE)
_DEFAULTS = ("defaults",)


def parse_listing(body: bytes, content_type: str = "", limit: int = LIMIT) -> Listing:
    """The packages in requirements of pip, an environment of Conda, a report of pip-audit or a bill of materials.

    `content_type` decides only between YAML and text. Raises Malformed for anything else, for a body of more than
    `limit` bytes, for more than 50,000 packages, and for a document that names none.
    """
    within(body, limit)
    listing = _recognised(body, content_type)
    if not listing.packages and not listing.unseen:
        raise Malformed("the document names no package; there is nothing to judge")
    if len(listing.packages) > MOST:
        raise Malformed(f"the document names more than {MOST:,} packages; split it")
    return listing


def _recognised(body: bytes, content_type: str) -> Listing:
    start = body[:64].lstrip()[:1]
    if start == b"<" or sbom_format(body):
        return listing_of(parse_sbom(body))
    if start in (b"{", b"["):
        return of_audit(pip_audit.audit_of(_json(body)))
    if "yaml" in content_type or _ENVIRONMENT.search(body):
        return of_environment(conda.parse_environment(body))
    return of_requirements(requirements.parse_requirements(body))


def _json(body: bytes) -> Any:
    value = strict_json.loads(body, limit=LIMIT)
    if not pip_audit.is_audit(value):
        keys = ", ".join(list(value)[:8])[:200] if isinstance(value, dict) else "an array"
        known = "CycloneDX, SPDX and reports of pip-audit"
        raise Malformed(f"this JSON ({keys or 'an empty object'}) names no packages; understood are {known}")
    return value


def of_audit(audit: Audit) -> Listing:
    """Every dependency with what the audit knows of it."""
    packages = (
        Package(
            name=package_name(each.name),
            version=each.version,
            source="pypi",
            vulnerabilities=tuple(row.id for row in each.vulnerabilities),
            unaudited=each.skipped,
            flaw=foreign(each.name, "pypi"),
        )
        for each in audit.dependencies
    )
    return Listing(format=pip_audit.FORMAT, packages=tuple(dict.fromkeys(packages)))


def of_environment(environment: Environment) -> Listing:
    """The packages of Conda, and those of the section for pip."""
    channels = tuple(channel_of(name) for name in environment.channels if name != "nodefaults") or _DEFAULTS
    packages = [_of_conda(each, channels) for each in environment.conda]
    broken = [_broken(text, "Conda") for text in environment.invalid]
    pip = of_requirements(environment.pip) if environment.pip else Listing(format="", packages=())
    listed = dict.fromkeys((*packages, *broken, *pip.packages))
    return Listing(format=conda.FORMAT, packages=tuple(listed), unseen=pip.unseen)


def _of_conda(package: CondaPackage, channels: tuple[str, ...]) -> Package:
    return Package(
        name=package.name.lower(),
        version=package.exact,
        specifier=f"{package.operator}{package.version}",
        source="conda",
        channels=(channel_of(package.channel),) if package.channel else channels,
    )


def of_requirements(found: Requirements) -> Listing:
    """Every line as a package; `unseen` are files and folders that the lines point to."""
    index = next((value for name, value in found.options if name in _INDEXES and not _PYPI.fullmatch(value)), "")
    packages = [
        *(_required(each, index) for each in found.requirements),
        *(Package(name=name, specifier=f"=={text}", source="pypi", location=index) for name, text in found.templates),
        *(_addressed(text) for text in (*found.vcs, *found.urls)),
        *(_broken(text, "pip") for text in found.invalid),
    ]
    return Listing(
        format=requirements.FORMAT,
        packages=tuple(dict.fromkeys(packages)),
        unseen=tuple(_unseen(found)),
    )


def _unseen(found: Requirements) -> Iterator[str]:
    return (f"{name} {value}"[:300] for name, value in found.options if name in _ELSEWHERE)


def _required(each: Requirement, index: str) -> Package:
    return Package(
        name=each.name,
        version=each.version,
        specifier=",".join(each.specifiers),
        source="" if each.url else "pypi",
        location=each.url or index,
    )


def _addressed(text: str) -> Package:
    egg = _EGG.search(text)
    return Package(name=package_name(egg[1]) if egg else text[:300], location=text[:1000])


def _broken(text: str, tool: str) -> Package:
    return Package(name=text[:100], flaw=foreign(text[:100], "pypi") or f"{tool} does not understand this line")
