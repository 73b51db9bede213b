"""The YAML that is read means the same to everybody, and what does not is refused with its line."""

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import strict_yaml
from shared.contracts.malformed import Malformed

BOMB = b"a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"
REFUSED = {
    "an anchor, as every alias bomb needs": (BOMB, "line 1", "anchor"),
    "an alias": (b"a: 1\nb: *a\n", "line 2", "alias"),
    "a tag that builds objects": (b"a: 1\nb: !!python/object/apply:os.system [id]\n", "line 2", "tag"),
    "a tag on a table": (b"!!map\na: 1\n", "line 1", "tag"),
    "a tag on a key": (b"!!str a: 1\n", "line 1", "tag"),
    "the empty tag": (b"a: ! 1\n", "line 1", "tag"),
    "a tag directive": (b"%TAG ! tag:example.com:\n---\na: 1\n", "line", "tags"),
    "a merge key": (b"a: 1\n<<: {b: 2}\n", "line 2", "merge"),
    "a repeated key": (b"a: 1\nb:\n  c: 1\n  c: 2\n", "line 4", "'c' is there more than once"),
    "a repeated key in quotes": (b"a: 1\n'a': 2\n", "line 2", "more than once"),
    "a number as a key": (b"a: 1\n2: b\n", "line 2", "not text"),
    "true as a key": (b"true: 1\n", "line 1", "not text"),
    "a list as a key": (b"[a, b]: 1\n", "line 1", "cannot be a key"),
    "a table as a key": (b"? {a: 1}\n: 2\n", "line 1", "cannot be a key"),
    "a second document": (b"a: 1\n---\nb: 2\n", "line 2", "second document"),
    "infinity": (b"a: .inf\n", "line 1", "finite"),
    "not a number": (b"a:\n  - -.INF\n  - .NaN\n", "line 2", "finite"),
    "a number too large for a float": (b"a: 1e999\n", "line 1", "finite"),
    "an integer beyond 2^53": (b"a: 9007199254740993\n", "line 1", "outside"),
    "5000 digits": (b"a: " + b"9" * 5000 + b"\n", "line 1", "not a finite number"),
    "17 levels": (b"a: " + b"[" * 16 + b"]" * 16 + b"\n", "line 1", "deeper"),
    "60000 levels": (b"[" * 60_000, "line 1", "deeper"),
    "a byte order mark": (b"\xef\xbb\xbfa: 1\n", "line 1", "byte order mark"),
    "bytes that are not UTF-8": (b"a: 1\nb: \xff\n", "line 2", "UTF-8"),
    "half a character": (b'a: "\\ud800"\n', "line 1", "surrogate"),
    "an escape beyond Unicode": (b'a: "\\UFFFFFFFF"\n', "", "not YAML"),
    "a version of 5000 digits": (b"%YAML 1." + b"9" * 5000 + b"\n---\na: 1\n", "", "not YAML"),
    "a tab as indentation": (b"a:\n\tb: 1\n", "line 2", "not YAML"),
    "a bracket that stays open": (b"a: [1, 2\n", "line", "not YAML"),
    "nothing but a comment": (b"# nothing\n", "line 1", "holds nothing"),
}


@pytest.mark.parametrize(("body", "where", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_means_different_things_to_different_readers_is_refused_with_its_line(
    body: bytes, where: str, reason: str
) -> None:
    with pytest.raises(Malformed) as refused:
        strict_yaml.loads(body)
    assert refused.value.where.startswith(where)
    assert reason in refused.value.reason


SCALARS = [
    ("no", "no"), ("yes", "yes"), ("on", "on"), ("010", "010"), ("0x10", "0x10"), ("1_000", "1_000"), ("~", "~"),
    ("12:30:45", "12:30:45"), ("2026-01-01", "2026-01-01"), ("True", "True"), ("NULL", "NULL"), ("+1", "+1"),
    (".5", ".5"), ("1.", "1."), ("'1'", "1"), ('"true"', "true"), ("true", True), ("false", False), ("null", None),
    ("", None), ("0", 0), ("-7", -7), ("2.5", 2.5), ("1e3", 1000.0), ("-0.1E-2", -0.001), ("٣", "٣"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_only_what_json_would_type_is_typed(text: str, value: object) -> None:
    found = strict_yaml.loads(f"a: {text}\n".encode()).value["a"]
    assert found == value
    assert type(found) is type(value)


def test_every_key_and_item_has_its_line() -> None:
    document = strict_yaml.loads(b"# comment\na: 1\nb:\n  c: [1,\n    2]\n  d: x\n")
    assert [document.line(path) for path in [("a",), ("b",), ("b", "c"), ("b", "c", 1), ("b", "d")]] == [2, 3, 4, 5, 6]
    assert document.line(("b", "unknown")) == 3


def test_more_than_64_kilobytes_are_refused() -> None:
    with pytest.raises(Malformed, match="65537 bytes, more than the 65536 allowed"):
        strict_yaml.loads(b"#" * 65_537)


def test_the_largest_file_is_read_in_little_time() -> None:
    body = "\n".join(f"k{number}: [[[[{number}]]]]" for number in range(3000)).encode()
    begin = time.process_time()
    assert len(strict_yaml.loads(body).value) == 3000
    assert time.process_time() - begin < 10


TEXT = st.text("abc äß日𐀀,:#&*!|>%-'\"[]{}", max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_json_is_yaml_and_reads_the_same(value: object) -> None:
    assert strict_yaml.loads(json.dumps(value, ensure_ascii=False).encode()).value == value


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=60) | st.text("ab:-[]{}&*!|>%#'\"\\?,<\n\t 0.1e~Ux", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        document = strict_yaml.loads(body)
        assert document.line(()) >= 1
