"""What people say about findings of an image: that they do not count for some time, or that they count again."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.asking import MAXIMUM_BODY, MAXIMUM_TEXT, Refused, Reply, entitled, known, texts
from shared.contracts import strict_json, wire
from shared.contracts.malformed import Malformed
from shared.contracts.principal import Principal
from shared.core.evidence import Waiver
from shared.core.facts import ImageFact, WaiverGranted, WaiverRevoked
from shared.core.identity import fact_id, image_key, release_key
from shared.core.images import Image
from shared.core.policy import HOUR
from shared.core.release import TERMINAL, Release
from shared.doors.intake import Intake
from shared.people.hearing import heard
from shared.ports import Clock, Documents

DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
MAXIMUM_IDS = 100


class Waivers:
    """Takes waivers of people, and takes them back."""

    def __init__(self, documents: Documents, intake: Intake, clock: Clock, *, authenticated: bool) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock
        self._authenticated = authenticated

    def grant(self, digest: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take a waiver `{ids: […] or "all", reason, hours}`; 202 means that it is on its way. Raises Unavailable.

        401 without a person, 404 for an unknown image, 409 where no release waits for it or runs on it, 400 for a
        malformed body, and 403 where it would count for none of them: for want of a role of the policy's
        `waiver_roles`, because the person submitted the release, or for more hours than the policy allows.
        """
        return self._taken(
            headers,
            lambda person: self._granted(image_of(self._documents, digest), person, body),
            body,
            f"waiver for image {digest[:71]}",
        )

    def revoke(self, digest: str, waiver: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take a waiver back, with a `comment`; refused as `grant` is, and 404 for an unknown waiver."""
        return self._taken(
            headers,
            lambda person: self._revoked(image_of(self._documents, digest), person, body, waiver),
            body,
            f"revocation for image {digest[:71]}",
        )

    def _taken(
        self, headers: Mapping[str, str], meant: Callable[[Principal], ImageFact], body: bytes, source: str
    ) -> Reply:
        def who() -> Principal:
            return known(headers, authenticated=self._authenticated)

        return heard(self._intake, who, meant, body, source, beside=_named)

    def _granted(self, image: Image, person: Principal, body: bytes) -> WaiverGranted:
        ids, reason, hours = _asked(body)
        concerned = self._concerned(image)
        refusals = [refusal for release in concerned if (refusal := _refusal(release, person, hours))]
        if len(refusals) == len(concerned):
            raise refusals[0]
        now = self._clock.now()
        cause = fact_id("waiver", image.ledger[-1].hash, person.tenant, person.id, str(ids), reason, f"{hours:g}")
        waiver = Waiver(
            id=cause[:32],
            ids=ids,
            reason=reason,
            person=person.id,
            tenant=person.tenant,
            name=person.name,
            roles=tuple(sorted(person.roles)),
            at=now,
            until=now + hours * HOUR,
        )
        return WaiverGranted(id=cause, at=now, actor=person.id, digest=image.digest, waiver=waiver)

    def _revoked(self, image: Image, person: Principal, body: bytes, waiver: str) -> WaiverRevoked:
        comment = texts(body, ("comment",))["comment"]
        roles = {role for release in self._concerned(image) for role in release.policy.quarantine.waiver_roles}
        entitled(person, sorted(roles))
        if not any(each.id == waiver for each in image.waivers):
            raise Refused(404, f"image {image.digest} has no waiver {waiver[:32]}")
        return WaiverRevoked(
            id=fact_id("waiver revoked", image.key, waiver, person.tenant, person.id),
            at=self._clock.now(),
            actor=person.id,
            digest=image.digest,
            waiver=waiver,
            person=person.id,
            tenant=person.tenant,
            name=person.name,
            comment=comment,
        )

    def _concerned(self, image: Image) -> Sequence[Release]:
        """The releases that wait for the image or run on it; raises Refused with 409 when there is none."""
        keys = (release_key(*name) for name in image.releases)
        stored = ((key, document) for key in keys if (document := self._documents.read(key)))
        releases = [wire.decode_release(key, document.data) for key, document in stored]
        concerned = [release for release in releases if release.stage not in TERMINAL]
        if not concerned:
            raise Refused(409, f"no release waits for image {image.digest} or runs on it")
        return concerned


def image_of(documents: Documents, digest: str) -> Image:
    """The image `sha256:…`, or its digits alone; raises Refused with 404, Unavailable."""
    key = image_key(digest)
    stored = documents.read(key) if DIGEST.fullmatch(digest) else None
    image = wire.decode_record(key, stored.data) if stored else None
    if not isinstance(image, Image):
        raise Refused(404, f"no image {digest[:71]} is known")
    return image


def _named(fact: ImageFact) -> Mapping[str, Any]:
    return {"waiver": fact.waiver.id} if isinstance(fact, WaiverGranted) else {}


def _refusal(release: Release, person: Principal, hours: float) -> Refused | None:
    """Why the waiver would not count for the release, as the gate would see it."""
    policy = release.policy.quarantine
    try:
        entitled(person, policy.waiver_roles)
    except Refused as refusal:
        return refusal
    if {person.id, person.name} & set(release.submitters):
        return Refused(403, f"{person.name} submitted {release.name}; somebody else must waive")
    if hours > policy.maximum_waiver_hours:
        return Refused(403, f"{release.name} may be waived for at most {policy.maximum_waiver_hours:g} hours")
    return None


def _asked(body: bytes) -> tuple[tuple[str, ...], str, float]:
    """Ids (none for all), reason and hours; raises Refused with 400."""
    try:
        content: Any = strict_json.loads(body, limit=MAXIMUM_BODY, depth=4)
    except Malformed as problem:
        raise Refused(400, str(problem)) from problem
    if not isinstance(content, dict) or set(content) != {"ids", "reason", "hours"}:
        raise Refused(400, "send an object with ids, reason and hours and nothing else")
    ids, reason, hours = content["ids"], content["reason"], content["hours"]
    named = isinstance(ids, list) and 1 <= len(ids) <= MAXIMUM_IDS
    if ids != "all" and not (named and all(isinstance(each, str) and ID.fullmatch(each) for each in ids)):
        raise Refused(400, f"ids must be 'all' or a list of 1–{MAXIMUM_IDS} vulnerability ids")
    if not isinstance(reason, str) or not 1 <= len(reason.strip()) <= MAXIMUM_TEXT:
        raise Refused(400, f"reason must be text of 1–{MAXIMUM_TEXT:,} characters")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours < float("inf"):
        raise Refused(400, "hours must be a number above 0")
    return () if ids == "all" else tuple(dict.fromkeys(ids)), reason.strip(), float(hours)
