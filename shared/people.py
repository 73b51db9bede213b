"""What people ask and say: releases to read, and approvals that must name what they approve."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts import principal, strict_json, wire
from shared.contracts.malformed import Malformed
from shared.contracts.principal import Principal
from shared.core.facts import ApprovalGiven, ApprovalRefused
from shared.core.identity import fact_id, release_key
from shared.core.release import Release, Stage
from shared.intake import Intake
from shared.ports import Clock, Documents
from shared.views import detail, summary

MAXIMUM_BODY = 16_384
ANSWERABLE = (Stage.REGISTERED, Stage.AWAITING_APPROVAL)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP status and what to say as JSON."""

    code: int
    content: Any


class Refused(Exception):
    """A person asked for what may not be; `code` is HTTP's, the message a sentence."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class People:
    """The HTTP side of Gatehouse, without HTTP."""

    def __init__(self, documents: Documents, intake: Intake, clock: Clock, *, authenticated: bool) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock
        self._authenticated = authenticated

    def releases(self) -> Reply:
        """Every release in a line, the one that moved last first; raises Unavailable."""
        return Reply(200, {"releases": sorted(self._summaries(), key=lambda line: line["since"] or "", reverse=True)})

    def _summaries(self) -> Iterator[dict[str, Any]]:
        return (summary(marks) for _, marks in self._documents.labelled("releases/"))

    def release(self, model: str, version: str) -> Reply:
        """One release with its verdicts and its ledger; 404 for an unknown one. Raises Unavailable."""
        try:
            return Reply(200, detail(self._found(model, version)))
        except Refused as refusal:
            return _said(refusal)

    def approval(self, model: str, version: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take a yes or no; 202 means that it is on its way. Raises Unavailable.

        401 without a person, 403 for one who may not, 400 for a malformed body, 404, and 409 for another stage or
        image than the release has; every refused body of a known person is kept in quarantine with the reason.
        """
        try:
            person = self._person(headers)
        except Refused as refusal:
            return _said(refusal)
        try:
            answer = self._answered(self._found(model, version), person, body)
        except Refused as refusal:
            case = self._intake.refuse(body[:MAXIMUM_BODY], str(refusal), f"approval of {model[:60]}:{version[:30]}")
            return Reply(refusal.code, {"refused": str(refusal), "quarantine": case})
        self._intake.tell([answer])
        return Reply(202, {"accepted": f"{type(answer).__name__} by {person.name}", "fact": answer.id})

    def _person(self, headers: Mapping[str, str]) -> Principal:
        if not self._authenticated:
            raise Refused(503, "the app's authentication is off; switch it on, so that a person can be known")
        try:
            return principal.parse(headers.get(principal.HEADER, ""))
        except Malformed as problem:
            raise Refused(401, f"who you are is not clear: {problem}") from problem

    def _found(self, model: str, version: str) -> Release:
        key = release_key(model, version)
        stored = self._documents.read(key)
        if stored is None:
            raise Refused(404, f"no release {model[:255]}:{version[:30]} is known")
        return wire.decode_release(key, stored.data)

    def _answered(self, release: Release, person: Principal, body: bytes) -> ApprovalGiven | ApprovalRefused:
        said = _parsed(body)
        if release.stage not in ANSWERABLE:
            raise Refused(409, f"{release.name} is {release.stage} and waits for nobody")
        if said["digest"] != release.digest:
            raise Refused(409, f"{release.name} runs on image {release.digest or '(none yet)'}, not {said['digest']}")
        if not set(person.roles) & set(release.policy.approval.roles):
            needed = ", ".join(release.policy.approval.roles)
            raise Refused(403, f"{person.name} has none of the roles {needed}")
        if release.submitter in (person.id, person.name):
            raise Refused(403, f"{person.name} submitted {release.name}; somebody else must answer")
        kind = ApprovalGiven if said["decision"] == "approve" else ApprovalRefused
        return kind(
            id=fact_id(
                "answer", said["decision"], release.key, release.stage, release.digest, person.tenant, person.id
            ),
            at=self._clock.now(),
            actor=person.id,
            model=release.model,
            version=release.version,
            stage=release.stage,
            digest=release.digest,
            person=person.id,
            tenant=person.tenant,
            name=person.name,
            comment=said["comment"],
        )


def _parsed(body: bytes) -> dict[str, str]:
    try:
        said = strict_json.loads(body, limit=MAXIMUM_BODY, depth=4)
    except Malformed as problem:
        raise Refused(400, str(problem)) from problem
    if not isinstance(said, dict) or not set(said) <= {"decision", "digest", "comment"}:
        raise Refused(400, "send an object with decision, digest and, if you like, comment")
    texts = {name: said.get(name, "") for name in ("decision", "digest", "comment")}
    if texts["decision"] not in ("approve", "reject"):
        raise Refused(400, "decision must be 'approve' or 'reject'")
    if not all(isinstance(text, str) and len(text) <= 2000 for text in texts.values()):
        raise Refused(400, "digest and comment are texts of at most 2,000 characters")
    return {name: str(text) for name, text in texts.items()}


def _said(refusal: Refused) -> Reply:
    return Reply(refusal.code, {"refused": str(refusal)})
