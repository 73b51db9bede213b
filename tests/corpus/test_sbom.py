"""Every bill of materials of the corpus is read exactly as its expectation says, or refused by its format's name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.malformed import Malformed
from shared.contracts.sbom import parse_sbom
from shared.contracts.sbom.bom import Component, Sbom
from tests.corpus.expectations import matching, needs_corpus, sample

pytestmark = needs_corpus

NOTES = {"trap", "unsupported"}


@matching("sbom/*")
def test_a_bill_of_materials_is_read_exactly_or_called_by_its_name(expectation: Path) -> None:
    body, expected = sample(expectation)
    if expected.get("unsupported"):
        with pytest.raises(Malformed, match=f"^spdxVersion: {expected['spec_version']} is not understood"):
            parse_sbom(body)
        return
    told = parse_sbom(body)
    wanted = {key: value for key, value in expected.items() if key not in NOTES}
    assert {key: FIELDS[key](told) for key in wanted} == wanted


def without_version(sbom: Sbom) -> list[str]:
    return sorted(part.name for part in sbom.components if not part.version)


def of_type(kind: str) -> Callable[[Sbom], int]:
    return lambda sbom: sum(part.purl.startswith(f"pkg:{kind}/") for part in sbom.components)


def row(part: Component) -> dict[str, Any]:
    return {"name": part.name, "version": part.version or None, "purl": part.purl or None}


FIELDS: dict[str, Callable[[Sbom], Any]] = {
    "format": lambda sbom: sbom.format,
    "spec_version": lambda sbom: sbom.spec_version,
    "serial_number": lambda sbom: sbom.serial or None,
    "namespace": lambda sbom: sbom.serial,
    "document_name": lambda sbom: sbom.name,
    "tools": lambda sbom: list(sbom.tools),
    "subject": lambda sbom: sbom.subject or None,
    "subject_version": lambda sbom: sbom.subject_version or None,
    "component_count": lambda sbom: len(sbom.components),
    "package_count": lambda sbom: len(sbom.components),
    "pypi_count": of_type("pypi"),
    "conda_count": of_type("conda"),
    "components_without_version": without_version,
    "packages_without_version": without_version,
    "components_without_purl": lambda sbom: sum(not part.purl for part in sbom.components),
    "packages_without_purl": lambda sbom: sum(not part.purl for part in sbom.components),
    "sample": lambda sbom: [row(part) for part in sbom.components[:3]],
    "vulnerability_count": lambda sbom: len(sbom.vulnerabilities),
    "vulnerability_ids": lambda sbom: sorted(sbom.vulnerabilities)[:8],
    "file_count": lambda sbom: sbom.files,
}
