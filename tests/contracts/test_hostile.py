"""Whatever bytes arrive, a parser understands them or says Malformed; nothing else ever comes out."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import image_documents, model_events, policies, wire
from shared.contracts.malformed import Malformed
from shared.core.facts import ModelRegistered
from shared.core.identity import release_key
from tests.contracts.artifacts.judge import refusal
from tests.contracts.artifacts.steps import pickled
from tests.contracts.requests_read import parse_requests
from tests.contracts.samples import cloud_event, encoded, finding, grid_event, record, report

POLICY = (Path(__file__).parents[2] / "policies" / "classical.yaml").read_bytes()
SEEDS = {
    "grid": encoded([grid_event(), grid_event(id="e-2")]),
    "cloud": encoded(cloud_event()),
    "scan": encoded(report(finding("HIGH", "2"), finding("LOW"))),
    "records": encoded({"records": [record(), record()]}),
    "lines": encoded(record()) + b"\n" + encoded(record()),
    "policy": POLICY,
}
SNIPPETS = [
    b"",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"null",
    b"1e999",
    b"-1",
    b"\\ud800",
    b"\xff",
    b"\n",
    b"&a ",
    b"*a",
]


def parse_all(body: bytes) -> None:
    """Run every parser over the body; raises whatever is not Malformed."""
    with contextlib.suppress(Malformed):
        assert model_events.model_facts(body)
    with contextlib.suppress(Malformed):
        assert image_documents.facts_of(body, "", 0.0)
    with contextlib.suppress(Malformed):
        policies.parse_policy(POLICY, body)
    requests, refused = parse_requests(body)
    assert all(request.latency_ms >= 0 for request in requests)
    assert all(problem.reason for problem in refused)


@st.composite
def damaged(draw: st.DrawFn, seed: bytes) -> bytes:
    """The seed with up to three stretches of at most 20 bytes replaced."""
    body = seed
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        body = body[:start] + draw(st.sampled_from(SNIPPETS)) + body[start + draw(st.integers(0, 20)) :]
    return body


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_payload_is_understood_or_refused(name: str) -> None:
    @settings(deadline=None, max_examples=40 if name == "policy" else 100)
    @given(damaged(SEEDS[name]))
    def survives(body: bytes) -> None:
        parse_all(body)

    survives()


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=100))
def test_any_bytes_are_understood_or_refused(body: bytes) -> None:
    parse_all(body)


VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.lists(st.text(), max_size=2)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([grid_event(), cloud_event()]), st.data())
def test_an_event_with_any_value_in_any_key_gives_one_answer(event: dict[str, Any], data: st.DataObject) -> None:
    key, value = data.draw(st.sampled_from(sorted(event))), data.draw(VALUES)
    (outcome,) = model_events.model_facts(encoded({**event, key: value}))
    assert isinstance(outcome, (Malformed, ModelRegistered))


@pytest.mark.parametrize("depth", [1_000, 100_000, 1_000_000])
@pytest.mark.parametrize(("start", "end"), [(b"[", b"]"), (b'{"a":', b"}"), (b'{"kind":[', b"]}")])
def test_own_messages_that_are_nested_without_end_are_refused(start: bytes, end: bytes, depth: int) -> None:
    body = start * depth + b"1" + end * depth
    for decode in (wire.decode_fact, wire.decode_errand, wire.decode_endpoint, wire.decode_champion, wire.decode_tag):
        with pytest.raises(Malformed):
            decode(body)
    with pytest.raises(Malformed):
        wire.decode_release(release_key("churn", "1"), body)


def test_half_a_character_in_what_is_quoted_can_be_written() -> None:
    refused = Malformed("it names \ud800", "step \udfff")
    assert (str(refused), refused.reason) == ("step \\udfff: it names \\ud800", "it names \\ud800")
    steps = pickled(b"V\\ud800\n", b"V\\ud800\n", b"\x93")
    assert "'\\ud800" in refusal("m.pkl", steps) or "\\ud800.\\ud800" in refusal("m.pkl", steps)
