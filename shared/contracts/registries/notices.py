"""What a sender says about one thing in a registry, and what of that is a hint to look there."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.shapes import Instant, convert
from shared.core.identity import digest_of

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MANIFEST = re.compile(r"application/vnd\.(docker\.distribution\.manifest|oci\.image\.(manifest|index))\.[a-z0-9.+]+")
_PUSHES = ("push", "quarantine")
_IGNORED = {
    "ping": "a ping only tries the webhook",
    "pull": "a pull changes nothing",
    "mount": "a mount only shares a layer",
    "chart_push": "a chart is no image",
    "chart_delete": "a chart is no image",
    "scan": "a summary has no findings; the report itself comes by the queue scan-results",
    "other": "it is about no image that came or went",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A registry's summary of a scan, in its scanner's own words; `clean` only for a scan that worked and found none.

    `total` and `fixable` are None where the summary is left out.
    """

    state: str
    severity: str
    total: int | None
    fixable: int | None
    by_severity: dict[str, int]

    @property
    def clean(self) -> bool:
        """Whether the scan came to an end and found nothing."""
        return self.state == "Success" and self.total == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sender's word about one thing, as it was sent; "" for what was left out, nothing of it verified.

    `action` is push, quarantine, delete, pull, mount, ping, chart_push, chart_delete, scan or other; `type` the
    sender's own word. `time` is the sender's text or number, `at` the same in seconds since the epoch. `artifact` and
    `version` name a chart or package. `element` is the event alone, whatever delivery it came in.
    """

    format: str
    source: str
    id: str
    type: str
    action: str
    element: dict[str, Any]
    registry: str = ""
    repository: str = ""
    tag: str = ""
    digest: str = ""
    time: str | int = ""
    at: float = 0.0
    media_type: str = ""
    actor: str = ""
    artifact: str = ""
    version: str = ""
    scan: Overview | None = None
    where: str = ""

    @property
    def image(self) -> str:
        """The name that the sender gives the image, for people."""
        return f"{self.registry}/{self.repository}:{self.tag}"

    @property
    def full_digest(self) -> str:
        """The digest where it is a whole SHA-256, else ""."""
        return self.digest if _DIGEST.fullmatch(self.digest) else ""

    @property
    def is_image(self) -> bool:
        """Whether it is about a manifest; a sender that gives no media type is taken to mean one."""
        return not self.media_type or _MANIFEST.fullmatch(self.media_type) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Where to look: something was pushed to, or deleted from, `repository` of `registry` ("" when not said).

    `digest` is a whole SHA-256 or "", `at` in seconds since the epoch; `id` is the sender's own or made of its words,
    and unique within `source`.
    """

    action: Literal["push", "delete"]
    source: str
    id: str
    registry: str
    repository: str
    tag: str
    digest: str
    at: float
    element: dict[str, Any] = field(repr=False)
    where: str = ""

    @property
    def body(self) -> str:
        """SHA-256 (64 hex characters) of the event alone."""
        return digest_of(self.element)

    def canonical(self) -> bytes:
        """The bytes that `body` is of."""
        return json.dumps(self.element, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hint_of(notice: Notice) -> Hint | Ignored | Malformed:
    """What is to be looked at in the registry; Malformed where the notice does not say what."""
    if notice.action not in (*_PUSHES, "delete"):
        return Ignored(f"{notice.format} {notice.type}: {_IGNORED[notice.action]}", notice.where)
    if not notice.is_image:
        return Ignored(f"{notice.media_type[:100]} is no image's manifest", notice.where)
    if not notice.repository or not (notice.tag or notice.full_digest):
        return Malformed("it names no repository, or neither tag nor a whole sha256 digest", notice.where)
    return Hint(
        action="push" if notice.action in _PUSHES else "delete",
        source=notice.source,
        id=notice.id or digest_of(notice.element),
        registry=notice.registry,
        repository=notice.repository,
        tag=notice.tag,
        digest=notice.full_digest,
        at=notice.at,
        element=notice.element,
        where=notice.where,
    )


def seconds(text: str, where: str) -> float:
    """The moment of an ISO 8601 `text` with a zone, in seconds since the epoch; raises Malformed."""
    return convert(text, Instant, where).timestamp()
