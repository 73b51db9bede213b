"""SARIF 2.1.0 logs of image scanners: a result's severity is a word of its tool, and never a CVSS score."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import (
    IMAGES_ONLY,
    ParsedReport,
    Row,
    counted,
    digest_in,
    manifest_digest,
    seconds,
    tallied,
)
from shared.contracts.scans.sarif_log import Log, Result, Run
from shared.contracts.scans.sarif_rules import About as AboutRule
from shared.contracts.scans.sarif_rules import Rules, fields_of
from shared.contracts.scans.severities import severity_of
from shared.contracts.shapes import decode

FORMAT = "sarif"

_DECODER = msgspec.json.Decoder(Log)
_FAMILIES = ("trivy", "grype", "docker scout", "snyk", "dockle")
_ONLY_PACKAGES = frozenset({"grype", "docker-scout"})
_BY_LEVEL = {"error": "CRITICAL", "warning": "MEDIUM", "note": "LOW", "none": "NEGLIGIBLE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutRun:
    """One tool's run; `level_literal` counts results as written ("" for none), `level_effective` as SARIF means them.

    `severity_from_rule_text` counts the results whose rule says a severity in words. Suppressed results and those of
    another kind than "fail" are in the levels, too.
    """

    tool: str
    tool_version: str
    results: int
    level_literal: dict[str, int]
    level_effective: dict[str, int]
    rules: tuple[str, ...]
    result_rules: tuple[str, ...]
    properties: dict[str, Any]
    severity_from_rule_text: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The log's version and runs."""

    version: str
    runs: tuple[AboutRun, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A result with what is known of its rule."""

    result: Result
    rule: AboutRule
    level: str

    @property
    def counts(self) -> bool:
        """Whether it is a finding that nobody suppressed and that is still there."""
        result = self.result
        suppressed = result.suppressions and all(entry.status == "accepted" for entry in result.suppressions)
        return result.kind == "fail" and not suppressed and result.baseline_state != "absent"


def parse(body: bytes) -> ParsedReport[About]:
    """The log in `body`; raises Malformed for other versions than 2.1.0 and for digests that disagree."""
    log = decode(body, _DECODER)
    if log.version != "2.1.0":
        raise Malformed(f"SARIF {log.version[:20]!r} is not understood, only 2.1.0; update the scanner", "version")
    runs = [(run, _seen(run)) for run in log.runs]
    found = [seen for _, results in runs for seen in results if seen.counts]
    packages = [seen for seen in found if seen.rule.about == "package"]
    scanner = "+".join(dict.fromkeys(_scanner(run) for run in log.runs)) or "unknown"
    return ParsedReport(
        scanner=scanner,
        format=FORMAT,
        digest=_digest(log.runs),
        digest_place="runs[0].properties.repoDigests",
        scanned_at=_ended_at(log.runs),
        time_place="runs[0].invocations",
        refusal=_refusal(log.runs, scanner, looked=bool(packages)),
        vulnerabilities=counted([_row(seen) for seen in packages]),
        secrets=_tally(found, "secret"),
        misconfigurations=_tally(found, "check"),
        license_rows=sum(seen.rule.about == "license" for seen in found),
        suppressed_findings=sum(not seen.counts for _, results in runs for seen in results),
        about=About(version=log.version, runs=tuple(_about(run, results) for run, results in runs)),
    )


def _seen(run: Run) -> list[_Seen]:
    rules = Rules(run.tool)
    pairs = [(result, rules.of(result)) for result in run.results or ()]
    return [_Seen(result, rule, _level(result, rule)) for result, rule in pairs]


def _level(result: Result, rule: AboutRule) -> str:
    return result.level or (rule.level if result.kind == "fail" else "none")


def _row(seen: _Seen) -> Row:
    said = fields_of(seen.result.message.text)
    rule = seen.rule
    word = said.severity or rule.severity or _BY_LEVEL[seen.level]
    return Row(rule.id, word, said.package or rule.package, said.installed or rule.installed, said.fixed or rule.fixed)


def _tally(found: Iterable[_Seen], about: str) -> Any:
    rows = [seen for seen in found if seen.rule.about == about]
    return tallied((seen.rule.id, seen.rule.severity or _BY_LEVEL[seen.level]) for seen in rows)


def _about(run: Run, results: list[_Seen]) -> AboutRun:
    driver = run.tool.driver
    return AboutRun(
        tool=driver.name,
        tool_version=driver.version or "",
        results=len(results),
        level_literal=dict(Counter(seen.result.level or "" for seen in results)),
        level_effective=dict(Counter(seen.level for seen in results)),
        rules=tuple(rule.id for rule in driver.rules or ()),
        result_rules=tuple(dict.fromkeys(seen.rule.named for seen in results)),
        properties=run.properties,
        severity_from_rule_text=dict(Counter(severity_of(seen.rule.text) for seen in results if seen.rule.text)),
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
