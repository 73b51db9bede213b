"""What SARIF's rules say of severity, package and fix: in tags, or in lines of text that differ by tool."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from shared.contracts.scans.sarif_log import Component, Result, Rule, RuleReference, Tool
from shared.contracts.scans.severities import is_severity

_LINES, _BEGINNING = 6, 400
_SEVERITY = re.compile(r"^\s*Severity\s*:\s*(\w+)", re.MULTILINE)
_FIELDS = frozenset({"severity", "package", "version", "installed version", "fixed version", "fix version"})
# What Trivy writes as the text of each result: nearly all there is in a large log, so it is read by one look.
TRIVY = re.compile(
    r"Package: (.*)\nInstalled Version: (.*)\n(?:Vulnerability .*\n)?"
    r"Severity: (CRITICAL|HIGH|MEDIUM|LOW)\nFixed Version: (.*)"
)
_VULNERABILITY = re.compile(r"CVE-\d{4}-\d{4,19}|GHSA(?:-[0-9a-z]{4}){3}|SNYK-[A-Z0-9-]+", re.IGNORECASE)
_ADVISORY = re.compile(r"(ALAS|AVD|DLA|DSA|ELSA|GO|OSV|PYSEC|RHSA|RUSTSEC|TEMP|USN)[-:0-9]", re.IGNORECASE)
_WORDED = re.compile(r"\b(\w+) (?:severity|vulnerability)\b", re.IGNORECASE)
_NO_FIX = frozenset({"", "none", "not fixed", "n/a"})


type _About = Literal["package", "secret", "license", "check"]


class Fields(NamedTuple):
    """What the first lines of a text say, each "" when they do not."""

    severity: str = ""
    package: str = ""
    installed: str = ""
    fixed: str = ""


class About(NamedTuple):
    """A rule as far as a gate needs it; `named` is its id in the log, `tagged` a severity among its tags."""

    id: str
    named: str
    about: _About
    level: str
    tagged: str


def fields_of(text: str) -> Fields:
    """The lines 'Severity: …', 'Package: …' and the like among the first of `text`; of several alike, the first."""
    said: dict[str, str] = {}
    for line in text.split("\n", _LINES)[:_LINES]:
        name, _, value = line.partition(":")
        if (key := name.strip().lower()) in _FIELDS:
            said.setdefault(key, value.strip())
    severity = said.get("severity", "")
    fixed = said.get("fixed version", "") or said.get("fix version", "")
    return Fields(
        severity if is_severity(severity) else "",
        said.get("package", ""),
        said.get("installed version", "") or said.get("version", ""),
        "" if fixed.lower() in _NO_FIX else fixed,
    )


class Rules:
    """The rules of one tool, by id and by place."""

    def __init__(self, tool: Tool) -> None:
        self._components: list[Component] = [tool.driver, *(tool.extensions or ())]
        self._by_id = {rule.id: rule for part in reversed(self._components) for rule in part.rules or ()}
        self._read: dict[tuple[str, int, RuleReference | None], About] = {}
        self._said: dict[tuple[str, str, int], Fields] = {}

    def of(self, result: Result) -> About:
        """What the rule of `result` says; a rule that the log does not hold says nothing."""
        key = (result.rule_id, result.rule_index, result.rule)
        if key not in self._read:
            rule = self._find(result)
            named = result.rule_id or (result.rule.id if result.rule else "") or rule.id
            self._read[key] = _about(named, rule)
        return self._read[key]

    def said(self, result: Result) -> Fields:
        """What the text of `result` says, completed by its rule's when it says little."""
        text = result.message.text
        key = (text, result.rule_id, result.rule_index)
        if key not in self._said:
            said = fields_of(text)
            self._said[key] = said if said.severity and said.package else _completed(said, self._find(result))
        return self._said[key]

    def worded(self, result: Result) -> str:
        """The severity that the prose of the rule of `result` names."""
        return _worded(self._find(result))

    def _find(self, result: Result) -> Rule:
        reference = result.rule
        part = reference.tool_component.index + 1 if reference else 0
        index = reference.index if reference and reference.index >= 0 else result.rule_index
        rules = (self._components[part].rules or []) if 0 <= part < len(self._components) else []
        if 0 <= index < len(rules):
            return rules[index]
        return self._by_id.get(result.rule_id or (reference.id if reference else ""), _NOTHING)


_NOTHING = Rule()


def _completed(said: Fields, rule: Rule) -> Fields:
    more = fields_of(rule.helping())
    fixed = rule.properties.fixed_version if rule.properties else None
    return Fields(
        *(mine or theirs for mine, theirs in zip(said, more._replace(fixed=more.fixed or fixed or ""), strict=True))
    )


def _about(named: str, rule: Rule) -> About:
    known = _VULNERABILITY.search(named)
    about, tagged = _told_by_tags(rule.name, (rule.properties.tags if rule.properties else None) or ())
    if about == "check" and (known or _ADVISORY.match(named)):
        about = "package"
    level = rule.default_configuration.level if rule.default_configuration else "warning"
    return About(known[0] if known else named, named, "check" if about == "misconfiguration" else about, level, tagged)


def _worded(rule: Rule) -> str:
    """The severity in a line of the help text, or in a sentence such as 'CVE-… low vulnerability for … package'."""
    line = _SEVERITY.search(rule.helping(), 0, _BEGINNING)
    if line and is_severity(line[1]):
        return line[1]
    return next((word for word in _WORDED.findall(rule.described()) if is_severity(word)), "")


@lru_cache(1024)
def _told_by_tags(name: str, tags: tuple[str, ...]) -> tuple[_About | Literal["misconfiguration"], str]:
    """What a rule is about by its name and tags, "check" when they do not say, and a severity among the tags."""
    said = {name.lower(), *(tag.lower() for tag in tags)}
    tagged = next((tag for tag in tags if is_severity(tag)), "")
    if "secret" in said:
        return "secret", tagged
    if "license" in said:
        return "license", tagged
    if "misconfiguration" in said:
        return "misconfiguration", tagged
    return ("package" if any("vulnerability" in word for word in said) else "check"), tagged
