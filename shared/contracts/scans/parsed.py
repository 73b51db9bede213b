"""What every scanner's report becomes, whatever its format: counted rows about one thing that was scanned."""

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared.contracts.malformed import Malformed
from shared.contracts.scans.severities import NEGLIGIBLE, rank, severity_of
from shared.core.evidence import Finding
from shared.core.policy import SEVERITIES

WORST = 50
IMAGES_ONLY = "only image scans open the gate"
_REFERENCE = re.compile(r"[^@\s]+@(sha256:[0-9a-f]{64})")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Row(NamedTuple):
    """One row about a package with a known weakness; `severity` and `status` are the tool's own words."""

    id: str
    severity: str
    package: str = ""
    installed: str = ""
    fixed_in: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerabilities:
    """The rows of a report: all, by severity with and without a fix, and what the tool says about them.

    `negligible` rows are in `rows` and `fixable_rows` but in no severity; `words` and `statuses` count rows by the
    tool's own words, "" for none; `worst` are at most WORST findings, most severe first, rows of one id, package,
    severity and state of the fix together.
    """

    rows: int
    by_severity: dict[str, int]
    words: dict[str, int]
    fixable: dict[str, int]
    fixable_rows: int
    negligible: int
    ids: tuple[str, ...]
    statuses: dict[str, int]
    worst: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows of one kind, by the tool's own severity word, with their distinct ids in order."""

    rows: int = 0
    by_severity: dict[str, int] = field(default_factory=dict)
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReport[About]:
    """A scanner's report about one thing; `about` is what only its format says.

    `digest` is the manifest digest that the registry knows, "" where the report does not say; `scanned_at` is in
    seconds since the epoch, None where the report does not say; `refusal` is why the report cannot open the gate,
    whoever sends it; `base` is the base image, "" where the report does not say; `digest_place` and `time_place` are
    where the two would have been.
    """

    scanner: str
    format: str
    digest: str
    scanned_at: float | None
    refusal: Malformed | None
    vulnerabilities: Vulnerabilities
    about: About
    report_id: str = ""
    secrets: Tally = Tally()
    misconfigurations: Tally = Tally()
    license_rows: int = 0
    suppressed_findings: int = 0
    base: str = ""
    digest_place: str = ""
    time_place: str = ""


def counted(rows: Sequence[Row]) -> Vulnerabilities:
    """The rows, counted."""
    severities = [severity_of(row.severity) for row in rows]
    by_severity = Counter(severities)
    fixable = Counter(severity for severity, row in zip(severities, rows, strict=True) if row.fixed_in)
    return Vulnerabilities(
        rows=len(rows),
        by_severity={severity: by_severity[severity] for severity in SEVERITIES},
        words=dict(Counter([row.severity for row in rows])),
        fixable={severity: fixable[severity] for severity in SEVERITIES},
        fixable_rows=fixable.total(),
        negligible=by_severity[NEGLIGIBLE],
        ids=tuple(dict.fromkeys([row.id for row in rows])),
        statuses=dict(Counter([row.status for row in rows])),
        worst=_worst(severities, rows),
    )


def _worst(severities: Sequence[str], rows: Sequence[Row]) -> tuple[Finding, ...]:
    keys = [(s, row.id, row.package, bool(row.fixed_in)) for s, row in zip(severities, rows, strict=True)]
    together, first = Counter(keys), dict(zip(reversed(keys), reversed(rows), strict=True))
    worst = heapq.nsmallest(WORST, together, key=lambda key: rank(key[0]))
    return tuple(_finding(key[0], first[key], together[key]) for key in worst)


def _finding(severity: str, row: Row, rows: int) -> Finding:
    return Finding(
        id=row.id, severity=severity, package=row.package, installed=row.installed, fixed_in=row.fixed_in, rows=rows
    )


def tallied(found: Iterable[tuple[str, str]]) -> Tally:
    """The rows, each an id and the tool's severity word, counted."""
    rows = list(found)
    by_severity = Counter(severity for _, severity in rows)
    return Tally(rows=len(rows), by_severity=dict(by_severity), ids=tuple(dict.fromkeys(name for name, _ in rows)))


def manifest_digest(references: Iterable[str], where: str) -> str:
    """The digest that all repository@sha256:… name, "" when there are none.

    Raises Malformed, at an index of `where`, for any other reference, and for references that disagree.
    """
    digests = set()
    for index, reference in enumerate(references):
        match = _REFERENCE.fullmatch(reference)
        if not match:
            reason = f"{reference[:80]!r} is not repository@sha256:… with 64 hex digits; scan the pushed image"
            raise Malformed(reason, f"{where}[{index}]")
        digests.add(match[1])
    if len(digests) > 1:
        raise Malformed("the repository digests disagree; scan one image by its digest", where)
    return digests.pop() if digests else ""


def digest_in(reference: str) -> str:
    """The manifest digest of a reference repository@sha256:…, or of a bare sha256:…; "" for any other text."""
    match = _REFERENCE.fullmatch(reference)
    return match[1] if match else reference if is_digest(reference) else ""


def is_digest(text: str) -> bool:
    """Whether `text` is a whole manifest digest, sha256:… with 64 hex digits."""
    return _DIGEST.fullmatch(text) is not None


def seconds(moment: datetime | None) -> float | None:
    """The moment in seconds since the epoch."""
    return moment.timestamp() if moment else None
