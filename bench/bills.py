"""Bills of materials, as long as wanted and of packages that differ, for measuring how they are read."""

from collections.abc import Callable
from typing import Any

from bench.reports import DIGEST

LAYER = "sha256:" + "8c" * 32


def cyclonedx(rows: int) -> dict[str, Any]:
    """A CycloneDX document of Trivy about an image with so many packages."""
    parts = [_component(number) for number in range(rows)]
    remark = {"name": "aquasecurity:trivy:RepoDigest", "value": f"acr.example/churn@{DIGEST}"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "timestamp": "2026-03-01T08:00:00Z",
            "tools": {"components": [{"type": "application", "name": "trivy"}]},
            "component": {"type": "container", "name": "churn", "properties": [remark]},
        },
        "components": parts,
        "dependencies": [{"ref": part["bom-ref"], "dependsOn": [parts[0]["bom-ref"]]} for part in parts],
    }


def spdx(rows: int) -> dict[str, Any]:
    """An SPDX document about an image with so many packages."""
    image = {"name": "churn", "SPDXID": "SPDXRef-Image", "primaryPackagePurpose": "CONTAINER", "versionInfo": DIGEST}
    parts = [_package(number) for number in range(rows)]
    return {
        "spdxVersion": "SPDX-2.3",
        "name": "churn",
        "creationInfo": {"creators": ["Tool: trivy-0.60"], "created": "2026-03-01T08:00:00Z"},
        "packages": [image, *parts],
        "relationships": [
            _relation("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"]),
            *(_relation(image["SPDXID"], "CONTAINS", part["SPDXID"]) for part in parts),
        ],
    }


BILLS: dict[str, Callable[[int], dict[str, Any]]] = {"cyclonedx": cyclonedx, "spdx": spdx}


def _component(number: int) -> dict[str, Any]:
    name, version = f"package-{number}", f"2.0.{number % 90}-1"
    purl = f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12.5"
    remarks = {
        "LayerDiffID": LAYER,
        "LayerDigest": LAYER,
        "PkgID": f"{name}@{version}",
        "PkgType": "debian",
        "SrcName": name,
        "SrcVersion": version,
    }
    return {
        "bom-ref": purl,
        "type": "library",
        "supplier": {"name": "The maintainers <maintainers@example.org>"},
        "name": name,
        "version": version,
        "licenses": [{"license": {"name": "GPL-3.0-or-later"}}],
        "purl": purl,
        "properties": [{"name": f"aquasecurity:trivy:{name}", "value": value} for name, value in remarks.items()],
    }


def _package(number: int) -> dict[str, Any]:
    name, version = f"package-{number}", f"1.{number % 90}.0"
    names = {
        "cpe23Type": f"cpe:2.3:a:python-{name}:{name}:{version}:*:*:*:*:*:*:*",
        "purl": f"pkg:pypi/{name}@{version}",
    }
    return {
        "name": name,
        "SPDXID": f"SPDXRef-Package-{number:016x}",
        "versionInfo": version,
        "supplier": "Organization: The maintainers (maintainers@example.org)",
        "downloadLocation": f"https://example.org/packages/{name}",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "MIT",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceType": kind, "referenceLocator": text} for kind, text in names.items()],
    }


def _relation(element: str, kind: str, related: str) -> dict[str, str]:
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}
