"""The JSON door lets in what every reader understands the same way, and names the place of anything else."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed

REFUSED = {
    "a repeated key": (b'{"a": {"b": 1, "b": 2}}', "a", "'b' is there more than once"),
    "a repeated key written differently": (b'[{"a": 1, "\\u0061": 2}]', "[0]", "more than once"),
    "not a number": (b'{"a": NaN}', "line 1 column 7", "not strict JSON"),
    "infinity": (b"[-Infinity]", "line 1 column", "not strict JSON"),
    "a number too large for a float": (b"[1e400]", "line 1 column 2", "infinity"),
    "an integer beyond 2^53": (b'{"a": [1, 9007199254740993]}', "a[1]", "outside ±2^53"),
    "an integer of 5000 digits": (b"[" + b"9" * 5000 + b"]", "line 1 column 2", "infinity"),
    "an integer of 300 digits": (b"[" + b"9" * 300 + b"]", "[0]", "outside ±2^53"),
    "a lone surrogate": (b'["\\ud800"]', "line 1 column", "surrogate"),
    "an encoded surrogate": (b'["\xed\xa0\x80"]', "line 1 column", "UTF-8"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "line 1 column 1", "BOM"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "line 1 column 1", "not strict JSON"),
    "65 levels": (b"[" * 65 + b"]" * 65, "[0]" * 64, "deeper than the 64 levels"),
    "100000 levels": (b"[" * 100_000 + b"]" * 100_000, "line 1 column", "depth limit"),
    "a second value": (b"{}\n{}", "line 2 column 1", "after document"),
    "nothing": (b"", "line 1 column 1", "empty document"),
    "a comment": (b"{} // no", "line 1 column 4", "not strict JSON"),
    "a trailing comma": (b"[1,]", "line 1 column 3", "not strict JSON"),
}


@pytest.mark.parametrize(("body", "where", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_two_readers_could_understand_differently_is_refused_with_its_place(
    body: bytes, where: str, reason: str
) -> None:
    with pytest.raises(Malformed) as refused:
        strict_json.loads(body)
    assert refused.value.where.startswith(where)
    assert reason in refused.value.reason


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(Malformed, match="11 bytes, more than the 10 allowed"):
        strict_json.loads(b"not json at", limit=10)


def test_64_levels_and_the_largest_safe_integers_are_understood() -> None:
    deep = b"[" * 63 + b"[-9007199254740992, 9007199254740992]" + b"]" * 63
    value = strict_json.loads(deep)
    assert json.dumps(value).count("9007199254740992") == 2


def test_brackets_and_repeated_words_inside_text_are_only_text() -> None:
    assert strict_json.loads(b'{"a": "[[[[{\\"a\\": 1, \\"a\\": 2}", "b": "NaN"}') == {
        "a": '[[[[{"a": 1, "a": 2}',
        "b": "NaN",
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=150)
@given(JSON)
def test_ordinary_json_is_read_as_it_was_written(value: object) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200) | st.text('[]{}",:0123456789eE+-.\\u truefalsn', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert strict_json.loads(body) == json.loads(body)
