"""Every document of the corpus that names packages is read exactly as its expectation says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.contracts.packages.conda import Environment, parse_environment
from shared.contracts.packages.pip_audit import Audit, parse_audit
from shared.contracts.packages.requirements import Requirement, Requirements, parse_requirements
from tests.corpus.expectations import matching, needs_corpus, sample

pytestmark = needs_corpus


@matching("packages/*.txt", "packages/*.in")
def test_requirements_are_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    assert_told({"format": "requirements-txt", **told_of(parse_requirements(body))}, expected)


@matching("packages/*.yaml", "packages/*.yml")
def test_an_environment_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    assert_told(environment(parse_environment(body)), expected)


@matching("packages/pip-audit-*.json")
def test_an_audit_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    assert_told(audit(parse_audit(body)), expected)


def assert_told(told: dict[str, Any], expected: dict[str, Any]) -> None:
    wanted = {key: value for key, value in expected.items() if key != "trap"}
    assert {key: told[key] for key in wanted} == wanted


def told_of(found: Requirements) -> dict[str, Any]:
    """Requirements in the words of the expectations."""
    return {
        "requirements": [requirement(each) for each in found.requirements],
        "options": [{"option": option, "value": value} for option, value in found.options],
        "vcs": list(found.vcs),
        "urls": list(found.urls),
        "unresolved_templates": [{"name": name, "value": value} for name, value in found.templates],
        "invalid": list(found.invalid),
        "requirement_count": len(found.requirements),
        "pinned_count": sum(bool(each.version) for each in found.requirements),
        "unpinned_names": sorted(each.name for each in found.requirements if not each.specifiers and not each.url),
        "duplicates": list(found.duplicates),
    }


def requirement(each: Requirement) -> dict[str, Any]:
    return {
        "name": each.name,
        "as_written": each.as_written,
        "extras": list(each.extras),
        "specifiers": list(each.specifiers),
        "pinned": bool(each.version),
        "url": each.url or None,
        "marker": each.marker or None,
    }


def environment(found: Environment) -> dict[str, Any]:
    return {
        "format": "conda-environment",
        "env_name": found.name or None,
        "channels": list(found.channels),
        "conda": [
            {
                "name": each.name,
                "operator": each.operator or None,
                "version": each.version or None,
                "build": each.build or None,
            }
            for each in found.conda
        ],
        "conda_count": len(found.conda),
        "python": found.python or None,
        "pip": told_of(found.pip) if found.pip else None,
        "invalid": list(found.invalid),
    }


def rows(audit: Audit) -> list[dict[str, Any]]:
    return [
        {
            "name": row.name,
            "version": row.version,
            "id": row.id,
            "aliases": None if row.aliases is None else list(row.aliases),
            "fix_versions": list(row.fix_versions),
        }
        for dependency in audit.dependencies
        for row in dependency.vulnerabilities
    ]


AUDIT: dict[str, Callable[[Audit], Any]] = {
    "format": lambda _: "pip-audit",
    "shape": lambda audit: audit.shape,
    "dependency_count": lambda audit: len(audit.dependencies),
    "audited_count": lambda audit: sum(not each.skipped for each in audit.dependencies),
    "skipped": lambda audit: sorted(each.name for each in audit.dependencies if each.skipped),
    "vulnerability_count": lambda audit: len(rows(audit)),
    "vulnerable_packages": lambda audit: sorted({row["name"] for row in rows(audit)}),
    "fixable_count": lambda audit: sum(bool(row["fix_versions"]) for row in rows(audit)),
    "vulnerabilities": rows,
    "verdict": lambda audit: audit.verdict,
}


def audit(found: Audit) -> dict[str, Any]:
    return {key: field(found) for key, field in AUDIT.items()}
