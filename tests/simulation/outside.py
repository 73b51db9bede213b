"""Everybody outside of Gatehouse: who registers, scans, approves, operates, uses the endpoints, or sends nonsense."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random

import msgspec

from shared.ports import Answer
from tests.simulated import story
from tests.simulated.story import ENDPOINT, MODEL, ONNX
from tests.simulation.people import People
from tests.simulation.plant import Hub, Plant
from tests.simulation.supply import Supply
from tests.simulation.truth import Fate, Truth

PICKLE = b"\x80\x04\x95\x10\x00\x00\x00"
MINUTE, HOUR = 60.0, 3600.0
BATCH_SECONDS, PARTS = 30.0, 6
BUSY, QUIET = 40, 3


class Outside:
    """Plans what happens in the first hours of a schedule, and remembers it in `truth`.

    `calm` people and scanners do only what a good life needs. `stages` tells where each release was last seen to be.
    """

    def __init__(self, plant: Plant, truth: Truth, random: Random, stages: Mapping[str, str], *, calm: bool) -> None:
        self._plant, self._truth, self._random, self._calm = plant, truth, random, calm
        self._hub = Hub(plant)
        self._requests = random.choice([BUSY, BUSY, QUIET])
        self._stages = stages
        self.people = People(plant, truth, random, stages, calm=calm)
        self.supply = Supply(plant, truth, random, stages, calm=calm)

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
            self.supply.plan(fate, start)
            self.people.plan_answers(fate, start)
            self.people.plan_demands(fate, start)
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

    def _plan_noise(self, fates: list[Fate], spread: float) -> None:
        """Bodies that nobody understands, and approvals of a version that does not exist."""
        random, bus = self._random, self._plant.bus
        if random.random() < 0.2:
            nobodys = Fate(version="99", image="churn-99")
            self._plant.scheduler.after(random.uniform(0.0, spread), lambda: self.people.forge(nobodys))
        for number in range(random.choice([0, 0, 1, 2])):
            secret = f"SharedAccessKey=CANARY-poison-{number}"
            self._truth.secrets.append(secret)
            body = msgspec.json.encode({"poison": number, "connection": secret})[: random.choice([None, -1])]
            self._truth.poison.append(body)
            queue = random.choice(["model-events", "scan-results", "facts", "deployment"])
            self._plant.scheduler.after(random.uniform(0.0, spread), partial(bus.put, queue, body))

    def _serve(self) -> None:
        """People use the endpoint; telemetry of it is only of interest while a canary runs."""
        if "canary" in self._stages.values():
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
