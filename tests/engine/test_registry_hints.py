"""A registry's word is followed to the registry itself: what it confirms becomes a fact, the rest is kept apart."""

import json
from typing import Any

import pytest

from shared.contracts import wire
from shared.core.images import Image, ImageStage
from shared.ports import Case
from tests.security.front import pushed
from tests.simulated.faults import Fault
from tests.simulated.house import House
from tests.simulated.registry import REGISTRY


@pytest.fixture
def house() -> House:
    return House()


def hear(house: House, body: bytes) -> None:
    house.bus.put("registry-events", body)
    house.wait(1.0)


def images(house: House) -> list[Image]:
    found = [wire.decode_record(key, body) for key, body in house.documents.under("images/").items()]
    return [image for image in found if isinstance(image, Image)]


def only_case(house: House) -> Case:
    (case,) = house.quarantine.cases.values()
    return case


def deletion(repository: str, digest: str, **target: Any) -> bytes:
    event = {"id": "d-1", "timestamp": "2026-11-21T00:00:00Z", "action": "delete"}
    return json.dumps({**event, "target": {"digest": digest, "repository": repository, **target}}).encode()


def pushes(house: House) -> list[dict[str, Any]]:
    return [entry.data for image in images(house) for entry in image.ledger if entry.fact == "ImagePushed"]


def test_a_push_is_told_with_the_digest_that_the_registry_gives(house: House) -> None:
    image = house.images.add("team/x", "1")
    hear(house, pushed("team/x", "1", "sha256:91ef6"))
    assert pushes(house) == [
        {"digest": image.digest, "registry": REGISTRY, "repository": "team/x", "tag": "1"},
    ]


def test_the_event_itself_is_kept_under_the_digest_that_the_ledger_names(house: House) -> None:
    body = pushed("team/x", "1", house.images.add("team/x", "1").digest)
    hear(house, body)
    entry = next(entry for entry in images(house)[0].ledger if entry.fact == "ImagePushed")
    assert json.loads(house.bodies.read(entry.body)) == json.loads(body)


def test_a_tag_that_moved_since_is_not_told(house: House) -> None:
    image = house.images.add("team/x", "1")
    hear(house, pushed("team/x", "2", image.digest))
    assert [(told["digest"], told["tag"]) for told in pushes(house)] == [(image.digest, "")]


def test_a_push_told_twice_counts_once(house: House) -> None:
    image = house.images.add("team/x", "1")
    for _ in range(2):
        hear(house, pushed("team/x", "1", image.digest))
    assert len(pushes(house)) == 1


@pytest.mark.parametrize(("repository", "tag"), [("team/x", "2"), ("team/y", "1")])
def test_an_image_that_the_registry_does_not_know_lies_in_quarantine(house: House, repository: str, tag: str) -> None:
    house.images.add("team/x", "1")
    hear(house, pushed(repository, tag, ""))
    assert images(house) == []
    assert "does not know this image" in only_case(house).reason
    assert only_case(house).door == "registry-events"


def test_a_case_can_be_sent_again_and_counts_once_the_image_is_there(house: House) -> None:
    hear(house, pushed("team/x", "1", ""))
    house.images.add("team/x", "1")
    hear(house, house.quarantine.body(only_case(house)))
    assert len(pushes(house)) == 1


def test_a_deletion_is_told_of_an_image_that_is_gone_alone(house: House) -> None:
    image = house.images.add("team/x", "1")
    hear(house, deletion("team/x", image.digest))
    assert images(house) == []
    house.images.discard(image)
    hear(house, deletion("team/x", image.digest))
    (gone,) = images(house)
    assert (gone.digest, gone.stage) == (image.digest, ImageStage.REMOVED)


def test_a_deletion_without_a_digest_tells_of_no_image(house: House) -> None:
    hear(house, deletion("team/x", "", tag="1"))
    assert images(house) == []
    assert "without a whole digest" in only_case(house).reason


def test_one_bad_notice_of_an_envelope_holds_up_no_other(house: House) -> None:
    first, second = house.images.add("a", "1"), house.images.add("b", "1")
    events = [json.loads(pushed("a", "1", first.digest)), {"id": "x"}, json.loads(pushed("b", "1", second.digest))]
    hear(house, json.dumps({"events": [{**event, "id": f"e-{i}"} for i, event in enumerate(events)]}).encode())
    assert {told["repository"] for told in pushes(house)} == {"a", "b"}
    assert "events[1]" in only_case(house).reason


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"action": 1}', b"null", b'{"events": [1, null]}'])
def test_what_no_sender_sends_lies_in_quarantine(house: House, body: bytes) -> None:
    hear(house, body)
    assert house.quarantine.cases
    assert images(house) == []


@pytest.mark.parametrize("call", ["images.find", "bodies.keep", "bus.send"])
def test_trouble_of_ours_brings_the_message_again(house: House, call: str) -> None:
    house.images.add("team/x", "1")
    failing = iter([True, False])
    house.faults.pick = lambda name: Fault.REFUSED if name == call and next(failing, False) else None
    hear(house, pushed("team/x", "1", ""))
    house.wait(10.0)
    assert len(pushes(house)) == 1
    assert not house.quarantine.cases
