"""What people ask about packages: which are allowed, and exceptions for those that are not."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.asking import MAXIMUM_BODY, Refused, Reply, entitled, known, said, texts
from shared.contracts.exceptions import Wish, is_scope, read_until, wish_of
from shared.contracts.malformed import Malformed
from shared.contracts.packages.listing import LIMIT, parse_listing
from shared.contracts.packages.versions import holds
from shared.contracts.principal import Principal
from shared.core import exceptions as lifecycle
from shared.core import facts
from shared.core.exceptions import PackageException
from shared.core.identity import digest_of, exception_key, fact_id
from shared.core.packages import Judgement, Listing, Rules, Ruling, judge
from shared.core.policy import HOUR, Policy
from shared.granted import every_exception, exception_at, grants
from shared.intake import Intake
from shared.ports import Clock, Documents
from shared.views import iso

type PolicyFor = Callable[[facts.ModelRegistered], Policy]

DAY = 24 * HOUR
WISH = ("package", "specifier", "source", "model", "scenario", "reason")
ANSWER = ("decision", "until", "comment")


class Packages:
    """The HTTP side of the rules about packages, without HTTP."""

    def __init__(
        self, documents: Documents, intake: Intake, clock: Clock, policy_for: PolicyFor, *, authenticated: bool
    ) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock
        self._policy_for, self._authenticated = policy_for, authenticated

    def check(self, headers: Mapping[str, str], model: str, scenario: str, body: bytes) -> Reply:
        """Judge every package that `body` names, under the policy of `model` and `scenario` ("" for the usual ones).

        401 without a person, 413 for a body of more than 10 MB, 400 for one that is not understood or an unknown
        scenario. Nothing is kept. Raises Unavailable.
        """
        try:
            known(headers, authenticated=self._authenticated)
            listing = _listing(headers, body)
            policy = self._policy(model, scenario)
        except Refused as refusal:
            return said(refusal)
        excepted = grants(self._documents, model, policy.scenario, self._clock.now())
        rules = Rules(policy=policy.packages, holds=holds, grants=excepted)
        return Reply(200, _answer(listing, judge(rules, listing.packages), policy))

    def _policy(self, model: str, scenario: str) -> Policy:
        if not (is_scope(model) and is_scope(scenario)):
            raise Refused(400, "name one model and one scenario, or leave them out")
        tags = {"scenario": scenario} if scenario else {}
        asking = facts.ModelRegistered(id="", at=self._clock.now(), model=model, version="", tags=tags)
        try:
            return self._policy_for(asking)
        except Malformed as problem:
            raise Refused(400, str(problem)) from problem

    def exceptions(self, headers: Mapping[str, str]) -> Reply:
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
        return self._taken(headers, body, "a request for a package", self._wished)

    def review(self, exception: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take a reviewer's answer; 202 means that it is on its way.

        401 without a person, 403 for one without a reviewer's role and for the one who asked, 404 for an unknown
        exception, 400 for a malformed body or a time beyond the policy's, 409 for one that was answered.
        Raises Unavailable.
        """

        def answered(person: Principal, body: bytes) -> facts.ExceptionFact:
            return self._answered(exception, person, body)

        return self._taken(headers, body, f"a review of package exception {exception[:40]}", answered)

    def _taken(
        self,
        headers: Mapping[str, str],
        body: bytes,
        source: str,
        heard: Callable[[Principal, bytes], facts.ExceptionFact],
    ) -> Reply:
        try:
            person = known(headers, authenticated=self._authenticated)
        except Refused as refusal:
            return said(refusal)
        try:
            fact = heard(person, body)
        except Refused as refusal:
            case = self._intake.refuse(body[:MAXIMUM_BODY], str(refusal), source)
            return Reply(refusal.code, {"refused": str(refusal), "quarantine": case})
        self._intake.tell([fact])
        accepted = f"{type(fact).__name__} by {person.name}"
        return Reply(202, {"accepted": accepted, "exception": fact.exception, "fact": fact.id})

    def _wished(self, person: Principal, body: bytes) -> facts.ExceptionFact:
        wish = _understood(wish_of, texts(body, WISH))
        self._policy(wish.model, wish.scenario)
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
        rules = self._policy(before.model, before.scenario).packages
        entitled(person, rules.reviewer_roles)
        if person.id == before.person:
            raise Refused(403, f"{person.name} asked for {before.package}; somebody else must answer")
        answer = texts(body, ANSWER)
        latest = self._clock.now() + rules.maximum_exception_days * DAY
        match answer["decision"]:
            case "approve":
                until = _understood(read_until, answer["until"], self._clock.now(), latest)
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


def _understood[**P, T](read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    try:
        return read(*given, **named)
    except Malformed as problem:
        raise Refused(400, str(problem)) from problem


def _listing(headers: Mapping[str, str], body: bytes) -> Listing:
    if len(body) > LIMIT:
        raise Refused(413, f"the document has {len(body)} bytes, more than the {LIMIT} allowed; split it")
    return _understood(parse_listing, body, headers.get("content-type", ""))


def _answer(listing: Listing, judgements: tuple[Judgement, ...], policy: Policy) -> dict[str, Any]:
    counts = {ruling.value: sum(each.ruling is ruling for each in judgements) for ruling in Ruling}
    return {
        "format": listing.format,
        "allowed": counts[Ruling.ALLOWED] == len(judgements) and not listing.unseen,
        "counts": counts,
        "packages": [_line(each) for each in judgements],
        "unseen": [{"part": part, "how": "it points elsewhere; send that file, too"} for part in listing.unseen],
        "policy": {"name": policy.name, "digest": policy.digest()},
    }


def _line(each: Judgement) -> dict[str, Any]:
    package = each.package
    return {
        "name": package.name,
        "version": package.version or None,
        "specifier": package.specifier or None,
        "source": package.location or package.source or None,
        "ruling": each.ruling,
        "reasons": list(each.reasons),
        "how": each.how or None,
        "exception": each.exception or None,
    }


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
