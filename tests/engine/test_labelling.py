"""Harm of a vision model lays items out for people once; their labels, if they are complete, end the action."""

import msgspec
import pytest

from local.principal import principal
from shared.contracts import wire
from shared.core.facts import Action, Ending
from shared.core.identity import deployment_name, watch_key
from shared.core.policy import Policy
from shared.core.verdicts import Outcome
from shared.core.watch import Watch, WatchStage
from shared.core.watch_policy import WatchPolicy
from shared.doors.serving import Arrived
from tests.simulated import served, story
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.story import ENDPOINT, MODEL
from tests.simulated.watched import shown

KEY = watch_key(MODEL)
LIVE = deployment_name(MODEL, "1")
MOST = 20
LABELLER = {"x-ms-client-principal": principal("Lea", "lea", ["Gatehouse.Labeller"])}
STRANGER = {"x-ms-client-principal": principal("Sam", "sam", ["Gatehouse.Approver"])}


@pytest.fixture
def house() -> House:
    """A vision model is live, and 60 of its answers were collected, 30 of them with labels."""
    house = House(Policy(name="usual", scenario="vision", watch=WatchPolicy(label_items=MOST)))
    story.bring_live(house, "1")
    house.load.per_advance = 0
    rows = served.requests(60, seed=3)
    outputs = {f"q{n}": [row[1]] for n, row in enumerate(rows)}
    labels = {f"q{n}": [{"label": row[2]}] for n, row in enumerate(rows[:30])}
    for number, (kind, side) in enumerate({"model_outputs": outputs, "labels": labels}.items()):
        body = served.packed(served.collected(ENDPOINT, LIVE, "q", side, kind))
        house.serving.count("0", [Arrived(50_000 + number, body, house.clock.now())])
    return house


def watch_of(house: House) -> Watch:
    """The watch over the model."""
    record = wire.decode_record(KEY, house.documents.under(KEY)[KEY])
    assert isinstance(record, Watch)
    return record


def harmed(house: House) -> Watch:
    """The watch after a test told of harm."""
    house.intake.tell([shown(Outcome.FAIL, at=house.clock.now(), version="1")])
    house.wait(120)
    return watch_of(house)


def queue_of(house: House) -> str:
    """The id of the queue that harm led to."""
    active = harmed(house).active
    assert active is not None
    assert (active.action, bool(active.reference)) == (Action.LABEL, True)
    return active.reference


def lines(house: House, queue: str, label: object = "class 1") -> list[dict[str, object]]:
    """A label for every item of the queue."""
    items = house.labels.one(queue).content["items"]
    return [{"item": item["item"], "label": label} for item in items]


def packed(labels: list[dict[str, object]]) -> bytes:
    """The labels, one a line."""
    return b"\n".join(msgspec.json.encode(each) for each in labels)


def news(house: House) -> list[str]:
    """The types of the news so far."""
    return [str(msgspec.json.decode(event)["type"]) for event in house.notices.events]


def test_the_worst_and_most_uncertain_answers_are_laid_out_with_a_page_for_people(house: House) -> None:
    queue = queue_of(house)

    items = [msgspec.json.decode(line) for line in laid_out(house, queue, "items.jsonl").splitlines()]
    doubts = [item["doubt"] for item in items]
    unsure = [item["probability"] for item in items if item["doubt"] == "uncertain"]
    assert len(items) == MOST
    assert doubts == sorted(doubts, reverse=True)
    assert unsure == sorted(unsure)
    assert unsure
    assert f"POST /api/labels/{queue}" in laid_out(house, queue, "review.md").decode()


def test_people_are_told_which_items_wait_for_them(house: House) -> None:
    queue = queue_of(house)

    told = [msgspec.json.decode(event) for event in house.notices.events]
    (wanted,) = (event for event in told if event["type"] == "gatehouse.watch.labels-wanted")
    assert wanted["data"]["reference"] == queue


def laid_out(house: House, queue: str, file: str) -> bytes:
    """A file of the queue."""
    body = house.data.body("labelling", f"{queue}/{file}")
    assert body is not None
    return body


def test_complete_labels_are_a_new_file_and_end_the_action_with_a_person_to_decide(house: House) -> None:
    queue = queue_of(house)
    labels = lines(house, queue)
    labels[0]["label"] = None
    labels[1]["label"] = {"boxes": [[1, 2, 3, 4]]}

    reply = house.labels.complete(queue, LABELLER, packed(labels))
    house.wait(60)

    assert (reply.code, reply.content["accepted"]) == (202, f"{MOST - 1} label(s) by Lea")
    container, _, path = reply.content["dataset"].partition("/")
    file = house.data.body(container, path) or b""
    assert msgspec.json.decode(file.splitlines()[0])["label"] == {"boxes": [[1, 2, 3, 4]]}
    watch = watch_of(house)
    assert (watch.stage, watch.acted[-1].outcome) == (WatchStage.WATCHING, Ending.SUCCEEDED)
    assert reply.content["dataset"] in watch.acted[-1].detail
    assert news(house)[-1] == "gatehouse.watch.labels-complete"


def test_labels_that_came_twice_count_once(house: House) -> None:
    queue = queue_of(house)
    body = packed(lines(house, queue))

    replies = [house.labels.complete(queue, LABELLER, body) for _ in range(2)]
    house.wait(60)

    assert [reply.code for reply in replies] == [202, 202]
    assert len(watch_of(house).acted) == 1
    assert house.labels.complete(queue, LABELLER, body).code == 409


BAD = {
    "an item without a label": (lambda labels: labels[1:], "has no label"),
    "an item that was not asked": (lambda labels: [*labels, {"item": "q999#0", "label": "x"}], "q999#0 was not asked"),
    "an item twice": (lambda labels: [*labels, labels[0]], "has a label already"),
    "a line of something else": (lambda labels: [*labels, {"label": "x"}], "line 21"),
    "nothing that anybody could tell": (
        lambda labels: [{**each, "label": None} for each in labels],
        "nothing to learn",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_labels_that_are_not_complete_are_refused_with_the_reason_and_kept(house: House, name: str) -> None:
    change, reason = BAD[name]
    queue = queue_of(house)

    reply = house.labels.complete(queue, LABELLER, packed(change(lines(house, queue))))

    assert reply.code == 400
    assert reason in reply.content["refused"]
    assert reply.content["quarantine"] in house.quarantine.cases
    assert watch_of(house).active is not None


def test_only_a_person_with_the_role_may_label(house: House) -> None:
    queue = queue_of(house)
    body = packed(lines(house, queue))

    assert house.labels.complete(queue, {}, body).code == 401
    assert house.labels.complete(queue, STRANGER, body).code == 403
    assert watch_of(house).active is not None


@pytest.mark.parametrize("queue", ["0" * 32, "../releases/x", ""])
def test_a_queue_that_nobody_laid_out_is_not_found(house: House, queue: str) -> None:
    assert house.labels.one(queue).code == 404
    assert house.labels.complete(queue, LABELLER, b"").code == 404


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_ANSWER])
@pytest.mark.parametrize("call", ["data.write", "bodies.keep", "documents.write"])
def test_items_are_laid_out_once_whatever_goes_wrong(house: House, call: str, fault: Fault) -> None:
    left = {call: 2}

    def pick(named: str) -> Fault | None:
        left[named] = left.get(named, 0) - 1
        return fault if left[named] >= 0 else None

    house.intake.tell([shown(Outcome.FAIL, at=house.clock.now(), version="1")])
    house.faults.pick = pick
    house.wait(300)

    assert [path.partition("/")[2] for path in house.data.paths("labelling")] == ["items.jsonl", "review.md"]
    watch = watch_of(house)
    assert watch.active is not None
    assert house.labels.one(watch.active.reference).code == 200


def test_without_collected_answers_the_action_fails_and_says_what_to_do() -> None:
    house = House(Policy(name="usual", scenario="vision"))
    story.bring_live(house, "1")
    watch = harmed(house)

    assert watch.acted[-1].outcome is Ending.FAILED
    assert "switch its data collector on" in watch.acted[-1].detail
