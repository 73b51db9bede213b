"""Microsoft Defender's sub-assessments: lists of REST and Resource Graph, and the events of continuous export."""

from dataclasses import dataclass

import msgspec

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import IMAGES_ONLY, ParsedReport, Row, counted, is_digest, seconds
from shared.contracts.scans.subassessment import Exported, SubAssessment, SubAssessments, camel
from shared.contracts.shapes import convert, decode

TOOL = "defender"
PATCHABLE = "a patch"

_LISTS = msgspec.json.Decoder(list[SubAssessment] | SubAssessments)
_ACTIVE, _GONE = "Unhealthy", "Delete"
_SUPPRESSED = frozenset({"Exempt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One sub-assessment; `digest` is as given, `image_ref` host/repository:tag as far as known."""

    name: str
    assessment_key: str
    cves: tuple[str, ...]
    severity: str
    status_code: str
    status_cause: str
    registry: str
    repository: str
    image_ref: str
    digest: str
    fixable: bool
    is_container_finding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The sub-assessments; `action` and `is_snapshot` are of an exported event, "" and None of a list."""

    assessed: tuple[Assessed, ...]
    action: str = ""
    is_snapshot: bool | None = None


def parse(body: bytes) -> ParsedReport[About]:
    """A list of sub-assessments, or one alone; raises Malformed."""
    given = decode(body, _LISTS)
    rows = given if isinstance(given, list) else given.rows()
    return _report(rows, About(assessed=tuple(map(_assessed, rows))), "defender", _refusal(given, rows))


def parse_export(body: bytes) -> ParsedReport[About]:
    """One event of continuous export, which tells a change and not the whole; raises Malformed."""
    event = convert(camel(strict_json.loads(body)), Exported)
    told = event.sub_assessment_event_data_enrichment or event.security_event_data_enrichment
    action, is_snapshot = (told.action, told.is_snapshot) if told else ("", None)
    about = About(assessed=(_assessed(event),), action=action, is_snapshot=is_snapshot)
    reason = "one event of continuous export tells of one finding; send the image's whole list of sub-assessments"
    return _report([event], about, "defender-export", Malformed(reason))


def _report(rows: list[SubAssessment], about: About, form: str, refusal: Malformed | None) -> ParsedReport[About]:
    active = [row for row in rows if row.properties.status.code == _ACTIVE and about.action != _GONE]
    times = [time for time in (seconds(row.properties.time_generated) for row in rows) if time is not None]
    return ParsedReport(
        scanner=TOOL,
        format=form,
        digest=_digest(about.assessed),
        digest_place="properties.additionalData",
        scanned_at=min(times, default=None),
        time_place="properties.timeGenerated",
        refusal=refusal,
        vulnerabilities=counted([_row(row) for row in active]),
        suppressed_findings=sum(row.properties.status.cause in _SUPPRESSED for row in rows),
        about=about,
    )


def _row(row: SubAssessment) -> Row:
    found = _assessed(row)
    software = row.properties.additional_data.software()
    fixed_in = software.fixed_version or (PATCHABLE if found.fixable else "")
    return Row(
        found.cves[0] if found.cves else row.properties.id or found.name,
        found.severity,
        software.package_name,
        software.version,
        fixed_in,
        row.properties.status.code,
    )


def _assessed(row: SubAssessment) -> Assessed:
    more, status = row.properties.additional_data, row.properties.status
    artifact = more.artifact()
    software = more.software()
    return Assessed(
        name=row.name,
        assessment_key=row.assessment_key or row.of_assessment(),
        cves=more.cves(),
        severity=status.severity or more.severity(),
        status_code=status.code,
        status_cause=status.cause,
        registry=artifact.registry_host or row.registry(),
        repository=artifact.repository_name,
        image_ref=artifact.reference(),
        digest=artifact.digest,
        fixable=bool(software.fixed_version) or more.patchable,
        is_container_finding=bool(artifact.digest) or "containerregistry" in more.assessed_resource_type.lower(),
    )


def _digest(assessed: tuple[Assessed, ...]) -> str:
    """The one digest of all; raises Malformed when they are of several images."""
    named = {found.digest for found in assessed}
    if len(named) > 1:
        raise Malformed(f"sub-assessments of {len(named)} images; send each image's own list", "properties")
    digest = named.pop() if named else ""
    return digest if is_digest(digest) else ""


def _refusal(given: list[SubAssessment] | SubAssessments, rows: list[SubAssessment]) -> Malformed | None:
    if isinstance(given, SubAssessments) and (given.next_link or given.skip_token):
        return Malformed("this is one page of a list; send all pages as one list", "nextLink")
    if not rows:
        return Malformed("an empty list does not show that the image was scanned; wait for Defender", "value")
    if not all(_assessed(row).is_container_finding for row in rows):
        return Malformed(f"sub-assessments of something else than images; {IMAGES_ONLY}", "properties")
    return None
