"""Snyk's JSON of one project or several, and of container images with the applications inside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import IMAGES_ONLY, ParsedReport, Row, Vulnerabilities, counted, digest_in
from shared.contracts.shapes import decode


class _Identifiers(msgspec.Struct, frozen=True, gc=False):
    cve: list[str] | None = msgspec.field(name="CVE", default=None)


class _Vulnerability(msgspec.Struct, frozen=True, rename="camel", gc=False):
    id: str
    severity: str = ""
    severity_with_critical: str = ""
    package_name: str = ""
    name: str = ""
    version: str = ""
    fixed_in: list[str] | None = None
    nearest_fixed_in_version: str | None = None
    identifiers: _Identifiers | None = None


class _Skipped(msgspec.Struct, frozen=True):
    """A row of which only the number counts."""


class _Filtered(msgspec.Struct, frozen=True):
    ignore: list[_Skipped] | None = None
    patch: list[_Skipped] | None = None


class _Docker(msgspec.Struct, frozen=True, rename="camel"):
    base_image: str | None = None


class _Tested(msgspec.Struct, frozen=True, rename="camel"):
    vulnerabilities: list[_Vulnerability] | None = None
    ok: bool | None = None
    error: str = ""
    dependency_count: int = 0
    unique_count: int | None = None
    severity_threshold: str = ""
    project_name: str = ""
    package_manager: str = ""
    path: str = ""
    platform: str = ""
    docker: _Docker | None = None
    filtered: _Filtered | None = None


class _Project(_Tested, frozen=True, rename="camel"):
    applications: list[_Tested] | None = None


_DECODER = msgspec.json.Decoder(list[_Project] | _Project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project of a report: what it is, its own findings, and those of the applications inside it.

    `cves` are the distinct CVEs in order; `unique_count` is Snyk's own number of distinct ids; `docker` is None
    unless the project is an image.
    """

    project_name: str
    package_manager: str
    path: str
    ok: bool | None
    unique_count: int | None
    unique_ids: int
    vulnerabilities: Vulnerabilities
    cves: tuple[str, ...]
    docker: dict[str, Any] | None
    platform: str
    applications: tuple["Project", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whether the report is an "object" or an "array" of projects, and the projects."""

    top_level: str
    projects: tuple[Project, ...]


def parse(body: bytes) -> ParsedReport[About]:
    """The report in `body`; raises Malformed for one without projects or with one that Snyk could not test."""
    report = decode(body, _DECODER)
    roots = report if isinstance(report, list) else [report]
    everything = [found for root in roots for found in _with_applications(root)]
    for where, project in everything:
        _refuse_untested(project, where)
    return ParsedReport(
        scanner="snyk",
        format="snyk-json",
        digest=_digest(roots),
        digest_place="path",
        scanned_at=None,
        base=next((root.docker.base_image for root in roots if root.docker and root.docker.base_image), ""),
        refusal=_refusal(roots, everything),
        vulnerabilities=counted([_row(row) for _, project in everything for row in project.vulnerabilities or ()]),
        suppressed_findings=sum(_suppressed(project.filtered) for _, project in everything),
        about=About(
            top_level="array" if isinstance(report, list) else "object", projects=tuple(_about(root) for root in roots)
        ),
    )


def _with_applications(root: _Project) -> Iterator[tuple[str, _Tested]]:
    for project in (root, *_applications(root)):
        yield project.project_name[:80], project


def _applications(project: _Tested) -> list[_Tested]:
    return (project.applications or []) if isinstance(project, _Project) else []


def _refuse_untested(project: _Tested, where: str) -> None:
    if project.error:
        raise Malformed(f"Snyk could not test: {project.error[:200]}; test again", where)
    if project.vulnerabilities is None:
        raise Malformed(
            "the project has no list of vulnerabilities; send the whole 'snyk container test --json'", where
        )


def _row(row: _Vulnerability) -> Row:
    cves = (row.identifiers.cve if row.identifiers else None) or ()
    return Row(
        cves[0] if cves else row.id,
        row.severity_with_critical or row.severity,
        row.name or row.package_name,
        row.version,
        ", ".join(row.fixed_in or ()) or row.nearest_fixed_in_version or "",
    )


def _suppressed(filtered: _Filtered | None) -> int:
    return len(filtered.ignore or ()) + len(filtered.patch or ()) if filtered else 0


def _about(project: _Tested) -> Project:
    rows = project.vulnerabilities or []
    cves = [cve for row in rows for cve in (row.identifiers.cve if row.identifiers else None) or ()]
    return Project(
        project_name=project.project_name,
        package_manager=project.package_manager,
        path=project.path,
        ok=project.ok,
        unique_count=project.unique_count,
        unique_ids=len({row.id for row in rows}),
        vulnerabilities=counted([_row(row) for row in rows]),
        cves=tuple(dict.fromkeys(cves)),
        docker={"baseImage": project.docker.base_image} if _is_image(project) and project.docker else None,
        platform=project.platform,
        applications=tuple(_about(application) for application in _applications(project)),
    )


def _is_image(project: _Tested) -> bool:
    return project.docker is not None or project.project_name.startswith("docker-image|")


def _digest(roots: list[_Project]) -> str:
    named = {digest_in(text) for root in roots for text in (root.path, root.project_name.removeprefix("docker-image|"))}
    named -= {""}
    if len(named) > 1:
        raise Malformed("the projects are of several images; send one image's report", "path")
    return named.pop() if named else ""


def _refusal(roots: list[_Project], everything: list[tuple[str, _Tested]]) -> Malformed | None:
    if not roots or not all(_is_image(root) for root in roots):
        return Malformed(
            f"this is a test of source projects; {IMAGES_ONLY}: use 'snyk container test --json'", "docker"
        )
    for where, project in everything:
        rows = project.vulnerabilities or []
        if project.severity_threshold:
            return Malformed("a severity threshold leaves findings out; test without one", f"{where}.severityThreshold")
        if project.unique_count is not None and project.unique_count != len({row.id for row in rows}):
            reason = f"Snyk counts {project.unique_count} distinct ids, the rows name others; send all rows"
            return Malformed(reason, f"{where}.uniqueCount")
        if project.ok and rows:
            return Malformed("Snyk says ok, yet there are findings; send the whole report", f"{where}.ok")
    if any(project.dependency_count > 0 or project.vulnerabilities for _, project in everything):
        return None
    return Malformed("no packages were looked at, so there being no findings means nothing", "dependencyCount")
