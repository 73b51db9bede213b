"""Conda's environment files: channels, packages by name, version and build, and the section for pip."""

import re
from dataclasses import dataclass
from typing import Any

from shared.contracts import strict_yaml
from shared.contracts.malformed import Malformed
from shared.contracts.packages.requirements import MOST_LINES, Requirements, parse_lines

FORMAT = "conda-environment"
_SPEC = re.compile(
    r"(?:(?P<channel>[^\s:\[\]]+)::)?(?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*)\s*"
    r"(?:(?P<operator>==|=|~=|!=|>=|<=|>|<)\s*)?(?P<version>[^\s=\[\]][^\s=\[\]]*)?"
    r"(?:(?:=|\s+)(?P<build>[^\s=\[\]]+))?(?:\[.*\])?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaPackage:
    """One package of Conda; `operator`, `version`, `build` and `channel` are "" when they are not said."""

    name: str
    operator: str = ""
    version: str = ""
    build: str = ""
    channel: str = ""

    @property
    def exact(self) -> str:
        """The one version that can be meant, "" when it is open; `=` means a family of versions without a build."""
        pinned = self.operator in ("=", "==") and not set("*,|<>!") & set(self.version)
        return self.version if pinned else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment file; `pip` is None without a section for pip, `invalid` what Conda itself would refuse."""

    name: str
    channels: tuple[str, ...]
    conda: tuple[CondaPackage, ...]
    pip: Requirements | None
    invalid: tuple[str, ...] = ()

    @property
    def python(self) -> str:
        """The version of Python, "" when it is open."""
        return next((package.version for package in self.conda if package.name == "python"), "")


def parse_environment(body: bytes, limit: int = 1_048_576) -> Environment:
    """The environment in a YAML file of at most `limit` bytes; raises Malformed naming the line or the key."""
    document = strict_yaml.loads(body, limit=limit)
    if not is_environment(document.value):
        raise Malformed("this is no environment of Conda; it needs a list 'dependencies'", "line 1")
    table = document.value
    specs, sections = _sorted(table["dependencies"], document)
    conda = [_package(spec) for spec in specs]
    return Environment(
        name=_text(table, "name", document),
        channels=tuple(_texts(table.get("channels") or [], "channels", document)),
        conda=tuple(package for package in conda if package),
        pip=parse_lines(line for section in sections for line in section) if sections else None,
        invalid=tuple(spec[:200] for spec, package in zip(specs, conda, strict=True) if package is None),
    )


def is_environment(value: Any) -> bool:
    """Whether a parsed YAML file is an environment of Conda."""
    return isinstance(value, dict) and isinstance(value.get("dependencies"), list) and bool(value["dependencies"])


def _sorted(dependencies: list[Any], document: strict_yaml.Document) -> tuple[list[str], list[list[str]]]:
    """The specs of Conda and the sections for pip; raises Malformed for anything else in the list."""
    if len(dependencies) > MOST_LINES:
        raise Malformed(f"there are more than {MOST_LINES:,} dependencies; split the file", "dependencies")
    specs, sections = list[str](), list[list[str]]()
    for index, item in enumerate(dependencies):
        where = f"line {document.line(('dependencies', index))}"
        if isinstance(item, str):
            specs.append(item)
        elif isinstance(item, dict) and set(item) == {"pip"} and isinstance(item["pip"], list):
            sections.append(_texts(item["pip"], f"{where}: pip", document))
        else:
            raise Malformed("a dependency is text (name=version) or a table with a list 'pip'", where)
    return specs, sections


def _texts(items: Any, what: str, document: strict_yaml.Document) -> list[str]:
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        where = f"line {document.line((what,))}" if what in document.value else what
        raise Malformed("this must be a list of texts", where)
    return items


def _text(table: dict[str, Any], key: str, document: strict_yaml.Document) -> str:
    value = table.get(key)
    if value is None or isinstance(value, str):
        return value or ""
    raise Malformed(f"{key} must be text; put it in quotes", f"line {document.line((key,))}")


def _package(spec: str) -> CondaPackage | None:
    match = _SPEC.fullmatch(spec.strip()[:1000])
    if match is None:
        return None
    said = {name: value or "" for name, value in match.groupdict().items()}
    operator = said["operator"] or ("=" if said["version"] else "")
    return CondaPackage(**{**said, "operator": operator})
