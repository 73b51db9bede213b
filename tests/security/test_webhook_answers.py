"""What a webhook answers when it is not the proof that is wrong: trouble of ours, methods, types and sizes."""

import logging
from collections.abc import Sequence

import pytest

from shared.core.release import Stage
from shared.ports import Impossible, Message, Unavailable
from tests.security.deliveries import BODY, PROVING
from tests.security.front import NEW, OLD, SENDERS, Front, content, pushed
from tests.simulated.faults import Fault


@pytest.mark.parametrize("sender", PROVING)
def test_a_queue_that_is_away_is_trouble_of_ours(front: Front, sender: str) -> None:
    """W13."""
    front.house.faults.pick = lambda call: Fault.REFUSED
    answer = front.signed(sender, BODY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


class Narrow:
    """A bus whose messages hold nothing."""

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        raise Impossible(f"queue {queue} takes no message of {len(messages[0].body)} bytes")


@pytest.mark.parametrize("sender", [s for s in SENDERS if s not in ("event-grid", "databricks")])
def test_what_no_message_can_hold_lies_in_quarantine_and_is_not_lost(front: Front, sender: str) -> None:
    front.trust(bus=Narrow())
    assert "quarantined" in content(front.signed(sender, BODY))
    (case,) = front.cases()
    assert "takes no message of" in case.reason


def test_settings_that_are_missing_are_trouble_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """W13."""
    from shared import services
    from shared.settings import Unset

    front = Front(monkeypatch)

    def unset() -> None:
        raise Unset("CONTAINER_REGISTRY has no value")

    monkeypatch.setattr(services, "_webhooks", unset)
    assert front.signed("acr", BODY).status_code == 503


@pytest.mark.parametrize("sender", PROVING)
def test_a_large_body_is_refused_before_anything_is_hashed(
    front: Front, sender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W14."""
    fits, large = b'"' + b"x" * (1_048_576 - 2) + b'"', b'"' + b"x" * (1_048_576 - 1) + b'"'
    assert front.signed(sender, fits).status_code == 200
    proof = front.proof(sender, large)
    monkeypatch.setattr("hmac.digest", lambda *_: pytest.fail("hashed"))
    assert front.send(sender, large, proof, query={"code": NEW}).status_code == 413


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_refused(front: Front, coding: str) -> None:
    """W15."""
    assert front.signed("acr", BODY, **{"Content-Encoding": coding}).status_code == 415
    assert front.nothing_kept()


@pytest.mark.parametrize("sender", PROVING)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_another_method_is_refused_and_the_right_one_named(front: Front, sender: str, method: str) -> None:
    """W16."""
    answer = front.send(sender, BODY, front.proof(sender, BODY), method=method, query={"code": NEW})
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert front.nothing_kept()


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json; charset=utf-16",
        "text/html, application/json",
        "application/json\r\nX: y",
        "application/xml",
    ],
)
def test_another_content_type_is_refused(front: Front, kind: str) -> None:
    """W16."""
    assert front.signed("acr", BODY, **{"Content-Type": kind}).status_code == 415
    assert front.nothing_kept()


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-8",
        "application/cloudevents+json",
        'application/json;charset="UTF-8"',
        "application/vnd.docker.distribution.events.v1+json",
        "application/cloudevents-batch+json; charset=utf-8",
    ],
)
def test_what_senders_really_call_their_json_is_taken(front: Front, kind: str) -> None:
    assert front.signed("acr", BODY, **{"Content-Type": kind}).status_code == 200


def test_an_unknown_sender_is_told_whom_there_are_doors_for(front: Front) -> None:
    answer = front.signed("quay", BODY)
    assert answer.status_code == 404
    assert all(sender in content(answer)["refused"] for sender in SENDERS)


def test_an_answer_and_a_log_hold_no_secret_and_no_header(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answers = [
            front.send("acr", pushed("x", "1", ""), {"X-Gatehouse-Secret": "canary-" * 9}),
            front.signed("acr", BODY),
            front.send("docker-hub", BODY, query={"code": "canary-" * 9}),
        ]
    shown = caplog.text + "".join(answer.get_body().decode() for answer in answers)
    assert NEW not in shown
    assert OLD not in shown
    assert "canary" not in shown


def test_a_release_by_mlflow_goes_the_way_of_any_other(front: Front) -> None:
    front.signed("mlflow", BODY)
    front.house.wait(5.0)
    release = front.house.release("churn", "1")
    assert release.stage is Stage.REJECTED, "the workspace does not know this version"
    with pytest.raises(KeyError):
        front.house.release("churn", "2")


def test_unavailable_is_never_raised_to_the_platform(front: Front) -> None:
    front.house.faults.pick = lambda call: Fault.LOST_ANSWER
    try:
        code = front.signed("acr", BODY).status_code
    except Unavailable:
        code = 500
    assert code == 503
