"""What SARIF's rules say of severity, package and fix: in tags, or in lines of text that differ by tool."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shared.contracts.scans.sarif_log import Component, Result, Rule, Tool
from shared.contracts.scans.severities import is_severity

_LINES = 12
_FIELD = re.compile(r"\s*([A-Za-z][A-Za-z ]{0,30}?)\s*:\s*(.*?)\s*")
_VULNERABILITY = re.compile(r"CVE-\d{4}-\d{4,19}|GHSA(?:-[0-9a-z]{4}){3}|SNYK-[A-Z0-9-]+", re.IGNORECASE)
_ADVISORY = re.compile(r"(ALAS|AVD|DLA|DSA|ELSA|GO|OSV|PYSEC|RHSA|RUSTSEC|TEMP|USN)[-:0-9]", re.IGNORECASE)
_WORDED = re.compile(r"\b(\w+) (?:severity|vulnerability)\b", re.IGNORECASE)
_NO_FIX = frozenset({"", "none", "not fixed", "n/a"})


class Fields(NamedTuple):
    """What the first lines of a text say, each "" when they do not."""

    severity: str = ""
    package: str = ""
    installed: str = ""
    fixed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A rule as far as a gate needs it; `text` is the severity that its prose names, `named` its id in the log."""

    id: str
    named: str
    about: Literal["package", "secret", "license", "check"]
    level: str
    severity: str
    text: str
    package: str = ""
    installed: str = ""
    fixed: str = ""


def fields_of(text: str) -> Fields:
    """The lines 'Severity: …', 'Package: …' and the like among the first of `text`; of several alike, the first."""
    said: dict[str, str] = {}
    for line in text.split("\n", _LINES)[:_LINES]:
        if match := _FIELD.fullmatch(line):
            said.setdefault(match[1].lower(), match[2])
    severity = said.get("severity", "")
    fixed = said.get("fixed version", "") or said.get("fix version", "")
    return Fields(
        severity=severity if is_severity(severity) else "",
        package=said.get("package", ""),
        installed=said.get("installed version", "") or said.get("version", ""),
        fixed="" if fixed.lower() in _NO_FIX else fixed,
    )


class Rules:
    """The rules of one tool, by id and by place."""

    def __init__(self, tool: Tool) -> None:
        self._components: list[Component] = [tool.driver, *(tool.extensions or ())]
        self._by_id = {rule.id: rule for part in reversed(self._components) for rule in part.rules or ()}
        self._read: dict[tuple[str, int], About] = {}

    def of(self, result: Result) -> About:
        """What the rule of `result` says; a rule that the log does not hold says nothing."""
        rule = self._find(result)
        named = result.rule_id or (result.rule.id if result.rule else "") or rule.id
        key = (named, id(rule))
        if key not in self._read:
            self._read[key] = _about(named, rule)
        return self._read[key]

    def _find(self, result: Result) -> Rule:
        reference = result.rule
        part = reference.tool_component.index + 1 if reference else 0
        index = reference.index if reference and reference.index >= 0 else result.rule_index
        rules = (self._components[part].rules or []) if 0 <= part < len(self._components) else []
        if 0 <= index < len(rules):
            return rules[index]
        return self._by_id.get(result.rule_id or (reference.id if reference else ""), _NOTHING)


_NOTHING = Rule()


def _about(named: str, rule: Rule) -> About:
    said = fields_of(rule.help.text if rule.help else "")
    tags = [tag for tag in (rule.properties.tags if rule.properties else None) or () if isinstance(tag, str)]
    tagged = next((tag for tag in tags if is_severity(tag)), "")
    text = said.severity or _worded(rule)
    vulnerability = _VULNERABILITY.search(named)
    return About(
        id=vulnerability[0] if vulnerability else named,
        named=named,
        about=_kind(rule, {tag.lower() for tag in tags}, named),
        level=rule.default_configuration.level if rule.default_configuration else "warning",
        severity=text or tagged,
        text=text,
        package=said.package,
        installed=said.installed,
        fixed=said.fixed or (rule.properties.fixed_version or "" if rule.properties else ""),
    )


def _worded(rule: Rule) -> str:
    """The severity in a sentence such as 'CVE-… low vulnerability for … package'."""
    words = _WORDED.findall(rule.short_description.text if rule.short_description else "")
    return next((word for word in words if is_severity(word)), "")


def _kind(rule: Rule, tags: set[str], named: str) -> Literal["package", "secret", "license", "check"]:
    name = rule.name.lower()
    if "secret" in tags or name == "secret":
        return "secret"
    if "license" in tags or name == "license":
        return "license"
    about_package = "vulnerability" in tags or "vulnerability" in name
    known = _VULNERABILITY.match(named) or _ADVISORY.match(named)
    misconfigured = "misconfiguration" in tags or name == "misconfiguration"
    return "package" if (about_package or known) and not misconfigured else "check"
