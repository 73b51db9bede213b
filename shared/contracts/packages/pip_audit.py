"""Reports of pip-audit, in its present shape and in the old list; what it skipped is never taken for clean."""

from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.shapes import convert

FORMAT = "pip-audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """One known weakness of one audited package; `aliases` is None when the report does not list any."""

    name: str
    version: str
    id: str
    aliases: tuple[str, ...] | None
    fix_versions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One dependency; `skipped` says why it was not audited, "" when it was."""

    name: str
    version: str
    skipped: str
    vulnerabilities: tuple[Vulnerability, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A report; `shape` is object or list."""

    shape: str
    dependencies: tuple[Audited, ...]

    @property
    def verdict(self) -> str:
        """One of vulnerable, nothing-audited, incomplete and clean."""
        if any(dependency.vulnerabilities for dependency in self.dependencies):
            return "vulnerable"
        if all(dependency.skipped for dependency in self.dependencies):
            return "nothing-audited"
        return "incomplete" if any(dependency.skipped for dependency in self.dependencies) else "clean"


class _Vulnerability(msgspec.Struct):
    id: str
    fix_versions: list[str] = []
    aliases: list[str] | None = None


class _Dependency(msgspec.Struct):
    name: str
    version: str = ""
    vulns: list[_Vulnerability] | None = None
    skip_reason: str = ""


def parse_audit(body: bytes, limit: int = 10 * 1024 * 1024) -> Audit:
    """The report in `body` of at most `limit` bytes; raises Malformed for anything that is no report of pip-audit."""
    return audit_of(strict_json.loads(body, limit=limit))


def audit_of(value: Any) -> Audit:
    """The report in parsed JSON; raises Malformed."""
    if not is_audit(value):
        raise Malformed("this is no report of pip-audit; make one with 'pip-audit --format json'")
    shape, where = ("list", "") if isinstance(value, list) else ("object", "dependencies")
    listed = value if isinstance(value, list) else value["dependencies"]
    dependencies = convert(listed, list[_Dependency], where)
    return Audit(shape=shape, dependencies=tuple(map(_audited, dependencies)))


def is_audit(value: Any) -> bool:
    """Whether parsed JSON has the outline of such a report."""
    if isinstance(value, dict):
        value = value.get("dependencies") if not {"bomFormat", "spdxVersion"} & set(value) else None
        return isinstance(value, list) and all(map(_is_dependency, value))
    return isinstance(value, list) and bool(value) and all(map(_is_dependency, value))


def _is_dependency(item: Any) -> bool:
    return isinstance(item, dict) and "name" in item and ("vulns" in item or "skip_reason" in item)


def _audited(dependency: _Dependency) -> Audited:
    skipped = dependency.skip_reason or ("the report does not say" if dependency.vulns is None else "")
    return Audited(
        name=dependency.name,
        version=dependency.version,
        skipped=skipped,
        vulnerabilities=tuple(
            Vulnerability(
                name=dependency.name,
                version=dependency.version,
                id=row.id,
                aliases=None if row.aliases is None else tuple(row.aliases),
                fix_versions=tuple(row.fix_versions),
            )
            for row in dependency.vulns or ()
        ),
    )
