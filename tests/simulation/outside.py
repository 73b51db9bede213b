"""Everybody outside of Gatehouse: who registers, scans, approves, operates, uses the endpoints, or sends nonsense."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random

import msgspec

from local.principal import principal
from shared.asking import Reply
from shared.contracts import wire
from shared.core.facts import ApprovalGiven
from shared.core.identity import fact_id
from shared.core.release import Stage
from shared.ports import Answer, Conflict, Unavailable
from tests.simulated import story
from tests.simulated.faults import Crash
from tests.simulated.story import ENDPOINT, MODEL, ONNX
from tests.simulation.plant import Hub, Plant
from tests.simulation.truth import Fate, Said, Scanned, Truth

PICKLE = b"\x80\x04\x95\x10\x00\x00\x00"
APPROVERS = ("Anna", "Bert", "Dora")
MINUTE, HOUR = 60.0, 3600.0
BATCH_SECONDS, PARTS = 30.0, 6
BUSY, QUIET = 40, 3


class Outside:
    """Plans what happens in the first hours of a schedule, and remembers it in `truth`.

    `calm` people and scanners do only what a good life needs. `stages` tells where each release was last seen to be.
    """

    def __init__(self, plant: Plant, truth: Truth, random: Random, *, calm: bool) -> None:
        self._plant, self._truth, self._random, self._calm = plant, truth, random, calm
        self._hub = Hub(plant)
        self._requests = random.choice([BUSY, BUSY, QUIET])
        self.stages: Mapping[str, str] = {}

    def waiting(self) -> int:
        """How much telemetry nobody has counted yet."""
        return self._hub.waiting()

    def begin(self, fates: list[Fate], spread: float, pace: float = 0.0) -> None:
        """Let each version appear within `spread` seconds, or `pace` seconds after the one before, and live on."""
        for number, fate in enumerate(fates):
            self._truth.fates[fate.version] = fate
            self._prepare(fate)
            start = number * pace or self._random.uniform(0.0, spread)
            self._plant.scheduler.after(start, partial(self._announce, fate))
            self._plan_scans(fate, start)
            self._plan_people(fate, start)
            self._plan_operator(fate, start)
        if not self._calm:
            self._plan_noise(fates, spread)
        self._plant.scheduler.after(BATCH_SECONDS, self._serve)

    def _prepare(self, fate: Fate) -> None:
        plant = self._plant
        weights = PICKLE if fate.pickle else ONNX
        metrics = {"accuracy": str(fate.accuracy)}
        story.push_model(plant, fate.version, image=fate.image, weights=weights, by=fate.submitter, metrics=metrics)
        if fate.smoke != 200:
            plant.endpoints.answers[fate.deployment] = Answer(code=fate.smoke, latency_ms=9.0, detail="no such column")
        if fate.unmade:
            plant.endpoints.failing[fate.deployment] = "the container does not start"

    def _announce(self, fate: Fate, tag: str = "") -> None:
        """The registry's event, with a secret where nobody should look."""
        secret = f"AccountKey=CANARY-{fate.version}-{len(self._truth.secrets)}"
        self._truth.secrets.append(secret)
        event = {
            "id": f"registered-{fate.version}",
            "topic": "/subscriptions/s/workspaces/w",
            "eventType": "Microsoft.MachineLearningServices.ModelRegistered",
            "eventTime": _iso(self._plant.scheduler.now()),
            "data": {
                "modelName": MODEL,
                "modelVersion": fate.version,
                "modelTags": {"say": tag},
                "modelProperties": {"connection": secret},
            },
        }
        body = msgspec.json.encode([event])
        self._truth.announced.setdefault(fate.version, []).append(body)
        self._plant.bus.put("model-events", body)
        if not self._calm and not tag and self._random.random() < 0.15:
            self._plant.scheduler.after(self._random.uniform(0.0, HOUR), lambda: self._announce(fate, "changed"))

    def _plan_scans(self, fate: Fate, start: float) -> None:
        random, after = self._random, self._plant.scheduler.after
        if random.random() < 0.96 or self._calm:
            when = max(0.0, start + random.uniform(-10 * MINUTE, 30 * MINUTE))
            critical = 1 if random.random() < 0.08 else 0
            after(when, lambda: self.scan(fate, critical))
        if random.random() < 0.35:
            again = start + random.uniform(0.0, 2.5 * HOUR)
            findings = 1 if random.random() < 0.5 else 0
            after(again, lambda: self.scan(fate, findings))

    def scan(self, fate: Fate, critical: int) -> None:
        """Let the scanner report on the version's image now."""
        body = story.report(self._plant, fate.image, critical=critical)
        self._truth.scans.setdefault(fate.digest, []).append(Scanned(self._plant.scheduler.now(), critical, body))
        self._plant.bus.put("scan-results", body)

    def _plan_people(self, fate: Fate, start: float) -> None:
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
        if tries == 0 or self.stages.get(fate.key) in ("rejected", "expired", "superseded", "live"):
            return

        def again() -> None:
            self._answer(fate, person, yes, digest, tries - 1)

        if self.stages.get(fate.key) != "awaiting approval" and self._random.random() < 0.95:
            self._plant.scheduler.after(6 * MINUTE, again)
            return
        worker = self._random.randrange(len(self._plant.trouble.swarm.skews))
        self._plant.scheduler.spawn(worker, f"{person} answers", lambda: self._say(fate, person, yes, digest, again))

    def _say(self, fate: Fate, person: str, yes: bool, digest: str, again: object) -> None:
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
            assert callable(again)
            self._plant.scheduler.after(5 * MINUTE, again)

    def _plan_operator(self, fate: Fate, start: float) -> None:
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
        if not tries or self.stages.get(fate.key) == "awaiting approval" or self._random.random() < 0.01:
            self._forge(fate)
        else:
            self._plant.scheduler.after(MINUTE, lambda: self._forge_in_time(fate, tries - 1))

    def _forge(self, fate: Fate) -> None:
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

    def _plan_noise(self, fates: list[Fate], spread: float) -> None:
        """Bodies that nobody understands, and approvals of a version that does not exist."""
        random, bus = self._random, self._plant.bus
        if random.random() < 0.2:
            nobodys = Fate(version="99", image="churn-99")
            self._plant.scheduler.after(random.uniform(0.0, spread), lambda: self._forge(nobodys))
        for number in range(random.choice([0, 0, 1, 2])):
            secret = f"SharedAccessKey=CANARY-poison-{number}"
            self._truth.secrets.append(secret)
            body = msgspec.json.encode({"poison": number, "connection": secret})[: random.choice([None, -1])]
            self._truth.poison.append(body)
            queue = random.choice(["model-events", "scan-results", "facts", "deployment"])
            self._plant.scheduler.after(random.uniform(0.0, spread), partial(bus.put, queue, body))

    def _serve(self) -> None:
        """People use the endpoint; telemetry of it is only of interest while a canary runs."""
        if "canary" in self.stages.values():
            serving = self._plant.endpoints.serving(ENDPOINT)
            records = [record for name, weight in sorted(serving.items()) for record in self._records(name, weight)]
            if records:
                self._hub.append(msgspec.json.encode({"records": records}))
        self._plant.scheduler.after(BATCH_SECONDS, self._serve)

    def _records(self, deployment: str, weight: int) -> list[dict[str, object]]:
        fate, count = self._truth.of_deployment(deployment), max(1, self._requests * weight // 100)
        errors, slow = (fate.errors, fate.slow) if fate else (0.0, False)
        self._truth.served[deployment] += count
        at, part = self._plant.scheduler.now() - BATCH_SECONDS, BATCH_SECONDS / PARTS
        times = [_iso(at + part * number) for number in range(PARTS)]
        return [
            {
                "category": "AmlOnlineEndpointTrafficLog",
                "time": times[n * PARTS // count],
                "properties": {
                    "EndpointName": ENDPOINT,
                    "DeploymentName": deployment,
                    "ResponseCode": 500 if n % 10 < errors * 10 else 200,
                    "TotalDurationMs": 400.0 if slow else 20.0,
                },
            }
            for n in range(count)
        ]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
