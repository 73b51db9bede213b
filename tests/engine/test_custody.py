"""What lies in quarantine can be seen and sent again; dead letters come there; sweeps leave a note."""

import json
import logging
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from local.principal import principal
from shared.contracts.malformed import Malformed
from shared.core.facts import ModelRegistered
from shared.core.release import Stage
from shared.doors.sweeping import NOTE, last_sweep, shown
from shared.people.custody import Custody
from shared.ports import Case
from shared.views import iso
from tests.simulated.faults import Crash, Fault
from tests.simulated.house import POLICY, House
from tests.simulated.registry import REGISTRY
from tests.simulated.story import (
    ANNA,
    MODEL,
    OLGA,
    announce,
    answer,
    bring_to_approval,
    digest_named,
    push_model,
    redrive,
    register,
    report,
    scan,
)

SECRET = "sig=pa55w0rd"


@pytest.fixture
def house() -> House:
    return House()


def only_case(house: House) -> Case:
    (case,) = house.quarantine.cases.values()
    return case


def listed(house: House) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = house.custody.cases().content["cases"]
    return cases


def test_an_event_counts_once_its_policy_is_repaired_and_it_is_sent_again(house: House) -> None:
    push_model(house, "1")
    house.policy = Malformed("the key 'laddder' is unknown")
    announce(house, "1")
    house.run()
    assert house.releases() == []
    case = only_case(house)
    house.policy = POLICY
    house.wait(60)
    assert redrive(house, case.id).code == 202
    house.run()
    assert house.release(MODEL, "1").stage is Stage.QUARANTINED
    assert [(again.name, again.at) for again in only_case(house).redriven] == [(OLGA, house.clock.now())]


def test_a_case_that_fails_again_is_the_same_case_and_can_be_sent_again(house: House) -> None:
    push_model(house, "1")
    house.policy = Malformed("unreadable")
    announce(house, "1")
    house.run()
    for times in (1, 2):
        house.wait(60)
        redrive(house, only_case(house).id)
        house.run()
        assert len(only_case(house).redriven) == times
        assert only_case(house).at == house.clock.now()
    house.policy = POLICY
    house.wait(60)
    redrive(house, only_case(house).id)
    house.run()
    assert house.release(MODEL, "1").stage is Stage.QUARANTINED


def test_a_parked_scan_goes_back_to_the_scans_and_counts_once(house: House) -> None:
    scan(house, "churn-1")
    house.run()
    case = only_case(house)
    assert case.door == "scan-results"
    bring_to_approval(house, "1")
    before = house.release(MODEL, "1").ledger
    redrive(house, case.id)
    house.run()
    assert house.release(MODEL, "1").ledger == before


def nameless(house: House, image: str = "churn-1") -> bytes:
    """A report that does not say by which digest the registry knows its image."""
    return report(house, image).replace(b"RepoDigests", b"RepoTags")


def test_a_report_without_its_image_counts_when_an_operator_names_that(house: House) -> None:
    register(house, "1")
    house.bus.put("scan-results", nameless(house))
    house.run()
    case = only_case(house)
    assert "property 'image'" in case.reason
    given = {"image": f"{REGISTRY}/churn-1@{digest_named('churn-1')}"}
    assert redrive(house, case.id, body=msgspec.json.encode(given)).code == 202
    house.run()
    assert house.release(MODEL, "1").stage is Stage.AWAITING_APPROVAL
    assert listed(house)[0]["redriven"][0]["properties"] == given


def test_what_came_beside_a_body_goes_back_with_it(house: House) -> None:
    wrong = {"image": digest_named("other"), "secret": SECRET}
    house.bus.put("scan-results", report(house, "churn-1"), properties=wrong)
    house.run()
    assert listed(house)[0]["properties"] == {"image": digest_named("other")}
    redrive(house, only_case(house).id)
    (letter,) = house.bus.waiting()
    assert letter.properties == {"image": digest_named("other")}
    house.run()
    assert len(house.quarantine.cases) == 1


def test_an_operator_can_correct_what_came_beside_a_body(house: House) -> None:
    register(house, "1")
    house.bus.put("scan-results", report(house, "churn-1"), properties={"image": digest_named("other")})
    house.run()
    redrive(house, only_case(house).id, body=msgspec.json.encode({"image": digest_named("churn-1")}))
    house.run()
    assert house.release(MODEL, "1").stage is Stage.AWAITING_APPROVAL


def test_a_dead_letter_and_a_parked_report_keep_their_image(house: House) -> None:
    image = {"image": digest_named("churn-1")}
    case = house.dead_letters.keep("scan-results", nameless(house), "MaxDeliveryCountExceeded", 10, image)
    assert house.quarantine.cases[case].properties == image
    redrive(house, case)
    house.run()
    parked = next(each for each in house.quarantine.cases.values() if "no release waits" in each.reason)
    assert parked.properties == image


def test_only_as_much_of_a_property_is_kept_as_an_image_can_have(house: House) -> None:
    house.bus.put("scan-results", nameless(house), properties={"image": "x" * 2000})
    house.run()
    assert only_case(house).properties == {"image": "x" * 512}


@pytest.mark.parametrize(
    ("queue", "body", "clue"),
    [
        ("scan-results", b"{", "JSON"),
        ("scan-results", b'{"image": "churn:1"}', "64 hex digits"),
        ("scan-results", b'{"image": 7}', "text"),
        ("scan-results", b'{"door": "facts"}', "image and nothing else"),
        ("facts", b'{"image": "sha256:0"}', "what comes by facts has no image"),
    ],
)
def test_an_operator_gives_nothing_but_what_the_door_reads(house: House, queue: str, body: bytes, clue: str) -> None:
    house.bus.put(queue, b"{")
    house.run()
    refused = redrive(house, only_case(house).id, body=body)
    assert (refused.code, clue in refused.content["refused"]) == (400, True), refused.content
    assert house.bus.waiting() == []
    assert only_case(house).redriven == ()


@pytest.mark.parametrize("queue", ["model-events", "scan-results", "facts", "deployment"])
def test_what_a_queue_brought_goes_back_to_that_queue(house: House, queue: str) -> None:
    house.bus.put(queue, b"{")
    house.run()
    case = only_case(house)
    assert case.door == queue
    redrive(house, case.id)
    (letter,) = house.bus.waiting()
    assert (letter.queue, letter.body) == (queue, b"{")


def test_a_refused_answer_of_a_person_cannot_be_sent_again(house: House) -> None:
    bring_to_approval(house, "1")
    answer(house, "1", ANNA, digest="sha256:other")
    refused = redrive(house, only_case(house).id)
    assert refused.code == 409
    assert "whoever sent it must send anew" in refused.content["refused"]


@pytest.mark.parametrize(
    "case", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "../" + "0" * 29, "0" * 32, "0" * 32 + "\n"]
)
def test_an_id_that_is_none_finds_nothing(house: House, case: str) -> None:
    asked: list[str] = []
    house.faults.pick = asked.append
    assert redrive(house, case).code == 404
    assert house.custody.case(case).code == 404
    assert set(asked) <= ({"quarantine.case"} if case == "0" * 32 else set())


def test_only_operators_send_again(house: House) -> None:
    house.bus.put("facts", b"{")
    house.run()
    case = only_case(house)
    approver = {"x-ms-client-principal": principal("Anna", "id-of-Anna", ["Gatehouse.Approver"])}
    assert house.custody.redrive(case.id, {}).code == 401
    assert house.custody.redrive(case.id, approver).code == 403
    unguarded = Custody(house.quarantine, house.bus, house.clock, authenticated=False)
    assert unguarded.redrive(case.id, approver).code == 503
    assert house.bus.waiting() == []


def test_the_list_has_the_newest_first_and_no_bodies(house: House) -> None:
    for n in range(102):
        house.wait(1)
        house.intake.refuse(SECRET.encode(), f"reason {n}", "facts", "facts")
    reply = house.custody.cases()
    assert [case["reason"] for case in listed(house)][:2] == ["reason 101", "reason 100"]
    assert (len(listed(house)), reply.content["more"]) == (100, True)
    assert SECRET not in json.dumps(reply.content)


@pytest.mark.parametrize(("size", "truncated"), [(0, False), (4096, False), (4097, True)])
def test_a_case_shows_the_first_4_kb_of_its_body_as_text(house: House, size: int, truncated: bool) -> None:
    case = house.intake.refuse(b"\xff" * size, "no text", "facts", "facts")
    shown = house.custody.case(case).content
    assert shown["text"] == "\ufffd" * min(size, 4096)
    assert (shown["bytes"], shown["truncated"]) == (size, truncated)


def test_a_body_that_was_changed_is_neither_shown_nor_sent(house: House) -> None:
    case = house.intake.refuse(b"as it came", "why", "facts", "facts")
    house.quarantine.cases[case] = replace(house.quarantine.cases[case], body=b"as it lies there")
    assert redrive(house, case).code == 409
    assert "was changed in storage" in house.custody.case(case).content["refused"]
    assert house.bus.waiting() == []


def test_a_lost_mark_is_written_again_and_the_message_is_sent(house: House) -> None:
    house.bus.put("facts", b"{")
    house.run()
    faults = iter([Fault.OVERTAKEN])
    house.faults.pick = lambda call: next(faults, None) if call == "quarantine.redriven" else None
    assert redrive(house, only_case(house).id).code == 202
    assert len(only_case(house).redriven) == 1
    assert len(house.bus.waiting()) == 1


def test_a_dead_letter_is_kept_with_what_the_broker_says_and_goes_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    push_model(house, "1")
    announce(house, "1")
    (letter,) = house.bus.waiting()
    house.bus.settle(letter)
    with caplog.at_level(logging.INFO):
        case = house.dead_letters.keep("model-events", letter.body, "MaxDeliveryCountExceeded", 10, {})
    kept = only_case(house)
    assert kept.reason == "dead letter of model-events after 10 deliveries: MaxDeliveryCountExceeded"
    assert (kept.source, kept.door) == ("model-events/$DeadLetterQueue", "model-events")
    assert [
        record.levelname for record in caplog.records if case in record.message and "send it again" in record.message
    ] == ["ERROR"]
    redrive(house, case)
    house.run()
    assert house.release(MODEL, "1").stage is Stage.QUARANTINED


def test_every_count_is_a_record_that_json_can_hold_and_holds_nothing_that_was_sent(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="gatehouse.telemetry"):
        case = house.dead_letters.keep("facts", SECRET.encode(), SECRET, 10, {"image": SECRET})
        redrive(house, case)
        house.sweeping.run(300.0)
    counted = [record.__dict__["gatehouse"] for record in caplog.records if record.name == "gatehouse.telemetry"]
    assert counted == [
        {"metric": "gatehouse.quarantine.cases", "value": 1, "door": "facts"},
        {"metric": "gatehouse.dead_letters", "value": 1, "queue": "facts"},
        {"metric": "gatehouse.quarantine.redrives", "value": 1, "door": "facts"},
        {"metric": "gatehouse.sweep.repairs", "value": 0},
    ]
    assert SECRET not in json.dumps(counted)


def test_a_sweep_leaves_a_note_of_when_it_ended_and_what_it_repaired(house: House) -> None:
    assert last_sweep(house.documents) is None
    push_model(house, "1")
    crashes = iter([Fault.CRASH_AFTER])
    house.faults.pick = lambda call: next(crashes, None) if call == "documents.write" else None
    with pytest.raises(Crash):
        house.engine.handle(ModelRegistered(id="r", at=1.0, model=MODEL, version="1"))
    house.wait(400)
    assert house.sweeping.run(300.0) == 1
    assert shown(last_sweep(house.documents)) == {"at": iso(house.clock.now()), "repairs": 1}


def test_a_broken_note_says_where_it_lies(house: House) -> None:
    house.documents.write(NOTE, b"{", None)
    with pytest.raises(Malformed, match="delete sweeps/last"):
        last_sweep(house.documents)


@pytest.mark.parametrize(
    ("body", "clue"),
    [
        (b"", "JSON"),
        (b"[]", "an object"),
        (b'{"comment": "a", "comment": "b"}', "more than once"),
        (b'{"reason": "a"}', "comment and nothing else"),
        (b'{"comment": 7}', "text"),
        (msgspec.json.encode({"comment": "x" * 2001}), "2,000"),
        (b'{"comment": "' + b"x" * 20_000 + b'"}', "16384"),
    ],
)
def test_a_malformed_demand_is_refused_and_kept(house: House, body: bytes, clue: str) -> None:
    bring_to_approval(house, "1")
    olga = {"x-ms-client-principal": principal(OLGA, "id-of-Olga", ["Gatehouse.Operator"])}
    reply = house.operators.demand("abort", MODEL, "1", olga, body)
    assert (reply.code, clue in reply.content["refused"]) == (400, True), reply.content
    assert only_case(house).source == "abort of churn:1"
    house.run()
    assert house.release(MODEL, "1").stage is Stage.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("version", "roles", "code"), [("1", [], 403), ("1", ["Gatehouse.Approver"], 403), ("9", [], 404)]
)
@pytest.mark.parametrize("action", ["abort", "pause", "resume", "rollback"])
def test_a_demand_needs_the_role_and_a_known_release(
    house: House, action: str, version: str, roles: list[str], code: int
) -> None:
    bring_to_approval(house, "1")
    header = {"x-ms-client-principal": principal("Anna", "id-of-Anna", roles)}
    assert house.operators.demand(action, MODEL, version, header, b"{}").code == code
    assert house.operators.demand(action, MODEL, version, {}, b"{}").code == 401
