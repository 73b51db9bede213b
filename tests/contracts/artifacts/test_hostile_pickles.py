"""No pickle that runs code is let through, by whatever way it runs it, wrapped in whatever there is."""

import bz2
import gzip
import lzma
import pickle
import zlib
from collections.abc import Callable

import pytest
from sklearn.linear_model import LogisticRegression

from tests.contracts.artifacts.hostile import CALLED, HARMLESS, HOSTILE, SHAPES
from tests.contracts.artifacts.judge import refusal
from tests.contracts.artifacts.steps import NONE, POP, called, pickled, stacked, text, zipped

WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "zlib, fast": lambda body: zlib.compress(body, 1),
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda body: lzma.compress(body, format=lzma.FORMAT_ALONE),
}
SYSTEM = HOSTILE["call of os.system"]


def test_there_are_many_ways_and_each_has_a_name() -> None:
    assert len(CALLED) == len(set(CALLED)) >= 150
    assert len(SHAPES) >= 70


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_is_refused(body: bytes) -> None:
    assert refusal("model.pkl", body)
    assert refusal("model.joblib", body)


@pytest.mark.parametrize("body", HARMLESS.values(), ids=HARMLESS)
def test_the_same_steps_are_let_through_where_they_harm_nobody(body: bytes) -> None:
    assert refusal("model.pkl", body) == ""


def test_more_steps_than_a_model_needs_are_refused() -> None:
    assert "more than 500000 steps" in refusal("model.pkl", pickled((NONE + POP) * 250_001, NONE))


@pytest.mark.parametrize("name", CALLED)
def test_the_refusal_names_what_is_imported_and_where(name: str) -> None:
    reason = refusal("model.pkl", HOSTILE[f"call of {name}"])
    assert reason.startswith("byte ")
    assert f"it names {name.replace('__builtin__', 'builtins')}, which is not on the list" in reason


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("name", ["call of os.system", "INST", "EXT1", "a call of what a call gave"])
def test_a_compressed_hostile_pickle_is_refused_for_the_same_reason(wrap: Callable[[bytes], bytes], name: str) -> None:
    assert refusal("model.joblib", wrap(HOSTILE[name])) == refusal("model.joblib", HOSTILE[name]) != ""


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_compressed_twice_broken_or_followed_by_more_is_refused(wrap: Callable[[bytes], bytes]) -> None:
    harmless = wrap(pickle.dumps([1, 2, 3]))
    assert refusal("model.joblib", harmless) == ""
    assert refusal("model.joblib", wrap(harmless))
    assert refusal("model.joblib", harmless + wrap(SYSTEM))
    assert refusal("model.joblib", harmless + b"\0")
    assert all(refusal("model.joblib", harmless[:end]) for end in range(len(harmless)))


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_what_unwraps_to_a_hundred_times_its_size_is_refused(wrap: Callable[[bytes], bytes]) -> None:
    bomb = pickled(b"B" + (30_000_000).to_bytes(4, "little") + bytes(30_000_000))
    assert "more than" in refusal("model.joblib", wrap(bomb))


@pytest.mark.parametrize("head", [b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd"], ids=["lz4", "zstandard"])
def test_what_cannot_be_unwrapped_is_refused_by_name(head: bytes) -> None:
    assert "cannot be looked into" in refusal("model.joblib", head + SYSTEM)


@pytest.mark.parametrize("body", [HOSTILE["call of os.system"], HOSTILE["INST"]])
@pytest.mark.parametrize("name", ["archive/data.pkl", "model.pkl", "a/b/data.pkl", "archive/data/0"])
def test_a_hostile_pickle_in_an_archive_is_refused(name: str, body: bytes) -> None:
    assert refusal("model.pt", zipped({name: body}))
    assert refusal("model.pt", zipped({"archive/version": b"3\n", name: zlib.compress(body)}, deflated=True))
    assert refusal("model.pt", zipped({"archive/data.pkl": zipped({"x/data.pkl": body})}))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_model_that_is_cut_anywhere_is_refused(protocol: int) -> None:
    body = pickle.dumps(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), protocol)
    assert refusal("model.pkl", body) == ""
    kept = [end for end in range(len(body)) if not refusal("model.pkl", body[:end])]
    assert kept == []


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_a_call_that_is_put_into_a_model_anywhere_is_refused(place: int) -> None:
    """Wherever it lands: between two steps it is a call, within one it breaks the pickle or is a text."""
    body = pickle.dumps(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), 2)
    call = called(stacked("os", "system"), text("id")) + b"0"
    assert refusal("model.pkl", body[:place] + call + body[place:])
