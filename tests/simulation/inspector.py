"""Watches images: what lets them pass, what is made of them, what their documents say, and when they go."""

import math
from collections.abc import Callable, Mapping

from shared.ports import DeploymentSpec
from tests.simulated.registry import REGISTRY
from tests.simulated.story import ENDPOINT
from tests.simulation.plant import Plant
from tests.simulation.truth import Fate, Truth

UNDER_WAY, LANDING = 180.0, 90.0


class Inspector:
    """Says by `need` what must hold of images; `since` tells since when each deployment has traffic."""

    def __init__(
        self, plant: Plant, truth: Truth, since: Mapping[str, float], need: Callable[[bool, str], None]
    ) -> None:
        self._plant, self._truth, self._since, self._need = plant, truth, since, need
        self._skew = max(abs(skew) for skew in plant.trouble.swarm.skews)
        self._made: dict[tuple[str, str], int] = {}
        plant.endpoints.creating.append(self.created)
        plant.images.discarding.append(self.discarded)

    def passed(self, fate: Fate) -> None:
        """I2: what lets the image pass was said in time, of this image and by those who may say so."""
        now, spare = self._plant.scheduler.now(), 2 * self._skew + LANDING
        why = self._truth.findings.barred(fate.digest, fate.submitter, now, spare)
        self._need(not why, f"I2 the image of version {fate.version} passed, though {why}")

    def shelved(self, key: str, stage: str, fact: str) -> None:
        """I13: an image's document says only what its registry would confirm."""
        digest = f"sha256:{key.rpartition('/')[2]}"
        self._need(fact != "ImagePushed" or self._plant.images.knows(digest), f"I13 {key} was pushed by nobody")
        removed = stage != "removed" or digest in self._plant.images.discarded
        self._need(removed, f"I13 {key} is said to be removed, but is there")

    def created(self, spec: DeploymentSpec) -> None:
        """I3, I12, and that nothing is made of what has not passed what comes before."""
        self._plant.trouble.tell(f"deployment {spec.name} on {spec.endpoint} is being made")
        place = (spec.endpoint, spec.name)
        self._made[place] = self._made.get(place, 0) + 1
        self._need(self._made[place] == 1, f"I3 {spec.name} was made {self._made[place]} times on {spec.endpoint}")
        fate = self._truth.of_deployment(spec.name)
        if fate is None:
            self._need(False, f"I12 {spec.name} is nobody's")
            return
        trusted = f"{REGISTRY}/trusted/{fate.image}@{fate.digest}"
        self._need(spec.image == trusted, f"I12 version {fate.version} on image {spec.image}")
        gone = self._plant.registry.gone.get(fate.digest, self._plant.scheduler.now())
        self._need(self._plant.scheduler.now() - gone <= UNDER_WAY, f"I12 {spec.image} was discarded before")
        self._need(fate.valid, f"I2 version {fate.version} is deployed, but its model is not valid")
        self._need(self._truth.clean_scan(fate), f"I2 version {fate.version} is deployed without a clean scan")
        if spec.endpoint == ENDPOINT:
            given = self._truth.approvers(fate)
            needed = self._truth.policy.approval.required
            self._need(len(given) >= needed, f"I2 version {fate.version} is in production with {len(given)} approvals")

    def discarded(self, digest: str) -> None:
        """I12: no image goes that a deployment with traffic needs to grow or to be repaired."""
        serving = self._plant.endpoints.serving(ENDPOINT)
        for fate in (fate for fate in self._truth.fates.values() if fate.digest == digest):
            began = self._since.get(fate.deployment, math.inf)
            serves = fate.deployment in serving and self._plant.scheduler.now() - began > UNDER_WAY
            self._need(not serves, f"I12 the image of version {fate.version} is discarded while that serves")
