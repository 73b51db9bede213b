"""A model file is what its bytes are, and anything that may run code is a pickle whatever it is called."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from shared.contracts.artifacts import FORMATS, format_of


class Attack:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("true",)


def onnx_model() -> bytes:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", ends[:1], ends[1:])
    return bytes(helper.make_model(graph, producer_name="test").SerializeToString())


def torch_archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Attack()))
    return stream.getvalue()


def numpy_file(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


SAFETENSORS = struct.pack("<Q", 60) + b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}      '
UBJ = b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{L\x00\x00\x00\x00\x00\x00\x00\x0aattributes"
KNOWN = [
    ("model/model.onnx", onnx_model(), "onnx"),
    ("model.safetensors", SAFETENSORS, "safetensors"),
    ("model.json", b'{"learner":{"attributes":{},"feature_names":[]}}', "xgboost"),
    ("model.ubj", UBJ, "xgboost"),
    ("model.txt", b"tree\nversion=v4\nnum_class=1\n", "lightgbm"),
    ("model.cbm", b"CBM1\x20\x00\x00\x00", "catboost"),
    ("model.h5", b"\x89HDF\r\n\x1a\n\x00", "keras"),
    ("model.keras", b"PK\x03\x04\x14\x00", "keras"),
    ("saved_model.pb", b"\x08\x01\x12\x00", "tensorflow"),
    ("MLmodel", b"artifact_path: model\nflavors:\n  onnx:\n", "text"),
    ("config.json", b'{"version": 1}', "text"),
    ("README.md", b"# A model\n", "text"),
    ("labels.txt", "cat\ndog\ngrößer\n日本".encode(), "text"),
    ("classes.txt", b"cat\ndog\n", "text"),
    ("cut.txt", ("a" * 63 + "ä").encode(), "text"),
    ("License", b"Copyright (c) 2026 Somebody. All rights reserved, and so on, and on.", "text"),
    ("terms.txt", b"The quick brown fox jumps over the lazy dog. The quick brown fox jumps.", "text"),
    ("empty.txt", b"", "text"),
    ("x.npy", numpy_file(np.zeros(3)), "data"),
    ("weights", b"\x00\x01\x02\x03", "unknown"),
    ("empty", b"", "unknown"),
    ("model.onnx", b"hello", "unknown"),
    ("notes.txt", b"a\x00b", "unknown"),
    ("run.sh", b"#!/bin/sh\n", "unknown"),
]


@pytest.mark.parametrize(("path", "content", "expected"), KNOWN, ids=[path for path, _, _ in KNOWN])
def test_formats_are_told_by_their_first_bytes(path: str, content: bytes, expected: str) -> None:
    assert format_of(path, content) == expected
    assert format_of(path.upper(), content[:64]) == expected


BYTES = pickle.dumps(Attack())
HIDDEN = {
    **{f"protocol {protocol}": pickle.dumps(Attack(), protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
    "a dictionary of protocol 0": pickle.dumps({"model": Attack()}, 0),
    "a list of protocol 1": pickle.dumps([Attack()], 1),
    "protocol 0 after something harmless": b"N0" + pickle.dumps(Attack(), 0),
    "protocol 0 after a long text": b"V" + b"x" * 20 + b"\n0" + pickle.dumps(Attack(), 0),
    "zlib": zlib.compress(BYTES),
    "gzip": gzip.compress(BYTES),
    "bzip2": bz2.compress(BYTES),
    "xz": lzma.compress(BYTES),
    "lzma": lzma.compress(BYTES, format=lzma.FORMAT_ALONE),
    "a torch archive": torch_archive(),
    "an array of objects": numpy_file(np.array([Attack()], dtype=object)),
}
NAMES = ["model.onnx", "model.safetensors", "model.json", "notes.txt", "x.npy", "MLmodel", "model"]


@pytest.mark.parametrize("content", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("name", NAMES)
def test_a_pickle_is_a_pickle_under_any_name(name: str, content: bytes) -> None:
    assert format_of(name, content) == "pickle"


@pytest.mark.parametrize("value", [{"weights": 1}, [1, 2]])
@pytest.mark.parametrize("protocol", [0, 1])
def test_a_container_that_was_pickled_without_a_header_is_a_pickle(value: object, protocol: int) -> None:
    assert format_of("model.json", pickle.dumps(value, protocol)) == "pickle"


@pytest.mark.parametrize("suffix", ["pkl", "pickle", "joblib", "pt", "pth", "bin", "PKL"])
def test_a_name_that_says_pickle_is_believed(suffix: str) -> None:
    """A file can be a valid header of safetensors and a valid pickle at once; loaders choose by the name."""
    both = b"X" + struct.pack("<Q", 10)[:7] + b'{"'
    assert format_of(f"model.{suffix}", both) == "pickle"
    assert format_of(f"model.{suffix}", SAFETENSORS) == "pickle"


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=20), st.binary(max_size=80))
def test_any_bytes_under_any_name_have_a_format(path: str, content: bytes) -> None:
    assert format_of(path, content) in {*FORMATS, "text", "data", "unknown"}


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(NAMES), st.integers(0, 5), st.recursive(st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_pickle_passes_for_a_format_that_runs_no_code(name: str, protocol: int, around: Any) -> None:
    content = pickle.dumps([Attack(), around], protocol)
    assert format_of(name, content) in {"pickle", "unknown"}


def test_what_the_disassembler_of_pickles_trips_over_is_no_pickle() -> None:
    """Its stack runs empty while it looks for a mark that another step took, and it raises IndexError."""
    assert format_of("m.onnx", b"N(\x85t.") == "unknown"
