"""The bytes of arrays between the steps of a pickle are passed over only where every loader sees them so."""

import io
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor

from tests.contracts.artifacts.hostile import HOSTILE
from tests.contracts.artifacts.judge import refusal
from tests.contracts.artifacts.steps import called, stacked, text


def dumped(value: Any) -> bytes:
    stream = io.BytesIO()
    joblib.dump(value, stream)
    return stream.getvalue()


NUMBERS = np.arange(8.0)
FIELDS = np.dtype([("a", "f4"), ("b", "i8", (2,)), ("c", "U3")])
PLAIN = dumped(NUMBERS)
OBJECTS = dumped(np.array(["a", None], dtype=object))
# Steps that call os.system; as the bytes of an array they are numbers.
STEPS = called(stacked("os", "system"), text("id")) + b"."
CALL = np.frombuffer(STEPS.ljust(64, b"0"), dtype=np.float64)


@pytest.mark.parametrize(
    "array",
    [
        NUMBERS,
        NUMBERS.reshape(2, 4).T,
        np.array(["a", "bb"]),
        np.array([True]),
        np.zeros(0),
        np.zeros(()),
        *(np.zeros(3, dtype) for dtype in (">i4", "S2", "M8[s]", "c16", FIELDS)),
    ],
    ids=str,
)
def test_arrays_of_numbers_and_texts_are_passed_over(array: Any) -> None:
    assert refusal("model.joblib", dumped([array, "between", array])) == ""


def test_what_lies_in_an_array_of_numbers_is_never_read_as_steps() -> None:
    """Not by joblib, which takes it for numbers, and not by pickle: the padding begins with no step."""
    body = dumped(CALL)
    assert STEPS in body
    assert refusal("model.joblib", body) == ""


def test_padding_that_plain_pickle_would_run_is_refused() -> None:
    start, end = PLAIN.rindex(b"ub") + 2, len(PLAIN) - NUMBERS.nbytes - 1
    before, length, after = PLAIN[:start], PLAIN[start], PLAIN[end:]
    assert end - start - 1 == length
    assert refusal("model.joblib", before + bytes([length]) + b"\xff" * length + after) == ""
    assert "padding" in refusal("model.joblib", before + bytes([length]) + STEPS[:length].ljust(length) + after)
    assert "padding" in refusal("model.joblib", before + b"N" + STEPS.ljust(ord("N"), b"0") + after)


def test_an_array_of_objects_is_read_as_the_pickle_that_it_is() -> None:
    assert refusal("model.joblib", OBJECTS) == ""
    hostile = OBJECTS[: OBJECTS.rindex(b"\x80\x05")] + HOSTILE["protocol 4"] + b"."
    assert "os.system" in refusal("model.joblib", hostile)


def test_an_array_of_objects_is_refused_where_plain_pickle_may_load_it() -> None:
    """Plain pickle reads the inner pickle with the outer memo, and so other names in it."""
    forest = dumped(GradientBoostingRegressor(n_estimators=2).fit([[0.0], [1.0]], [0.0, 1.0]))
    assert refusal("model.joblib", forest) == ""
    assert "*.joblib" in refusal("model.pkl", forest)


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (b"f8\x94\x89\x88", b"O8\x94\x89\x88"),
        (b"f8\x94\x89\x88", b"V8\x94\x89\x88"),
        (b"f8\x94\x89\x88", b"f9\x94\x89\x89"),
        (b"J\xff\xff\xff\xffK\x00t", b"J\xff\xff\xff\xffK\x01t"),
        (b"J\xff\xff\xff\xffK\x00t", b"J\xff\xff\xff\xffK?t"),
        (b"J\xff\xff\xff\xffJ", b"J\xff\xff\x00\x00J"),
        (b"K\x08\x85", b"K\x09\x85"),
        (b"K\x08\x85", b"K\x07\x85"),
        (b"K\x08\x85", b"K\x08\x8f"),
        (b"\x8c\x05shape", b"\x8c\x05shapf"),
        (b"numpy_array_alignment_bytes\x94K\x10", b"numpy_array_alignment_bytes\x94K\x08"),
        (b"order\x94\x8c\x01C", b"order\x94\x8c\x01X"),
        (b"\x10ub", b"\x10ubb"),
    ],
)
def test_an_announcement_that_joblib_does_not_write_is_refused(what: bytes, instead: bytes) -> None:
    assert what in PLAIN
    assert refusal("model.joblib", PLAIN.replace(what, instead))


def test_an_array_that_is_cut_anywhere_is_refused() -> None:
    assert refusal("model.joblib", PLAIN) == ""
    assert [end for end in range(len(PLAIN)) if not refusal("model.joblib", PLAIN[:end])] == []
