"""The handshakes of Event Grid are answered as it expects them, once it proved who it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.expectations import matching, needs_corpus, sample
from tests.security.front import NEW, Front

NOTES = ("trap", "note")

pytestmark = needs_corpus


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Front:
    return Front(monkeypatch)


def trusted_topics(body: str) -> tuple[str, ...]:
    """The topics in a recorded body, as if they were in our settings."""
    return tuple(event["topic"] for event in json.loads(body)) if body else ()


@matching("handshake/*")
def test_a_handshake_is_answered_as_it_is_expected(expectation: Path, front: Front) -> None:
    body, expected = sample(expectation)
    call = json.loads(body)
    front.trust(topics=trusted_topics(call["body"]))
    headers = {**call["headers"], "X-Gatehouse-Secret": NEW}
    answer = front.send("event-grid", call["body"].encode(), headers, method=call["method"])
    told: dict[str, Any] = {
        "response_status": answer.status_code,
        "response_json": json.loads(answer.get_body()),
        "must_not_dispatch_as_event": front.nothing_kept(),
        "response_headers": answer.headers,
    }
    for key, wanted in expected.items():
        if key == "response_headers":
            for name, text in wanted.items():
                assert agrees(told[key].get(name), text), name
        elif key not in NOTES:
            assert told[key] == wanted, key


def agrees(given: str | None, wanted: str) -> bool:
    """Whether a header is what the expectation says in words: a value, one of two, or a number."""
    if given is None:
        return False
    return given == wanted.split(" ", maxsplit=1)[0] or ("a number" in wanted and given.isdecimal())


@matching("handshake/*")
def test_no_handshake_is_echoed_without_a_proof(expectation: Path, front: Front) -> None:
    call = json.loads(sample(expectation)[0])
    front.trust(topics=trusted_topics(call["body"]))
    answer = front.send("event-grid", call["body"].encode(), call["headers"], method=call["method"])
    assert answer.status_code == (200 if call["method"] == "OPTIONS" else 401)
    assert b"validationResponse" not in answer.get_body()
