"""Rare coincidences that a seed may aim at: each waits for its moment, and lets the world do what fits it worst."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import partial
from random import Random

from shared.contracts import wire
from shared.core import orders as do
from shared.core.facts import Reinstated, Superseded
from shared.performers.champion import LAST_MOMENT_SECONDS
from tests.simulated.story import ENDPOINT
from tests.simulation.outside import Outside
from tests.simulation.plant import Plant
from tests.simulation.swarm import Swarm
from tests.simulation.truth import Fate, Truth

MINUTE, HOUR = 60.0, 3600.0
PACE = 50 * MINUTE
AIMED_SHARE = 0.5


class Aim(StrEnum):
    """A coincidence that chance alone brings about too rarely."""

    LATE_SHIFT = "a traffic write lands late while a roll-back writes"
    FROZEN_SHIFT = "a worker freezes before a shift of traffic, and its release is rolled back meanwhile"
    RECALL_AT_REMOVAL = "a live version is recalled while the one before it is being removed"
    LATE_REMOVAL = "the removal of a version that serves again comes when another version gets all traffic"
    REFUSED_ROLL_BACK = "the platform refuses the traffic that a roll-back writes"
    PAUSED_SHIFT = "a release is paused before a shift, so that its weight before is measured once more"
    LATE_SUCCESSOR = "a version hears of its successor only when that has left production again"
    SHARED_IMAGE = "the image of the version that serves is refused for another version on it"


def drawn(random: Random) -> Aim | None:
    """The aim of a seed, None for most."""
    return random.choice(list(Aim)) if random.random() < AIMED_SHARE else None


def aimed_fates(aim: Aim | None, fates: list[Fate]) -> list[Fate]:
    """The versions that the aim needs, else `fates`."""
    good = [Fate(version=str(number), image=f"churn-{number}") for number in (1, 2, 3)]
    needed = {
        Aim.LATE_SHIFT: good[:2],
        Aim.RECALL_AT_REMOVAL: good[:2],
        Aim.LATE_REMOVAL: good,
        Aim.PAUSED_SHIFT: good[:2],
        Aim.LATE_SUCCESSOR: good[:2],
        Aim.SHARED_IMAGE: [good[0], replace(good[1], image=good[0].image)],
    }
    return needed.get(aim, fates) if aim else fates


def aimed_swarm(aim: Aim | None, swarm: Swarm) -> Swarm:
    """`swarm` with right clocks where the oracle must see how long a weight was measured."""
    return replace(swarm, skews=(0.0,) * len(swarm.skews)) if aim is Aim.PAUSED_SHIFT else swarm


def pace(aim: Aim | None) -> float:
    """How many seconds lie between the registrations of two versions; 0 for those that come as they like."""
    return PACE if aim not in (None, Aim.FROZEN_SHIFT, Aim.REFUSED_ROLL_BACK) else 0.0


class Aiming:
    """Hears every letter before it is delivered, and says how many seconds longer it takes."""

    def __init__(
        self, aim: Aim, plant: Plant, truth: Truth, outside: Outside, stages: Mapping[str, str], random: Random
    ) -> None:
        self._plant, self._truth, self._random = plant, truth, random
        self._people, self._supply, self._stages = outside.people, outside.supply, stages
        self._met = False
        self._reached = 0
        self._until = 0.0
        self._held: list[bytes] = []
        self._hear: Callable[[do.Order, bytes], float] = {
            Aim.LATE_SHIFT: self._late_shift,
            Aim.FROZEN_SHIFT: self._frozen_shift,
            Aim.RECALL_AT_REMOVAL: self._recall_at_removal,
            Aim.LATE_REMOVAL: self._late_removal,
            Aim.REFUSED_ROLL_BACK: self._refused_roll_back,
            Aim.PAUSED_SHIFT: self._paused_shift,
            Aim.LATE_SUCCESSOR: self._nothing,
            Aim.SHARED_IMAGE: self._shared_image,
        }[aim]
        self._hear_fact: Callable[[bytes], float] = {
            Aim.LATE_REMOVAL: self._late_news,
            Aim.LATE_SUCCESSOR: self._late_successor,
        }.get(aim, lambda body: 0.0)
        plant.bus.slower = self._letter
        if aim is Aim.LATE_REMOVAL:
            plant.endpoints.watchers.append(self._bring_back)

    def _letter(self, queue: str, body: bytes) -> float:
        if queue == "facts":
            return self._hear_fact(body)
        if queue not in ("deployment", "rollback", "maintenance") or body.startswith(b'{"poison"'):
            return 0.0
        errand = wire.decode_errand(body)
        return self._hear(errand.order, body)

    def _once(self) -> bool:
        first, self._met = not self._met, True
        return first

    def _fate(self, order: do.Order) -> Fate:
        return next(fate for fate in self._truth.fates.values() if fate.key == order.document)

    def _late_shift(self, order: do.Order, _body: bytes) -> float:
        """Then the roll-back comes before the shift has landed, which it does just before the removal if it can."""
        if isinstance(order, do.ShiftTraffic) and self._random.random() < 0.5 and self._once():
            self._plant.trouble.surely_late = "endpoints.set_traffic"
            self._plant.trouble.when_late = partial(self._people.demand, self._fate(order), "rollback")
        if not self._met or not isinstance(order, do.RemoveDeployment) or order.endpoint != ENDPOINT:
            return 0.0
        self._plant.scheduler.after(self._random.uniform(0.0, 5.0), self._plant.trouble.land)
        return self._random.uniform(5.0, MINUTE)

    def _frozen_shift(self, order: do.Order, _body: bytes) -> float:
        if isinstance(order, do.ShiftTraffic) and self._random.random() < 0.5 and self._once():
            self._plant.trouble.freeze = self._random.uniform(20.0, MINUTE)
            later = self._random.uniform(0.0, 10.0)
            self._plant.scheduler.after(later, partial(self._people.demand, self._fate(order), "rollback"))
        return self._random.uniform(0.0, MINUTE) if isinstance(order, do.RemoveDeployment) else 0.0

    def _recall_at_removal(self, order: do.Order, _body: bytes) -> float:
        """The recall is decided in the last minutes of the soak, and in half of the schedules carried out after it."""
        now = self._plant.scheduler.now()
        if isinstance(order, do.RollBack):
            return max(0.0, self._until - now)
        if self._is_after_soak(order) and self._once():
            soak = self._truth.policy.live.soak_hours * HOUR
            last = order.not_before - min(LAST_MOMENT_SECONDS, soak) - now
            self._plant.scheduler.after(last + self._random.uniform(-3 * MINUTE, MINUTE), self._recall)
            self._until = self._random.choice([0.0, order.not_before + self._random.uniform(-MINUTE, 3 * MINUTE)])
        return 0.0

    def _late_removal(self, order: do.Order, body: bytes) -> float:
        """The one that came in between is recalled, and a copy of the removal is brought back by `_bring_back`."""
        if not self._is_after_soak(order):
            return 0.0
        if self._once():
            self._held.append(body)
            self._plant.scheduler.after(self._random.uniform(0.0, 5 * MINUTE), self._recall)
        is_held = wire.decode_errand(self._held[0]).order == order
        return 3 * HOUR if is_held and self._plant.scheduler.now() < order.not_before + HOUR else 0.0

    def _late_news(self, body: bytes) -> float:
        """In one of two schedules the version that serves again hears of it late."""
        if b'"Reinstated"' not in body or not isinstance(wire.decode_fact(body), Reinstated):
            return 0.0
        return self._random.choice([0.0, HOUR])

    def _bring_back(self, endpoint: str, weights: object) -> None:
        if endpoint != ENDPOINT or not self._held or not isinstance(weights, dict):
            return
        third = self._truth.fates["3"].deployment
        if weights.get(third) == 100:
            later = self._random.uniform(0.0, 70.0)
            self._plant.scheduler.after(later, lambda: self._plant.bus.again("maintenance", self._held[0]))

    def _refused_roll_back(self, order: do.Order, _body: bytes) -> float:
        if isinstance(order, do.RollBack) and self._once():
            refused = self._random.uniform(10.0, 15 * MINUTE)
            self._plant.endpoints.refused_until = self._plant.scheduler.now() + refused
        return 0.0

    def _paused_shift(self, order: do.Order, _body: bytes) -> float:
        """The weight before is measured while the next one is being written, and heard of only after that."""
        if isinstance(order, do.ShiftTraffic) and order.weight > self._truth.policy.canary.ladder[0] and self._once():
            self._reached = order.weight
            self._people.demand(self._fate(order), "pause")
            later = self._random.uniform(5.0, 30.0)
            self._plant.scheduler.after(later, partial(self._people.demand, self._fate(order), "resume"))
        if isinstance(order, do.MeasureCanary) and order.weight < self._reached:
            return self._random.uniform(0.0, MINUTE)
        return 0.0

    def _late_successor(self, body: bytes) -> float:
        """The successor is recalled within minutes, and all that says that it came is held back for an hour."""
        if b'"Superseded"' not in body or not isinstance(wire.decode_fact(body), Superseded):
            return 0.0
        if self._once():
            self._until = self._plant.scheduler.now() + HOUR
            self._plant.scheduler.after(self._random.uniform(10.0, 5 * MINUTE), self._recall)
        return max(0.0, self._until - self._plant.scheduler.now())

    def _shared_image(self, order: do.Order, _body: bytes) -> float:
        later = self._truth.fates["2"]
        if isinstance(order, do.DeployToStaging) and order.document == later.key and self._once():
            self._plant.scheduler.after(self._random.uniform(0.0, 5 * MINUTE), partial(self._supply.scan, later, 1))
        return 0.0

    def _nothing(self, _order: do.Order, _body: bytes) -> float:
        return 0.0

    def _is_after_soak(self, order: do.Order) -> bool:
        return isinstance(order, do.RemoveDeployment) and order.endpoint == ENDPOINT and order.not_before > 0

    def _recall(self) -> None:
        """New findings on the version that is live, or an operator who does not like it."""
        live = [fate for fate in self._truth.fates.values() if self._stages.get(fate.key) == "live"]
        for fate in live[-1:]:
            if self._random.random() < 0.5:
                self._people.demand(fate, "rollback")
            else:
                self._supply.scan(fate, 1)
