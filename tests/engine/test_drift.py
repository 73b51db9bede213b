"""What a live version served is tested against its reference, each request once, whatever fails."""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from shared.contracts import wire
from shared.core.identity import deployment_name, watch_key
from shared.core.policy import Policy
from shared.core.verdicts import Outcome
from shared.core.watch import Watch
from shared.core.watch_policy import WatchPolicy
from shared.doors.serving import Arrived
from shared.monitoring.reference_documents import encode_usual
from shared.monitoring.references import usual_of
from shared.performers.drift_references import PROFILE
from tests.simulated import served, story
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.story import CARL, ENDPOINT, MODEL
from tests.simulated.watched import signalled

KEY = watch_key(MODEL)
LIVE = deployment_name(MODEL, "1")
POLICY = Policy(name="usual", scenario="classical", watch=WatchPolicy(minimum_rows=300, maximum_accuracy_drop=0.1))
PASS, UNSURE, FAIL = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL
SPLITS = 300


@pytest.fixture(scope="module")
def profile() -> bytes:
    """The profile of a model's own test data."""
    return encode_usual(usual_of(served.examples(1200, seed=1), "test data", SPLITS))


class Front:
    """A house with a live version, and those who use it."""

    def __init__(self, profile: bytes | None) -> None:
        self.house = House(POLICY)
        story.bring_live(self.house, "1")
        self.house.load.per_advance = 0
        if profile is not None:
            self.house.models.add(MODEL, "1", {PROFILE: profile}, {}, CARL)
        self._numbers, self._seeds = itertools.count(10_000), itertools.count(100)

    def serve(self, count: int, *, labels: float = 0.0, again: int = 1, **odd: Any) -> None:
        """Let so many requests be served and collected, a share of them labelled; each event is delivered `again`."""
        seed = next(self._seeds)
        rows = served.requests(count, seed, **{name: value for name, value in odd.items() if name != "truth"})
        name = f"q{seed}"
        sides = {
            "model_inputs": {f"{name}-{n}": [row[0]] for n, row in enumerate(rows)},
            "model_outputs": {f"{name}-{n}": [row[1]] for n, row in enumerate(rows)},
            "labels": {f"{name}-{n}": [{"label": odd.get("truth") or row[2]}] for n, row in enumerate(rows)},
        }
        sides["labels"] = dict(list(sides["labels"].items())[: int(count * labels)])
        for collection, side in sides.items():
            records = served.collected(ENDPOINT, LIVE, name, side, collection)
            event = Arrived(next(self._numbers), served.packed(records), self.house.clock.now())
            for _ in range(again):
                self.house.serving.count("0", [event])
        self.house.wait(30)

    def tested(self, why: str = "look") -> Watch:
        """The watch after somebody else's monitor complained, and all that followed."""
        self.house.intake.tell([signalled(why, at=self.house.clock.now())])
        self.house.wait(30)
        return self.watch()

    def watch(self) -> Watch:
        """The watch as it is."""
        record = wire.decode_record(KEY, self.house.documents.under(KEY)[KEY])
        assert isinstance(record, Watch)
        return record


def outcomes(watch: Watch) -> Sequence[Outcome]:
    """Contract, change and harm of the last test."""
    return [verdict.outcome for verdict in watch.verdicts]


def test_the_same_traffic_as_in_the_reference_passes_every_tier(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400)
    watch = front.tested()
    assert outcomes(watch) == [PASS, PASS, PASS]
    assert front.house.bodies.read(watch.reference) == profile
    assert msgspec.json.decode(front.house.bodies.read(watch.profile))["rows"] == 400


def test_inputs_that_moved_while_the_model_stays_as_sure_are_a_change_and_no_harm(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400, shift=6.0)
    watch = front.tested()
    contract, change, harm = watch.verdicts
    assert (contract.outcome, change.outcome, harm.outcome) == (PASS, FAIL, PASS)
    assert "age" in change.reason
    assert change.numbers["age psi"]


def test_answers_far_less_sure_are_harm_without_any_label(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400, sure=0.6)
    harm = front.tested().verdicts[2]
    assert harm.outcome is FAIL
    assert "estimate" in harm.numbers


def test_labels_that_call_sure_answers_wrong_are_harm(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400, labels=0.5, truth="another class")
    harm = front.tested().verdicts[2]
    assert harm.outcome is FAIL
    assert (harm.numbers["labels"], harm.numbers["loss"]) == (200, 1.0)


def test_labels_of_earlier_tests_go_on_counting_until_they_told_of_harm(profile: bytes) -> None:
    front = Front(profile)
    for round_, labels in enumerate((40, 80, 120)):
        front.serve(400, labels=0.1)
        assert front.tested(f"round {round_}").verdicts[2].numbers["labels"] == labels


def test_labels_begin_anew_once_they_told_of_harm(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400, labels=0.5, truth="another class")
    assert front.tested("first").verdicts[2].outcome is FAIL
    front.serve(400, labels=0.1)
    harm = front.tested("second").verdicts[2]
    assert (harm.outcome, harm.numbers["labels"]) == (PASS, 40)


def test_labels_without_their_answers_are_told(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400)
    stray = served.collected(ENDPOINT, LIVE, "s", {"stray": [{"label": "class 1"}]}, "labels")
    front.house.serving.count("0", [Arrived(99_999, served.packed(stray), front.house.clock.now())])
    front.house.wait(30)
    assert front.tested().verdicts[2].numbers["unmatched_labels"] == 1


def test_scores_of_answers_need_no_prediction(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400)
    rows = {f"s-{n}": [{"score": 0.1}] for n in range(200)}
    scored = served.packed(served.collected(ENDPOINT, LIVE, "s", rows, "labels"))
    front.house.serving.count("0", [Arrived(99_999, scored, front.house.clock.now())])
    front.house.wait(30)
    harm = front.tested().verdicts[2]
    assert (harm.outcome, harm.numbers["labels"]) == (FAIL, 200)
    assert harm.numbers["loss"] == pytest.approx(0.9)


def test_a_label_that_is_none_is_kept_apart_and_costs_no_neighbour(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400)
    rows = {"s-1": [{"label": {"class": 1}}], "s-2": [{"score": 0.5}]}
    labels = served.packed(served.collected(ENDPOINT, LIVE, "s", rows, "labels"))
    front.house.serving.count("0", [Arrived(99_999, labels, front.house.clock.now())])
    front.house.wait(30)
    assert front.tested().verdicts[2].numbers["labels"] == 1
    (case,) = front.house.quarantine.newest(9)
    assert case.reason == "1 label(s) are neither a class nor a score of 0 to 1"


def test_an_event_that_is_delivered_again_counts_once(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400, again=3)
    watch = front.tested()
    assert msgspec.json.decode(front.house.bodies.read(watch.profile))["rows"] == 400


def test_a_column_that_is_no_longer_filled_breaks_the_contract(profile: bytes) -> None:
    front = Front(profile)
    rows = {f"n-{n}": [{"age": 41.0, "job": "clerk"}] for n in range(300)}
    bare = served.packed(served.collected(ENDPOINT, LIVE, "n", rows, "model_inputs"))
    front.house.serving.count("0", [Arrived(99_999, bare, front.house.clock.now())])
    front.house.wait(30)
    contract = front.tested().verdicts[0]
    assert contract.outcome is FAIL
    assert contract.reason.startswith("income: 100.00% null")


def test_too_few_rows_are_tested_together_with_earlier_ones(profile: bytes) -> None:
    front = Front(profile)
    front.serve(300)
    front.tested("first")
    front.serve(10)
    watch = front.tested("second")
    assert outcomes(watch) == [PASS, PASS, PASS]
    assert msgspec.json.decode(front.house.bodies.read(watch.profile))["rows"] == 310


def test_without_traffic_nothing_is_shown_and_nothing_moves_on(profile: bytes) -> None:
    front = Front(profile)
    before = front.watch().tested_until
    watch = front.tested()
    assert outcomes(watch) == [UNSURE, UNSURE, UNSURE]
    assert watch.tested_until == before


def test_without_a_profile_the_first_rows_of_production_are_the_reference() -> None:
    front = Front(None)
    front.serve(300)
    waiting = front.tested("first")
    assert outcomes(waiting) == [UNSURE, UNSURE, UNSURE]
    assert "300 of the 500 row(s)" in waiting.verdicts[1].reason
    front.serve(300)
    fixed = front.tested("second")
    assert "the first 600 row(s) of production" in fixed.verdicts[1].reason
    front.serve(400, shift=6.0)
    watch = front.tested("third")
    assert [verdict.outcome for verdict in watch.verdicts[:2]] == [PASS, FAIL]
    assert str(watch.verdicts[0].numbers["compared_with"]).startswith("production from ")


def test_a_profile_that_can_not_be_used_is_told_and_does_not_count() -> None:
    front = Front(b'{"format": "gatehouse-reference-1"}')
    front.serve(300)
    assert f"{PROFILE} can not be used" in front.tested().verdicts[0].reason


def test_a_reference_that_can_no_longer_be_read_is_told_and_holds_up_no_partition(profile: bytes) -> None:
    front = Front(profile)
    front.serve(400)
    digest = front.tested("first").reference
    front.house.bodies.lose(digest)
    front.serve(400)
    sentences = [entry.sentence for entry in front.tested("second").ledger]
    assert any(sentence.startswith("TestDrift can not be carried out") for sentence in sentences)


@pytest.mark.parametrize("fault", [Fault.CRASH_AFTER, Fault.LOST_ANSWER])
@pytest.mark.parametrize("call", ["documents.write", "bodies.keep", "bus.send"])
def test_a_fault_during_a_test_changes_nothing_of_what_it_shows(profile: bytes, call: str, fault: Fault) -> None:
    front = Front(profile)
    front.serve(400)
    left = [fault]
    front.house.intake.tell([signalled(at=front.house.clock.now())])
    front.house.faults.pick = lambda port: left.pop() if port == call and left else None
    front.house.wait(600)
    watch = front.watch()
    assert outcomes(watch) == [PASS, PASS, PASS]
    assert [entry.fact for entry in watch.ledger].count("DriftTested") == 1
    assert not left
