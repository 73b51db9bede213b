"""What people ask and say about exceptions for packages: to have one, to review one, and which there are."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.asking import (
    PolicyFor,
    Refused,
    Reply,
    entitled,
    known,
    policy_of,
    said,
    texts,
    understood,
)
from shared.contracts.exceptions import Wish, read_until, wish_of
from shared.contracts.principal import Principal
from shared.core import exceptions as lifecycle
from shared.core import facts
from shared.core.exceptions import PackageException
from shared.core.identity import digest_of, exception_key, fact_id
from shared.core.policy import HOUR, PackagePolicy
from shared.doors.intake import Intake
from shared.granted import every_exception, exception_at
from shared.people.hearing import heard
from shared.ports import Clock, Documents
from shared.views import iso

DAY = 24 * HOUR
WISH = ("package", "specifier", "source", "model", "scenario", "reason")
ANSWER = ("decision", "until", "comment")


class Exceptions:
    """Takes requests for packages that the rules do not allow at once, and the answers of reviewers."""

    def __init__(
        self, documents: Documents, intake: Intake, clock: Clock, policy_for: PolicyFor, *, authenticated: bool
    ) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock
        self._policy_for, self._authenticated = policy_for, authenticated

    def every(self, headers: Mapping[str, str]) -> Reply:
        """Every exception with its state, the newest request first; 401 without a person. Raises Unavailable."""
        try:
            known(headers, authenticated=self._authenticated)
        except Refused as refusal:
            return said(refusal)
        now = self._clock.now()
        newest = sorted(every_exception(self._documents), key=lambda each: (-each.requested_at, each.id))
        return Reply(200, {"exceptions": [line(each, now) for each in newest]})

    def ask(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take the request for an exception; 202 means that it is on its way to be reviewed.

        401 without a person, 400 for a malformed body, 409 for one that waits or counts already. Raises Unavailable.
        """
        return self._taken(headers, lambda person: self._wished(person, body), body, "a request for a package")

    def review(self, exception: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take a reviewer's answer; 202 means that it is on its way.

        401 without a person, 403 for one without a reviewer's role and for the one who asked, 404 for an unknown
        exception, 400 for a malformed body or a time beyond the policy's, 409 for one that was answered.
        Raises Unavailable.
        """
        source = f"a review of package exception {exception[:40]}"
        return self._taken(headers, lambda person: self._answered(exception, person, body), body, source)

    def _taken(
        self, headers: Mapping[str, str], meant: Callable[[Principal], facts.ExceptionFact], body: bytes, source: str
    ) -> Reply:
        def who() -> Principal:
            return known(headers, authenticated=self._authenticated)

        return heard(self._intake, who, meant, body, source, beside=lambda fact: {"exception": fact.exception})

    def _wished(self, person: Principal, body: bytes) -> facts.ExceptionFact:
        wish = understood(wish_of, texts(body, WISH))
        self._rules(wish.model, wish.scenario)
        exception = digest_of(["package exception", person.tenant, person.id, *wish.scope()])[:32]
        before = exception_at(self._documents, exception_key(exception))
        fact = self._request(exception, wish, person, before)
        return self._heeded(before, fact)

    def _request(
        self, exception: str, wish: Wish, person: Principal, before: PackageException | None
    ) -> facts.PackageExceptionRequested:
        head = before.ledger[-1].hash if before else ""
        return facts.PackageExceptionRequested(
            id=fact_id("PackageExceptionRequested", exception, head, wish.reason),
            at=self._clock.now(),
            actor=person.id,
            exception=exception,
            person=person.id,
            tenant=person.tenant,
            name=person.name,
            reason=wish.reason,
            package=wish.package,
            specifier=wish.specifier,
            source=wish.source,
            model=wish.model,
            scenario=wish.scenario,
        )

    def _answered(self, exception: str, person: Principal, body: bytes) -> facts.ExceptionFact:
        before = exception_at(self._documents, exception_key(exception)) if exception.isalnum() else None
        if before is None:
            raise Refused(404, "there is no such exception; GET /api/packages/exceptions lists them")
        rules = self._rules(before.model, before.scenario)
        entitled(person, rules.reviewer_roles)
        if person.id == before.person:
            raise Refused(403, f"{person.name} asked for {before.package}; somebody else must answer")
        answer = texts(body, ANSWER)
        latest = self._clock.now() + rules.maximum_exception_days * DAY
        match answer["decision"]:
            case "approve":
                until = understood(read_until, answer["until"], self._clock.now(), latest)
                granted = facts.PackageExceptionGranted
                fact = self._answer(granted, before, person, answer["comment"], until=until)
            case "refuse":
                fact = self._answer(facts.PackageExceptionRefused, before, person, answer["comment"])
            case _:
                raise Refused(400, "decision must be 'approve' or 'refuse'")
        return self._heeded(before, fact)

    def _answer(
        self,
        kind: type[facts.ExceptionAnswer],
        before: PackageException,
        person: Principal,
        comment: str,
        **content: Any,
    ) -> facts.ExceptionFact:
        return kind(
            id=fact_id(kind.__name__, before.id, before.ledger[-1].hash, person.tenant, person.id, comment),
            at=self._clock.now(),
            actor=person.id,
            exception=before.id,
            person=person.id,
            tenant=person.tenant,
            name=person.name,
            comment=comment,
            **content,
        )

    def _heeded(self, before: PackageException | None, fact: facts.ExceptionFact) -> facts.ExceptionFact:
        """The fact, if it changes anything; raises Refused with 409 and the ledger's own sentence when not."""
        after = lifecycle.decide(before, fact, self._clock.now()).record
        if before and (after.stage, after.requested_at) == (before.stage, before.requested_at):
            raise Refused(409, f"exception {before.id}: {after.ledger[-1].sentence}")
        return fact

    def _rules(self, model: str, scenario: str) -> PackagePolicy:
        return policy_of(self._policy_for, model, scenario, self._clock.now()).packages


def line(each: PackageException, now: float) -> dict[str, Any]:
    """One exception as people read it, with its state at `now`."""
    return {
        "id": each.id,
        "state": each.state(now),
        "package": each.package,
        "specifier": each.specifier or None,
        "source": each.source or None,
        "model": each.model or None,
        "scenario": each.scenario or None,
        "reason": each.reason,
        "requested_by": each.name,
        "requested_at": iso(each.requested_at),
        "reviewed_by": each.reviewer or None,
        "comment": each.comment or None,
        "until": iso(each.until),
    }
