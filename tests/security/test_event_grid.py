"""Event Grid's handshakes echo what they must, to nobody unknown, and never call an address."""

import json
import logging
from typing import Any

import pytest

from tests.security.front import NEW, TOPIC, Front, content
from tests.security.imports import ROOT, clients, reached

CODE = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"
HEADER = {"aeg-event-type": "SubscriptionValidation"}
URL = "https://rp-eastus2.eventgrid.azure.net:553/validate?id=1"
ML = "Microsoft.MachineLearningServices."
ACR = "Microsoft.ContainerRegistry."


def validation(code: Any = CODE, topic: str = f"{TOPIC}/resourceGroups/g") -> dict[str, Any]:
    data = {"validationCode": code, "validationUrl": URL}
    return event("Microsoft.EventGrid.SubscriptionValidationEvent", "v-1", topic, data)


def event(kind: str, name: str, topic: str = TOPIC, data: Any = None) -> dict[str, Any]:
    moment = {"eventTime": "2026-11-01T08:00:00Z", "dataVersion": "1"}
    return {"id": name, "topic": topic, "subject": "", "eventType": kind, **moment, "data": data or {}}


def registered(number: int) -> dict[str, Any]:
    return event(f"{ML}ModelRegistered", f"m-{number}", TOPIC, {"modelName": "churn", "modelVersion": str(number)})


def image(kind: str, name: str) -> dict[str, Any]:
    target = {"repository": "x", "tag": "1", "digest": "sha256:" + "0" * 64}
    told = {"id": name, "timestamp": "2026-11-01T08:00:00Z", "action": "push", "target": target}
    return event(f"{ACR}{kind}", name, TOPIC, told)


def post(front: Front, *events: Any, **headers: str) -> Any:
    return front.signed("event-grid", json.dumps(list(events)).encode(), **headers)


def test_one_bad_event_of_a_hundred_lies_in_quarantine_and_the_others_count(front: Front) -> None:
    """W17."""
    events: list[dict[str, Any]] = [registered(number) for number in range(99)]
    del (bad := registered(100))["id"]
    assert post(front, *events[:40], bad, *events[40:]).status_code == 200
    (batch,) = front.queued("model-events")
    assert batch == events
    (case,) = front.cases()
    assert "[40]" in case.reason


def test_events_go_to_the_queue_of_their_kind_and_unknown_ones_to_quarantine(front: Front) -> None:
    told = [registered(1), image("ImagePushed", "i"), event("Contoso.X", "x"), registered(2)]
    assert post(front, *told).status_code == 200
    assert front.queued("model-events") == [[told[0], told[3]]]
    assert front.queued("registry-events") == [[told[1]]]
    (case,) = front.cases()
    assert "Contoso.X" in case.reason
    assert front.house.quarantine.body(case) == json.dumps(told[2], sort_keys=True, separators=(",", ":")).encode()


def test_event_grid_can_not_speak_for_mlflow(front: Front) -> None:
    body = {"specversion": "1.0", "id": "1", "source": "s", "type": "mlflow.model_version.created"}
    assert (
        post(front, {**body, "time": "2026-11-01T08:00:00Z", "data": {"name": "x", "version": "1"}}).status_code == 200
    )
    assert front.queued("model-events") == []
    assert len(front.cases()) == 1


def test_what_is_no_delivery_at_all_lies_in_quarantine(front: Front) -> None:
    for body in (b"", b"{", b"[]", b"7", b'{"a":1,"a":2}'):
        assert front.signed("event-grid", body).status_code == 200
    assert front.house.bus.waiting() == []
    assert len(front.cases()) == 5


def test_the_end_of_a_subscription_is_noted_and_kept_nowhere(front: Front) -> None:
    assert post(front, event("Microsoft.EventGrid.SubscriptionDeletedEvent", "d")).status_code == 200
    assert front.nothing_kept()


def test_a_validation_is_echoed_as_json_that_no_browser_guesses_about(front: Front) -> None:
    answer = post(front, validation(), **HEADER)
    assert (answer.status_code, content(answer)) == (200, {"validationResponse": CODE})
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert front.nothing_kept()


@pytest.mark.parametrize("headers", [HEADER, {}])
def test_a_forged_validation_is_echoed_to_nobody(front: Front, headers: dict[str, str]) -> None:
    """W18."""
    answer = front.send("event-grid", json.dumps([validation()]).encode(), headers)
    assert answer.status_code == 401
    assert CODE not in answer.get_body().decode()


@pytest.mark.parametrize(
    "topic", ["/subscriptions/another", f"{TOPIC}0/resourceGroups/g", f"x{TOPIC}", "/", f"https://a{TOPIC}"]
)
def test_a_validation_for_a_foreign_topic_is_refused_and_logged(
    front: Front, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    """W18."""
    with caplog.at_level(logging.WARNING):
        answer = post(front, validation(topic=topic), **HEADER)
    assert answer.status_code == 403
    assert CODE not in answer.get_body().decode()
    assert "EVENT_GRID_TOPICS" in caplog.text


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("headers", [HEADER, {}])
def test_a_validation_among_events_is_refused_with_all_of_them(
    front: Front, place: int, headers: dict[str, str]
) -> None:
    """W19."""
    events = [registered(1)]
    events.insert(place, validation())
    answer = post(front, *events, **headers)
    assert answer.status_code == 400
    assert CODE not in answer.get_body().decode()
    assert front.nothing_kept()


@pytest.mark.parametrize(
    "code",
    ["a" * 10_240, "<script>alert(1)</script>", "", "1234567", f"{CODE}\n", f" {CODE}", "0" * 65, 5, None, ["a" * 9]],
)
def test_a_code_that_is_none_is_not_echoed(front: Front, code: Any) -> None:
    """W20."""
    answer = post(front, validation(code), **HEADER)
    assert answer.status_code == 400
    assert "validationResponse" not in content(answer)


@pytest.mark.parametrize(
    "file", ["contracts/handshake.py", "doors/webhooks.py", "doors/webhook_senders.py", "doors/registry_hints.py"]
)
def test_what_answers_a_handshake_can_call_nobody(file: str) -> None:
    """W21."""
    names = reached(ROOT / "shared" / file)
    assert any(name.startswith("shared.") for name in names)
    assert not clients(names)
    assert not any(name.startswith("shared.adapters") for name in names)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "null",
        "evil.example",
        "eventgrid.azure.net.evil.example",
        "https://eventgrid.azure.net",
        "eventgrid.azure.net, evil.example",
        "eventgrıd.azure.net",
    ],
)
def test_an_unknown_origin_is_not_allowed(front: Front, origin: str) -> None:
    """W22."""
    answer = front.send("event-grid", headers={"WebHook-Request-Origin": origin}, method="OPTIONS")
    assert answer.status_code == 200
    assert "WebHook-Allowed-Origin" not in answer.headers


def test_the_known_origin_is_allowed_by_our_own_word_and_no_address_is_called(front: Front) -> None:
    """W22."""
    asked = {
        "WebHook-Request-Origin": "EventGrid.Azure.Net",
        "WebHook-Request-Callback": "http://169.254.169.254/",
        "WebHook-Request-Rate": "100000",
    }
    answer = front.send("event-grid", headers=asked, method="OPTIONS")
    told = {name: answer.headers[name] for name in ("WebHook-Allowed-Origin", "WebHook-Allowed-Rate", "Allow")}
    assert told == {"WebHook-Allowed-Origin": "eventgrid.azure.net", "WebHook-Allowed-Rate": "120", "Allow": "POST"}
    assert front.nothing_kept()


def test_a_handshake_is_no_proof_for_what_comes_after_it(front: Front) -> None:
    """W23."""
    origin = {"WebHook-Request-Origin": "eventgrid.azure.net"}
    assert front.send("event-grid", headers=origin, method="OPTIONS").status_code == 200
    body = json.dumps([registered(1)]).encode()
    for headers in ({}, origin):
        assert front.send("event-grid", body, headers).status_code == 401
    assert front.send("event-grid", body, {"X-Gatehouse-Secret": NEW}).status_code == 200
