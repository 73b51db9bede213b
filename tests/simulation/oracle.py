"""Watches every write and every effect, and judges them by what the world knows, not by what Gatehouse says."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.core.identity import endpoint_key
from tests.simulated.story import ENDPOINT
from tests.simulation.hearing import Counts, Listener, Violation, Written, data_of, sealed
from tests.simulation.inspector import UNDER_WAY, Inspector
from tests.simulation.plant import Plant
from tests.simulation.truth import Fate, Truth

REFUSED = frozenset({"rejected", "rolled back", "recalled", "expired", "aborted"})
ENDED = REFUSED | {"superseded"}
GENESIS = "0" * 64


class Oracle:
    """Keeps its own account of one schedule; the first thing that must not be is raised by `check`.

    `stages` is the stage of every release as last written, `facts` the ids and bodies in all ledgers.
    """

    def __init__(self, plant: Plant, truth: Truth) -> None:
        self._plant, self._truth = plant, truth
        self._skew = max(abs(skew) for skew in plant.trouble.swarm.skews)
        self.problems: list[str] = []
        self.stages: dict[str, str] = {}
        self.facts: set[str] = set()
        self.bodies: set[str] = set()
        self.outstanding: dict[str, int] = {}
        self.sentences: list[tuple[float, str, str]] = []
        self._entries: dict[str, list[msgspec.Raw]] = {}
        self._heads: dict[str, str] = {}
        self._seen: dict[str, set[str]] = {}
        self._endpoints: dict[str, tuple[int, int]] = {}
        self._full: set[str] = set()
        self._weights: dict[str, tuple[int, int, float]] = {}
        self._serves_since: dict[str, float] = {}
        self._paused: dict[str, float] = {}
        self._left: dict[str, float] = {}
        self.bad_since: dict[str, float] = {}
        self.bad_until: dict[str, float] = {}
        plant.documents.watchers.append(self._written)
        plant.endpoints.watchers.append(self._shifted)
        plant.endpoints.deleting.append(self._deleted)
        self._inspector = Inspector(plant, truth, self._serves_since, self._need)
        plant.bus.broken = self._found
        self.handler = Listener(self.silent)

    def check(self) -> None:
        """Raise the first Violation."""
        if self.problems:
            raise Violation(self.problems[0])

    def _found(self, problem: str) -> None:
        self.problems.append(problem)
        self._plant.trouble.tell(f"    VIOLATION {problem}")

    def _need(self, holds: bool, problem: str) -> None:
        if not holds:
            self._found(problem)

    def _written(self, key: str, data: bytes) -> None:
        folder = key.split("/", 1)[0]
        if folder in ("releases", "images", "watches", "exceptions"):
            self._recorded(key, folder, msgspec.json.decode(data, type=Written))
        elif folder == "endpoints":
            self._steered(key, msgspec.json.decode(data))
        elif folder == "traffic":
            self._counted(msgspec.json.decode(data, type=Counts))

    def _recorded(self, key: str, folder: str, record: Written) -> None:
        """I4, I5, I7, I10: one new sealed entry about a new fact, and a stage that may follow the one before."""
        entry = msgspec.json.decode(record.ledger[-1])
        entries, seen = self._entries.setdefault(key, []), self._seen.setdefault(key, set())
        self._need(entry["n"] == len(entries), f"I5 {key} got entry {entry['n']} after {len(entries)}")
        self._need(entry["prev"] == self._heads.get(key, GENESIS), f"I5 entry {entry['n']} of {key} is unlinked")
        self._need(entry["hash"] == sealed(entry), f"I5 entry {entry['n']} of {key} has another content than its hash")
        kept = record.ledger[:-1]
        self._need(entries[len(entries) - len(kept) :] == kept, f"I5 the history of {key} was rewritten")
        self._need(entry["after"] == record.stage, f"I5 the ledger of {key} ends in {entry['after']}")
        self._need(entry["fact_id"] not in seen, f"I10 fact {entry['fact']} counted twice in {key}")
        entries.append(record.ledger[-1].copy())
        self._heads[key] = entry["hash"]
        seen.add(entry["fact_id"])
        self.facts.add(entry["fact_id"])
        self.bodies.add(entry["body"])
        self.outstanding[key] = len(record.outstanding)
        self.silent(data_of(entry), f"the ledger of {key}")
        self.sentences.append((self._plant.scheduler.now(), key, f"{entry['fact']}: {entry['sentence']}"))
        if folder == "releases":
            self._moved(key, record, entry)
        elif folder == "images":
            self._inspector.shelved(key, record.stage, entry["fact"])

    def _moved(self, key: str, record: Written, entry: dict[str, Any]) -> None:
        before, after = self.stages.get(key, ""), record.stage
        self._plant.trouble.tell(f"{record.model}:{record.version} {entry['fact']}: {entry['sentence']} [{after}]")
        self.stages[key] = after
        self._need(entry["before"] == before, f"I5 {key} says it was {entry['before']}, but it was {before}")
        if before in ENDED and after != before:
            revived = before == "superseded" and after == "live" and entry["fact"] == "Reinstated"
            self._need(revived, f"I4 {before} became {after} by {entry['fact']}")
        if (before, after) == ("quarantined", "staging"):
            self._inspector.passed(self._truth.fates[record.version])
        if record.paused:
            self._paused.setdefault(key, self._plant.scheduler.now())
        else:
            self._paused.pop(key, None)
        deployment = self._truth.fates[record.version].deployment
        share = self._plant.endpoints.serving(ENDPOINT).get(deployment, 0)
        if after == "live" and before == "canary":
            self._need(share == 100, f"I7 live was recorded at {share} %")
        if after in REFUSED and before != after:
            self._need(share == 0, f"I7 {after} was recorded at {share} %")

    def _counted(self, ring: Counts) -> None:
        """I10: no request counts twice."""
        counted: Counter[str] = Counter()
        for window in ring.windows:
            for name, traffic in window.deployments.items():
                counted[name] += traffic.requests
        for name, requests in counted.items():
            served = self._truth.served[name]
            self._need(requests <= served, f"I10 {requests} requests of {name} were counted, {served} were served")

    def _steered(self, key: str, document: dict[str, Any]) -> None:
        """I8: epochs and numbers of an endpoint only grow."""
        epoch, number = self._endpoints.get(key, (0, 0))
        grows = document["epoch"] >= epoch and document["seq"] >= number
        self._need(grows, f"I8 {key} went from {epoch}/{number} to {document['epoch']}/{document['seq']}")
        self._endpoints[key] = (document["epoch"], document["seq"])

    def _shifted(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """I1, I2, I7, I9 and the ladder: who may get which share now."""
        self._plant.trouble.tell(f"traffic of {endpoint} → {dict(weights)}")
        now = self._plant.scheduler.now()
        sound = all(type(weight) is int and 0 <= weight <= 100 for weight in weights.values())
        self._need(sound and sum(weights.values()) in (0, 100), f"I1 traffic {dict(weights)}")
        shares = {name: weight for name, weight in weights.items() if weight}
        healthy = sorted(name for name in self._full if self._healthy(name))
        self._need(bool(shares) or not healthy, f"I1 no traffic, though {healthy} could serve")
        new = sorted(set(shares) - self._full)
        self._need(len(new) <= 1, f"I9 {new} are rolled out at once")
        for name, weight in shares.items():
            fate = self._truth.of_deployment(name)
            if fate is None:
                self._found(f"I2 traffic for {name}, which is nobody's")
                continue
            self._earned(fate, weight)
            self._climbed(fate, name, weight, alone=not healthy)
        for name in set(shares) | set(self._weights):
            if self._weights.get(name, (0, 0, 0.0))[0] != shares.get(name, 0):
                self._left[name] = now
                settled = self._plant.endpoints.settles(endpoint)
                self._weights[name] = (shares.get(name, 0), self._truth.served[name], settled)
        for name in set(self._serves_since) - set(shares):
            del self._serves_since[name]
        for name in shares:
            self._serves_since.setdefault(name, now)
        self._full |= {name for name, weight in shares.items() if weight == 100}
        self._note_bad(shares, now)

    def _healthy(self, name: str) -> bool:
        """Whether the deployment of a version that was live stands; once its soak is over it may go at any moment."""
        fate = self._truth.of_deployment(name)
        if fate is None or name not in self._plant.endpoints.standing(ENDPOINT):
            return False
        stage = self.stages.get(fate.key)
        return stage == "live" or (stage == "superseded" and not self._soaked(name, 2 * self._skew))

    def _soaked(self, name: str, spare: float) -> bool:
        """Whether the deployment stayed without traffic for the whole soak, give or take `spare` seconds."""
        rest = self._plant.scheduler.now() - self._left.get(name, 0.0)
        return rest + spare >= self._truth.policy.live.soak_hours * 3600.0

    def _earned(self, fate: Fate, weight: int) -> None:
        """I2, I7: all gates by the world's own evaluation, and not refused."""
        truth, name = self._truth, f"{weight} % of the traffic for version {fate.version}"
        self._need(fate.valid, f"I2 {name}, whose model is not valid")
        self._need(fate.smoke == 200 and not fate.unmade, f"I2 {name}, which does not answer")
        self._need(truth.clean_scan(fate), f"I2 {name}, whose image no scan has cleared")
        required, given = truth.policy.approval.required, sorted(truth.approvers(fate))
        self._need(len(given) >= required, f"I2 {name}, approved by {given} where {required} are needed")
        self._need(self.stages.get(fate.key) not in REFUSED, f"I7 {name}, which is {self.stages.get(fate.key)}")

    def _climbed(self, fate: Fate, name: str, weight: int, *, alone: bool) -> None:
        """The next step of the ladder needs enough time at this one for requests to be measured."""
        had, before, settled = self._weights.get(name, (0, 0, 0.0))
        paused = self._plant.scheduler.now() - self._paused.get(fate.key, self._plant.scheduler.now())
        self._need(weight <= had or paused <= UNDER_WAY, f"pause: version {fate.version} got {weight} % while paused")
        if weight <= had or name in self._full or alone:
            return
        steps = (*self._truth.policy.canary.ladder, 100)
        following = next(step for step in steps if step > had)
        self._need(weight == following, f"ladder: version {fate.version} went from {had} to {weight} %")
        served = self._truth.served[name] - before
        lasted = self._plant.scheduler.now() - settled
        canary, measurable = self._truth.policy.canary, had > 0 and self._skew == 0
        enough = served >= canary.minimum_requests and lasted >= canary.measure_every_seconds
        went = f"went from {had} to {weight} % after {served} requests and {lasted:.0f} s"
        self._need(enough or not measurable, f"ladder: version {fate.version} {went}")
        beside = [other for other, (share, *_) in self._weights.items() if share and other != name]
        slow = fate.slow and self._faster(dict.fromkeys(beside, 1))
        self._need(weight < 100 or not (fate.errors or slow), f"canary: version {fate.version} got all, doing badly")

    def _note_bad(self, shares: Mapping[str, int], now: float) -> None:
        for fate in self._truth.fates.values():
            if shares.get(fate.deployment) and (fate.errors or (fate.slow and self._faster(shares))):
                self.bad_since.setdefault(fate.deployment, now)
                self.bad_until.pop(fate.deployment, None)
            elif fate.deployment in self.bad_since:
                self.bad_until.setdefault(fate.deployment, now)

    def _faster(self, shares: Mapping[str, int]) -> bool:
        """Whether another version serves beside the slow one, so that one can see how slow that is."""
        fates = [self._truth.of_deployment(name) for name in shares]
        return any(fate is not None and not fate.slow for fate in fates)

    def _deleted(self, endpoint: str, name: str) -> None:
        """The live one stays, and the version before stays for the whole soak, so that one can go back to it."""
        fate = self._truth.of_deployment(name)
        serves = endpoint == ENDPOINT and fate is not None and self.stages.get(fate.key) == "live"
        self._need(not serves, f"L3 {name} is removed, though it is live")
        soaks = endpoint == ENDPOINT and fate is not None and self.stages.get(fate.key) == "superseded"
        rest = self._plant.scheduler.now() - self._left.get(name, 0.0)
        enough = self._soaked(name, 2 * self._skew)
        self._need(enough or not soaks, f"soak: {name} is removed {rest:.0f} s after it served")

    def silent(self, text: str, where: str) -> None:
        """I11: no secret that was planted in a body may show anywhere else."""
        if "CANARY-" in text:
            self._found(f"I11 a secret shows in {where}")

    def endpoint(self) -> dict[str, Any]:
        """The endpoint's document as JSON; empty when there is none."""
        stored = self._plant.documents.under(endpoint_key(ENDPOINT))
        return dict(msgspec.json.decode(next(iter(stored.values())))) if stored else {}
