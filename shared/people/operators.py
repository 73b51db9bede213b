"""What operators say: abort, pause, resume and roll back; the lifecycle itself says which of it can be."""

from collections.abc import Mapping

from shared.asking import Refused, Reply, entitled, known, registered, texts
from shared.contracts.principal import Principal
from shared.core.facts import Demand, ReleaseAborted, ReleasePaused, ReleaseResumed, RollbackDemanded
from shared.core.identity import fact_id
from shared.core.lifecycle import decide
from shared.core.release import Release
from shared.doors.intake import Intake
from shared.people.hearing import heard
from shared.ports import Clock, Documents

DEMANDS: dict[str, type[Demand]] = {
    "abort": ReleaseAborted,
    "pause": ReleasePaused,
    "resume": ReleaseResumed,
    "rollback": RollbackDemanded,
}


class Operators:
    """Takes the demands of operators."""

    def __init__(self, documents: Documents, intake: Intake, clock: Clock, *, authenticated: bool) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock
        self._authenticated = authenticated

    def demand(self, action: str, model: str, version: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take one of DEMANDS; 202 means that it is on its way. Raises Unavailable.

        401 without a person, 403 for one without a role of the release's policy, 404 for an unknown release, 400 for a
        malformed body, and 409 where the lifecycle would do nothing; every refused body of a known person is kept in
        quarantine with the reason.
        """
        return heard(
            self._intake,
            lambda: known(headers, authenticated=self._authenticated),
            lambda person: self._demanded(action, registered(self._documents, model, version), person, body),
            body,
            f"{action} of {model[:60]}:{version[:30]}",
        )

    def _demanded(self, action: str, release: Release, person: Principal, body: bytes) -> Demand:
        entitled(person, release.policy.operators.roles)
        fact = self._fact(DEMANDS[action], release, person, texts(body, ("comment",))["comment"])
        decision = decide(release, fact, None, fact.at)
        assert decision is not None
        after = decision.record
        if (after.stage, after.paused) == (release.stage, release.paused):
            raise Refused(409, f"{release.name}: {after.ledger[-1].sentence}")
        return fact

    def _fact(self, kind: type[Demand], release: Release, person: Principal, comment: str) -> Demand:
        """The demand about the release as it is: sent twice by a client that heard no answer, it is one fact."""
        return kind(
            id=fact_id(kind.__name__, release.key, release.ledger[-1].hash, person.tenant, person.id, comment),
            at=self._clock.now(),
            actor=person.id,
            model=release.model,
            version=release.version,
            person=person.id,
            tenant=person.tenant,
            name=person.name,
            comment=comment,
        )
