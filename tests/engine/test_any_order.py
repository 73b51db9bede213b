"""Whatever order, duplicates, crashes and lost answers: every life ends well once the faults stop."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.contracts import wire
from shared.core.ledger import first_broken
from shared.core.policy import ApprovalPolicy, CanaryPolicy, Policy
from shared.core.record import Record
from shared.core.release import TERMINAL, Stage
from shared.ports import Unavailable
from tests.simulated import story
from tests.simulated.faults import Crash, Fault
from tests.simulated.house import House
from tests.simulated.story import ANNA, BERT

HOUR = 3600.0
SWEEP_SECONDS = 300.0
CANARY = CanaryPolicy(minimum_requests=20)
REFUSED = TERMINAL - {Stage.SUPERSEDED}
GATES = {"metadata", "artifact", "scan", "smoke test", "approval"}

versions = st.sampled_from(["1", "2", "3", "4"])
places = st.integers(0, 30)


@dataclass(frozen=True)
class Meanwhile:
    """Other letters are delivered, each from start to end, in the middle of the one under way."""

    which: int
    letters: int


troubles = st.one_of(st.none(), st.sampled_from(Fault), st.builds(Meanwhile, places, st.sampled_from([1, 4, 8])))


class AnyOrder(RuleBasedStateMachine):
    """The real engine and performers, delivered to by a broker that may do all that brokers may do."""

    @initialize(required=st.integers(0, 2), live=st.booleans(), waiting=st.booleans(), canary=st.booleans())
    def move_in(self, required: int, live: bool, waiting: bool, canary: bool) -> None:
        """The house has lived already: some versions are on their way, so that few steps reach far."""
        approval = ApprovalPolicy(required=required)
        self.house = House(Policy(name="any", scenario="classical", approval=approval, canary=CANARY))
        self.house.load.per_advance = 300
        self.house.documents.watchers.append(self._written)
        self.house.endpoints.watchers.append(self._shifted)
        self._expect(0, None)
        self.histories: dict[str, list[tuple[str, str]]] = {}
        self.announced: set[str] = set()
        self.given_up: list[str] = []
        self._live("1", wait=900 if live else 0)
        self._live("2", wait=120 if canary else 0)
        if waiting:
            self._live("3", wait=0)
        self.house.faults.pick = self._pick

    def _live(self, version: str, wait: float) -> None:
        """Bring the version to the people and, to `wait` for more, into production."""
        story.bring_to_approval(self.house, version)
        self.announced.add(version)
        if wait:
            for person in (ANNA, BERT):
                story.answer(self.house, version, person)
            self.house.run(wait)

    def _expect(self, calls: int, trouble: Fault | Meanwhile | None) -> None:
        """After `calls` more calls of ports, `trouble` comes once."""
        self.calls_left, self.trouble = calls, trouble

    def _pick(self, call: str) -> Fault | None:
        """What goes wrong at this call: the trouble of this delivery when its turn has come, and only once."""
        self.calls_left -= 1
        if self.calls_left >= 0 or self.trouble is None:
            return None
        trouble, self.trouble = self.trouble, None
        if isinstance(trouble, Meanwhile):
            for _ in range(trouble.letters):
                self._deliver(trouble.which, settle=True)
            return None
        return trouble

    def _deliver(self, which: int, *, settle: bool) -> None:
        due = self.house.bus.due()
        if due:
            self.house.deliver(due[which % len(due)], settle=settle)

    def _written(self, key: str, data: bytes) -> None:
        """Every write adds one sealed entry to the history that was there, about a fact that was not."""
        if key.split("/", maxsplit=1)[0] not in wire.RECORDS:
            return
        record = wire.decode_record(key, data)
        known, spilled = self.histories.setdefault(key, []), record.spilled.count
        *before, new = [(entry.hash, entry.fact_id) for entry in record.ledger]
        assert before == known[spilled:], f"the history of {key} was rewritten"
        assert new[1] not in {fact_id for _, fact_id in known}, f"a fact counted twice in {key}"
        known.append(new)

    def _shifted(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """Traffic goes only to releases that passed every gate and were not refused since."""
        for release in self.house.releases():
            if weights.get(release.deployment):
                passed = {
                    verdict.gate for entry in release.ledger for verdict in entry.verdicts if verdict.outcome == "pass"
                }
                assert passed >= GATES, f"traffic for {release.name}, which passed only {passed}"
                assert release.stage not in REFUSED, f"traffic for {release.name}, which is {release.stage}"

    @rule(version=versions, pickle=st.sampled_from([False, False, False, True]))
    def register(self, version: str, pickle: bool) -> None:
        if version not in self.announced:
            self.announced.add(version)
            story.push_model(self.house, version, weights=b"\x80\x04" if pickle else story.ONNX)
        story.announce(self.house, version)

    @rule(version=versions)
    def register_again_with_another_body(self, version: str) -> None:
        if version in self.announced:
            story.announce(self.house, version, tag="changed")

    @rule(version=versions, critical=st.sampled_from([0, 0, 0, 0, 1]))
    def scan(self, version: str, critical: int) -> None:
        story.scan(self.house, f"churn-{version}", critical=critical)

    @rule(version=versions, person=st.sampled_from([ANNA, BERT]), refuse=st.sampled_from([False] * 9 + [True]))
    def answer(self, version: str, person: str, refuse: bool) -> None:
        if any(release.version == version for release in self.house.releases()):
            story.answer(self.house, version, person, "reject" if refuse else "approve")

    @rule(version=versions, action=st.sampled_from(["abort", "pause", "pause", "resume", "resume", "rollback"]))
    def demand(self, version: str, action: str) -> None:
        if any(release.version == version for release in self.house.releases()):
            story.demand(self.house, version, action)

    @rule(which=places)
    def redrive(self, which: int) -> None:
        cases = list(self.house.quarantine.cases)
        if cases:
            story.redrive(self.house, cases[which % len(cases)])

    @rule(which=places)
    def give_up(self, which: int) -> None:
        """The broker has delivered a letter too often; what it gave up on lies in quarantine, and an operator looks."""
        due = self.house.bus.due()
        if due:
            letter = due[which % len(due)]
            self.house.bus.settle(letter)
            case = self.house.dead_letters.keep(letter.queue, letter.body, "too often", 10, letter.properties)
            self.given_up.append(case)

    @rule(version=versions, share=st.sampled_from([0.0, 0.0, 0.02, 0.5]))
    def misbehave(self, version: str, share: float) -> None:
        for release in self.house.releases():
            if release.version == version:
                self.house.load.failing[release.deployment] = share

    @precondition(lambda self: self.house.bus.due())
    @rule(which=places, calls=st.integers(0, 14), trouble=troubles, settle=st.sampled_from([True, True, False]))
    def deliver(self, which: int, calls: int, trouble: Fault | Meanwhile | None, settle: bool) -> None:
        self._expect(calls, trouble)
        self._deliver(which, settle=settle)
        self.trouble = None

    @rule(seconds=st.sampled_from([1.0, 30.0, 70.0, 400.0]))
    def wait(self, seconds: float) -> None:
        """Time passes while nobody delivers."""
        self.house.advance_to(self.house.clock.now() + seconds)

    @rule(seconds=st.sampled_from([1.0, 30.0, 120.0]))
    def work(self, seconds: float) -> None:
        """Everything goes well for a while."""
        self.house.run(seconds)

    @rule(calls=st.integers(0, 14), trouble=troubles)
    def sweep(self, calls: int, trouble: Fault | Meanwhile | None) -> None:
        self._expect(calls, trouble)
        with contextlib.suppress(Crash, Unavailable):
            self.house.engine.sweep(SWEEP_SECONDS)
        self.trouble = None

    @invariant()
    def no_illegal_traffic_was_ever_asked_for(self) -> None:
        if hasattr(self, "house"):
            assert self.house.endpoints.illegal == []

    def teardown(self) -> None:
        """The faults have stopped; with redrives, sweeps and patience everything settles."""
        if not hasattr(self, "house"):
            return
        self.house.wait(1)
        for case in self.given_up:
            story.redrive(self.house, case)
        for _ in range(60):
            self.house.wait(6 * HOUR)
            self.house.engine.sweep(SWEEP_SECONDS)
            if not self.house.bus.waiting():
                break
        self._everything_has_settled()

    def _everything_has_settled(self) -> None:
        releases = self.house.releases()
        assert self.house.bus.waiting() == []
        assert {release.version for release in releases} == self.announced, "a registration was lost"
        assert {release.stage for release in releases} <= TERMINAL | {Stage.LIVE}
        for record in self._records():
            assert record.outstanding == (), "an order was never answered"
            assert first_broken(record.ledger, record.spilled) is None
        serving = self.house.endpoints.serving(story.ENDPOINT)
        assert sum(serving.values()) in (0, 100)
        refused = {release.deployment for release in releases if release.stage in REFUSED}
        assert not refused & serving.keys(), "a refused release still serves"
        assert sum(release.stage is Stage.LIVE for release in releases) <= 1

    def _records(self) -> list[Record]:
        stored = self.house.documents.under("releases/") | self.house.documents.under("images/")
        return [wire.decode_record(key, body) for key, body in stored.items()]


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
