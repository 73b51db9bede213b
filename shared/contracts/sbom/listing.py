"""The packages of a bill of materials, as the rules about packages judge them."""

from shared.contracts.packages.versions import channel_of, foreign
from shared.contracts.sbom.bom import Component, Sbom
from shared.contracts.sbom.purl import Purl, parse_purl
from shared.core.identity import package_name
from shared.core.packages import Listing, Package

_OF_A_SYSTEM = frozenset({"deb", "rpm", "apk", "alpm", "qpkg"})
_OF_IMAGES = frozenset({"oci", "docker"})
_OWN = {"pypi": ("https://pypi.org", "https://files.pythonhosted.org"), "conda": ("https://conda.anaconda.org",)}


def listing_of(sbom: Sbom) -> Listing:
    """Every package once; what is a file, a system or the image itself is none."""
    packages = (_package(component) for component in sbom.components if component.is_package)
    return Listing(format=sbom.format, packages=tuple(dict.fromkeys(packages)))


def _package(component: Component) -> Package:
    purl = parse_purl(component.purl)
    if purl is None:
        flaw = f"{component.purl[:80]!r} is no package URL" if component.purl else ""
        return Package(name=component.name, version=component.version, flaw=flaw or _nameless(component.name))
    own_name = package_name(purl.name) if purl.type == "pypi" else purl.name
    name = f"{purl.namespace}/{own_name}" if purl.namespace and purl.type not in _OF_A_SYSTEM else own_name
    return Package(
        name=name,
        version=purl.version or component.version,
        source=_source(purl),
        channels=tuple(filter(None, [channel_of(purl.qualifiers.get("channel", ""))])),
        location=_location(purl),
        vulnerabilities=() if purl.type in _OF_A_SYSTEM else component.vulnerabilities,
        yanked=component.yanked,
        flaw=_nameless(own_name) or foreign(own_name, purl.type),
    )


def _nameless(name: str) -> str:
    return "" if name.strip() else "it has no name"


def _source(purl: Purl) -> str:
    if purl.type in _OF_A_SYSTEM:
        return "system"
    if purl.type in _OF_IMAGES:
        home = purl.qualifiers.get("repository_url", "").removeprefix("https://")
        return "mcr" if home.split("/", 1)[0] == "mcr.microsoft.com" else purl.type
    return purl.type


def _location(purl: Purl) -> str:
    """Where it is said to come from, "" for its source's own place."""
    stated = purl.qualifiers.get("repository_url") or purl.qualifiers.get("vcs_url") or ""
    if purl.type in _OF_IMAGES or stated.startswith(_OWN.get(purl.type, ())):
        return ""
    return stated
