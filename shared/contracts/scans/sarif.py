"""SARIF 2.1.0 logs of image scanners: a result's severity is a word of its tool, and never a CVSS score."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import (
    IMAGES_ONLY,
    ParsedReport,
    Row,
    Tally,
    counted,
    digest_in,
    manifest_digest,
    seconds,
    tallied,
)
from shared.contracts.scans.sarif_log import Log, Result, Run
from shared.contracts.scans.sarif_rules import TRIVY, Rules
from shared.contracts.scans.sarif_rules import About as AboutRule
from shared.contracts.scans.severities import severity_of
from shared.contracts.shapes import decode

FORMAT = "sarif"

_DECODER = msgspec.json.Decoder(Log)
_FAMILIES = ("trivy", "grype", "docker scout", "snyk", "dockle")
_ONLY_PACKAGES = frozenset({"grype", "docker-scout"})
_BY_LEVEL = {"error": "CRITICAL", "warning": "MEDIUM", "note": "LOW", "none": "NEGLIGIBLE"}


class AboutRun:
    """One tool's run, counted when asked for; suppressed results and those of another kind than "fail" included."""

    def __init__(self, run: Run, rules: Rules) -> None:
        self._rules, self._found = rules, run.results or []
        self.tool, self.tool_version = run.tool.driver.name, run.tool.driver.version or ""
        self.results, self.properties = len(self._found), run.properties
        self.rules = tuple(rule.id for rule in run.tool.driver.rules or ())

    @property
    def result_rules(self) -> tuple[str, ...]:
        """The distinct ids of the results' rules."""
        return tuple(dict.fromkeys(self._rules.of(result).named for result in self._found))

    @property
    def level_literal(self) -> dict[str, int]:
        """The results by level as written, "" for none."""
        return dict(Counter(result.level or "" for result in self._found))

    @property
    def level_effective(self) -> dict[str, int]:
        """The results by level as SARIF means it."""
        return dict(Counter(_level(result, self._rules.of(result)) for result in self._found))

    @property
    def severity_from_rule_text(self) -> dict[str, int]:
        """The results whose rule says a severity in words, by severity."""
        words = [self._rules.worded(result) for result in self._found]
        return dict(Counter(severity_of(word) for word in words if word))


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The log's version and runs."""

    version: str
    runs: tuple[AboutRun, ...]


type _Found = list[tuple[Result, AboutRule, Rules]]


def parse(body: bytes) -> ParsedReport[About]:
    """The log in `body`; raises Malformed for other versions than 2.1.0 and for digests that disagree."""
    log = decode(body, _DECODER)
    if log.version != "2.1.0":
        raise Malformed(f"SARIF {log.version[:20]!r} is not understood, only 2.1.0; update the scanner", "version")
    runs = [(run, Rules(run.tool)) for run in log.runs]
    found = [
        (result, rules.of(result), rules) for run, rules in runs for result in run.results or () if _counts(result)
    ]
    packages = [_row(*seen) for seen in found if seen[1].about == "package"]
    scanner = "+".join(dict.fromkeys(_scanner(run) for run in log.runs)) or "unknown"
    return ParsedReport(
        scanner=scanner,
        format=FORMAT,
        digest=_digest(log.runs),
        digest_place="runs[0].properties.repoDigests",
        scanned_at=_ended_at(log.runs),
        time_place="runs[0].invocations",
        refusal=_refusal(log.runs, scanner, looked=bool(packages)),
        vulnerabilities=counted(packages),
        secrets=_tally(found, "secret"),
        misconfigurations=_tally(found, "check"),
        license_rows=sum(rule.about == "license" for _, rule, _ in found),
        suppressed_findings=sum(len(run.results or ()) for run in log.runs) - len(found),
        about=About(version=log.version, runs=tuple(AboutRun(*pair) for pair in runs)),
    )


def _counts(result: Result) -> bool:
    """Whether it is a finding that nobody suppressed and that is still there."""
    if result.kind != "fail" or result.baseline_state == "absent":
        return False
    return not result.suppressions or any(entry.status != "accepted" for entry in result.suppressions)


def _level(result: Result, rule: AboutRule) -> str:
    return result.level or (rule.level if result.kind == "fail" else "none")


def _row(result: Result, rule: AboutRule, rules: Rules) -> Row:
    if trivy := TRIVY.match(result.message.text):
        package, installed, word, fixed = trivy.groups()
        return Row(rule.id, word, package, installed, fixed)
    said = rules.said(result)
    word = said.severity or rules.worded(result) or rule.tagged or _BY_LEVEL[_level(result, rule)]
    return Row(rule.id, word, said.package, said.installed, said.fixed)


def _tally(found: _Found, about: str) -> Tally:
    rows = [seen for seen in found if seen[1].about == about]
    return tallied(
        (rule.id, rules.worded(result) or rule.tagged or _BY_LEVEL[_level(result, rule)])
        for result, rule, rules in rows
    )


def _scanner(run: Run) -> str:
    name = run.tool.driver.name.lower()
    family = next((family for family in _FAMILIES if family in name), name)
    return re.sub(r"[^a-z0-9]+", "-", family[:40]).strip("-") or "unknown"


def _digest(runs: list[Run]) -> str:
    """The manifest digest in the runs' own properties, where Trivy puts it."""
    references = [text for run in runs for text in _texts(run.properties.get("repoDigests"))]
    named = [text for run in runs for text in _texts([run.properties.get("imageName")]) if digest_in(text)]
    return manifest_digest((*references, *named), "runs[0].properties.repoDigests")


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str) and value] if isinstance(values, list) else []


def _ended_at(runs: list[Run]) -> float | None:
    calls = [call for run in runs for call in run.invocations or ()]
    times = [seconds(call.end_time_utc or call.start_time_utc) for call in calls]
    return min((time for time in times if time is not None), default=None)


def _refusal(runs: list[Run], scanner: str, *, looked: bool) -> Malformed | None:
    for index, run in enumerate(runs):
        if run.results is None:
            return Malformed("the run has no results, so the tool did not look; scan again", f"runs[{index}].results")
        if not all(call.execution_successful for call in run.invocations or ()):
            return Malformed("the tool says that it failed; scan again", f"runs[{index}].invocations")
        if _scanner(run) == "trivy" and "imageName" not in run.properties:
            reason = f"this is a scan of something without an image's name; {IMAGES_ONLY}: use 'trivy image'"
            return Malformed(reason, f"runs[{index}].properties")
    if runs and (looked or scanner in _ONLY_PACKAGES):
        return None
    who = "it holds no run" if not runs else f"{scanner} reports no package"
    reason = f"{who}, and SARIF does not show that packages were looked at; send a package scanner's own JSON"
    return Malformed(reason, "runs")
