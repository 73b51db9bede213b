"""Grype's JSON reports, from the first versions on."""

from dataclasses import dataclass

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import IMAGES_ONLY, ParsedReport, Row, counted, manifest_digest, seconds
from shared.contracts.shapes import Instant, decode

TOOL, FORMAT = "grype", "grype-json"
NO_FIX_OBJECT = "<no fix object>"


class _Fix(msgspec.Struct, frozen=True, gc=False):
    versions: list[str] | None = None
    state: str = ""


class _Vulnerability(msgspec.Struct, frozen=True, gc=False):
    id: str
    severity: str = ""
    fix: _Fix | None = None
    fixed_in_version: str | None = msgspec.field(name="fixedInVersion", default=None)


class _Artifact(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    version: str = ""


class _Match(msgspec.Struct, frozen=True, gc=False):
    vulnerability: _Vulnerability
    artifact: _Artifact = _Artifact()


class _Skipped(msgspec.Struct, frozen=True):
    """A row of which only the number counts."""


class _Target(msgspec.Struct, frozen=True, rename="camel"):
    user_input: str = ""
    image_id: str = msgspec.field(name="imageID", default="")
    manifest_digest: str = ""
    repo_digests: list[str] | None = None


class _Source(msgspec.Struct, frozen=True):
    type: str = ""
    target: _Target | str | None = None


class _Distro(msgspec.Struct, frozen=True):
    name: str = ""
    version: str = ""


class _Status(msgspec.Struct, frozen=True):
    valid: bool = True


class _Database(msgspec.Struct, frozen=True):
    status: _Status | None = None
    error: str | None = None


class _Descriptor(msgspec.Struct, frozen=True):
    version: str = ""
    timestamp: Instant | None = None
    db: _Database | None = None


class _Report(msgspec.Struct, frozen=True, rename="camel"):
    matches: list[_Match]
    ignored_matches: list[_Skipped] | None = None
    source: _Source | None = None
    distro: _Distro | None = None
    descriptor: _Descriptor | None = None


_DECODER = msgspec.json.Decoder(_Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a Grype report says of the thing it scanned.

    `manifest_digest` was computed by the local container engine, which the registry need not know; `image_id` is the
    digest of the image's configuration; `target` is the thing's name where it is no image.
    """

    tool_version: str
    source_type: str
    image_ref: str
    target: str
    repo_digests: tuple[str, ...]
    manifest_digest: str
    image_id: str
    distro: dict[str, str]


def parse(body: bytes) -> ParsedReport[About]:
    """The report in `body`; raises Malformed, also for repoDigests that disagree."""
    report = decode(body, _DECODER)
    source, descriptor = report.source or _Source(), report.descriptor or _Descriptor()
    about = _about(source, descriptor, report.distro or _Distro())
    return ParsedReport(
        scanner=TOOL,
        format=FORMAT,
        digest=manifest_digest(about.repo_digests, "source.target.repoDigests"),
        digest_place="source.target.repoDigests",
        scanned_at=seconds(descriptor.timestamp),
        time_place="descriptor.timestamp",
        refusal=_refusal(report, about),
        vulnerabilities=counted([_row(match) for match in report.matches]),
        suppressed_findings=len(report.ignored_matches or ()),
        about=about,
    )


def _row(match: _Match) -> Row:
    found, artifact = match.vulnerability, match.artifact
    if found.fix is None:
        fixed_in, state = found.fixed_in_version or "", NO_FIX_OBJECT
    else:
        fixed_in, state = ", ".join(found.fix.versions or ()), found.fix.state
    return Row(found.id, found.severity, artifact.name, artifact.version, fixed_in, state)


def _about(source: _Source, descriptor: _Descriptor, distro: _Distro) -> About:
    target = source.target if isinstance(source.target, _Target) else _Target()
    return About(
        tool_version=descriptor.version,
        source_type=source.type,
        image_ref=target.user_input,
        target=source.target if isinstance(source.target, str) else "",
        repo_digests=tuple(reference for reference in target.repo_digests or () if reference),
        manifest_digest=target.manifest_digest,
        image_id=target.image_id,
        distro={"name": distro.name, "version": distro.version},
    )


def _refusal(report: _Report, about: About) -> Malformed | None:
    if about.source_type != "image":
        what = about.source_type[:40] or "nothing named"
        return Malformed(f"this is a scan of: {what}; {IMAGES_ONLY}: use 'grype registry:…@sha256:…'", "source.type")
    database = (report.descriptor or _Descriptor()).db
    if database and (database.error or not (database.status or _Status()).valid):
        return Malformed("Grype's vulnerability database is not valid; run 'grype db update'", "descriptor.db")
    if report.matches or report.ignored_matches or about.distro["name"]:
        return None
    reason = "no match and no distribution: nothing shows that packages were looked at; scan the pushed image"
    return Malformed(reason, "distro")
