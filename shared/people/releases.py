"""What people ask and say: releases to read, and approvals that must name what they approve."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from shared.asking import Refused, Reply, entitled, known, registered, said, texts
from shared.contracts.malformed import Malformed
from shared.contracts.principal import Principal
from shared.core.facts import ApprovalGiven, ApprovalRefused
from shared.core.identity import fact_id
from shared.core.release import Release, Stage
from shared.doors.intake import Intake
from shared.histories import whole
from shared.ledgers import Ledgers
from shared.listing import listed
from shared.people.hearing import heard
from shared.ports import Clock, Documents
from shared.views import detail, replayed, summary

log = logging.getLogger("gatehouse.people")

ANSWERABLE = (Stage.REGISTERED, Stage.AWAITING_APPROVAL)


class People:
    """The HTTP side of Gatehouse, without HTTP."""

    def __init__(
        self, documents: Documents, ledgers: Ledgers, intake: Intake, clock: Clock, *, authenticated: bool
    ) -> None:
        self._documents, self._ledgers, self._intake, self._clock = documents, ledgers, intake, clock
        self._authenticated = authenticated

    def releases(self) -> Reply:
        """Every release in a line, the one that moved last first; raises Unavailable."""
        return Reply(200, {"releases": sorted(self._summaries(), key=lambda line: line["since"] or "", reverse=True)})

    def _summaries(self) -> Iterator[dict[str, Any]]:
        return (summary(marks) for _, marks in listed(self._documents, "releases"))

    def release(self, model: str, version: str) -> Reply:
        """One release with its verdicts and its ledger; 404 for an unknown one. Raises Unavailable."""
        try:
            return Reply(200, detail(self._whole(registered(self._documents, model, version))))
        except Refused as refusal:
            return said(refusal)

    def replay(self, model: str, version: str) -> Reply:
        """Whether the release follows from its ledger, and what differs first; 404 for an unknown one.

        Raises Unavailable.
        """
        try:
            return Reply(200, replayed(self._whole(registered(self._documents, model, version))))
        except Refused as refusal:
            return said(refusal)

    def _whole(self, release: Release) -> Release:
        """The release with its spilled entries; where they can not be read, its broken chain shows that."""
        try:
            return whole(release, release.key, self._ledgers)
        except Malformed as problem:
            log.error("the exported ledger of %s can not be read: %s", release.name, problem)
            return release

    def approval(self, model: str, version: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take a yes or no; 202 means that it is on its way. Raises Unavailable.

        401 without a person, 403 for one who may not, 400 for a malformed body, 404, and 409 for another stage or
        image than the release has; every refused body of a known person is kept in quarantine with the reason.
        """
        return heard(
            self._intake,
            lambda: known(headers, authenticated=self._authenticated),
            lambda person: self._answered(registered(self._documents, model, version), person, body),
            body,
            f"approval of {model[:60]}:{version[:30]}",
        )

    def _answered(self, release: Release, person: Principal, body: bytes) -> ApprovalGiven | ApprovalRefused:
        answer = texts(body, ("decision", "digest", "comment"))
        if answer["decision"] not in ("approve", "reject"):
            raise Refused(400, "decision must be 'approve' or 'reject'")
        if release.stage not in ANSWERABLE:
            raise Refused(409, f"{release.name} is {release.stage} and waits for nobody")
        if answer["digest"] != release.digest:
            raise Refused(409, f"{release.name} runs on image {release.digest or '(none yet)'}, not {answer['digest']}")
        entitled(person, release.policy.approval.roles)
        if {person.id, person.name} & set(release.submitters):
            raise Refused(403, f"{person.name} submitted {release.name}; somebody else must answer")
        kind = ApprovalGiven if answer["decision"] == "approve" else ApprovalRefused
        return kind(
            id=fact_id(
                "answer", answer["decision"], release.key, release.stage, release.digest, person.tenant, person.id
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
            comment=answer["comment"],
        )
