"""People who answer for releases and operate them, and the approvals that somebody forges in their names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from random import Random

import msgspec

from local.principal import principal
from shared.asking import Reply
from shared.contracts import wire
from shared.core.facts import ApprovalGiven
from shared.core.identity import fact_id
from shared.core.release import Stage
from shared.ports import Conflict, Unavailable
from tests.simulated.faults import Crash
from tests.simulated.story import MODEL
from tests.simulation.plant import Plant
from tests.simulation.truth import Fate, Said, Truth

APPROVERS = ("Anna", "Bert", "Dora")
MINUTE, HOUR = 60.0, 3600.0


class People:
    """Those who say yes or no, operate or forge; `stages` tells where each release was last seen to be.

    `calm` ones do only what a good life needs.
    """

    def __init__(self, plant: Plant, truth: Truth, random: Random, stages: Mapping[str, str], *, calm: bool) -> None:
        self._plant, self._truth, self._random, self._calm = plant, truth, random, calm
        self._stages = stages

    def plan_answers(self, fate: Fate, start: float) -> None:
        """Let everybody answer for the version in the first 40 minutes after `start` seconds from now."""
        random = self._random
        wrong = 0.0 if self._calm else 0.15
        for person in (*APPROVERS, fate.submitter):
            if person == fate.submitter and random.random() >= wrong:
                continue
            yes = self._calm or random.random() < 0.97
            misled = random.random() < wrong
            digest = f"sha256:{'0' * 64}" if misled else fate.digest
            when = start + random.uniform(MINUTE, 40 * MINUTE)
            self._plant.scheduler.after(when, partial(self._answer, fate, person, yes, digest, 12))
        if random.random() < wrong:
            self._plant.scheduler.after(start + random.uniform(0.0, 20 * MINUTE), lambda: self._forge_in_time(fate, 30))

    def _answer(self, fate: Fate, person: str, yes: bool, digest: str, tries: int) -> None:
        """A person says so once the release waits for it, again when the answer is lost, and sometimes twice."""
        if tries == 0 or self._stages.get(fate.key) in ("rejected", "expired", "superseded", "live"):
            return

        def again() -> None:
            self._answer(fate, person, yes, digest, tries - 1)

        if self._stages.get(fate.key) != "awaiting approval" and self._random.random() < 0.95:
            self._plant.scheduler.after(6 * MINUTE, again)
            return
        worker = self._random.randrange(len(self._plant.trouble.swarm.skews))
        self._plant.scheduler.spawn(worker, f"{person} answers", lambda: self._say(fate, person, yes, digest, again))

    def _say(self, fate: Fate, person: str, yes: bool, digest: str, again: Callable[[], None]) -> None:
        header = principal(person, f"id-of-{person}", ["Gatehouse.Approver"])
        said = {"decision": "approve" if yes else "reject", "digest": digest}
        doubtful = Said(fate.version, person, digest, yes, sure=False)
        self._truth.said.append(doubtful)
        reply: Reply | None = None
        try:
            body = msgspec.json.encode(said)
            reply = self._plant.people.approval(MODEL, fate.version, {"x-ms-client-principal": header}, body)
        except (Crash, Unavailable, Conflict):
            pass
        taken = reply is not None and reply.code == 202
        if reply is not None:
            self._truth.said.remove(doubtful)
        if reply is not None and taken:
            self._truth.said.append(replace(doubtful, sure=True, fact=str(reply.content["fact"])))
        if not taken or self._random.random() < 0.1:
            self._plant.scheduler.after(5 * MINUTE, again)

    def plan_demands(self, fate: Fate, start: float) -> None:
        """An operator steps in now and then: aborts, rolls back, or pauses for a while."""
        if self._calm or self._random.random() >= 0.2:
            return
        action = self._random.choice(["abort", "rollback", "pause", "pause"])
        when = start + self._random.uniform(0.0, 2 * HOUR)
        self._plant.scheduler.after(when, lambda: self.demand(fate, action))

    def demand(self, fate: Fate, action: str, tries: int = 3) -> None:
        """Let the operator demand it now, and again while no answer comes; a pause ends by itself."""
        header = principal("Olga", "id-of-Olga", ["Gatehouse.Operator"])

        def demand() -> None:
            reply: Reply | None = None
            try:
                headers = {"x-ms-client-principal": header}
                reply = self._plant.operators.demand(action, MODEL, fate.version, headers, b'{"comment": "so be it"}')
            except (Crash, Unavailable, Conflict):
                pass
            if reply is None and tries:
                self._plant.scheduler.after(MINUTE, lambda: self.demand(fate, action, tries - 1))
            elif action == "pause" and (reply is None or reply.code == 202):
                later = self._random.uniform(MINUTE, 40 * MINUTE)
                self._plant.scheduler.after(later, lambda: self.demand(fate, "resume", tries=12))

        self._truth.operated.add(fate.version)
        self._plant.scheduler.spawn(0, f"Olga: {action}", demand)

    def _forge_in_time(self, fate: Fate, tries: int) -> None:
        """Mostly once the release waits for people."""
        if not tries or self._stages.get(fate.key) == "awaiting approval" or self._random.random() < 0.01:
            self.forge(fate)
        else:
            self._plant.scheduler.after(MINUTE, lambda: self._forge_in_time(fate, tries - 1))

    def forge(self, fate: Fate) -> None:
        """Approvals that an older door let through: one of another image and one by the submitter.

        That of a version which nobody has registered, or only later, can be in no ledger.
        """
        for person, digest in (("Eve", f"sha256:{'1' * 64}"), (fate.submitter, fate.digest)):
            fact = ApprovalGiven(
                id=fact_id("forged", fate.version, person),
                at=self._plant.scheduler.now(),
                model=MODEL,
                version=fate.version,
                stage=Stage.AWAITING_APPROVAL,
                digest=digest,
                person=f"id-of-{person}",
                tenant="elsewhere",
                name=person,
            )
            body = wire.encode_fact(fact)
            self._truth.strays.append((fact.id, body))
            self._plant.bus.put("facts", body)
