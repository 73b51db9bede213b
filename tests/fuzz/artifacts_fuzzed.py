"""The files of models: each format by itself, and what lies inside of archives and compressed files."""

import bz2
import io
import lzma
import pickle
import zlib
from collections.abc import Callable

import joblib  # type: ignore[import-untyped]
import numpy as np

from shared.contracts.artifacts import format_of
from tests.contracts.artifacts import test_other_formats as formats
from tests.contracts.artifacts.hostile import SHAPES
from tests.contracts.artifacts.judge import refusal
from tests.contracts.artifacts.steps import zipped
from tests.contracts.artifacts.test_archives import MEMBERS, STATE
from tests.fuzz.parser import Parser, parser

_VALUES = ({"a": [1, 2.5, None, True, "x" * 300]}, [b"y" * 300, (1, 2, 3), {4}], 2**70, np.arange(4.0))
_ARRAYS = ({"w": np.arange(6.0).reshape(2, 3)}, np.array(["a", None], dtype=object), np.zeros(3, "S2"))


def _judged(path: str, pack: Callable[[bytes], bytes] = bytes) -> Callable[[bytes], None]:
    """Judge a file of that name; `pack` puts the payload where it lies in the file."""

    def read(body: bytes) -> None:
        refusal(path, pack(body), "model/a", "w").encode()

    return read


def _pickles() -> list[bytes]:
    plain = [pickle.dumps(value, protocol) for value in _VALUES for protocol in (0, 2, 4, 5)]
    return [*plain, *SHAPES.values()]


def _joblib() -> list[bytes]:
    streams = []
    for value in _ARRAYS:
        streams.append(io.BytesIO())
        joblib.dump(value, streams[-1])
    return [stream.getvalue() for stream in streams]


def _compressed() -> list[bytes]:
    plain = _pickles()[0]
    return [zlib.compress(plain), bz2.compress(plain), lzma.compress(plain), lzma.compress(plain, lzma.FORMAT_ALONE)]


def _onnx() -> list[bytes]:
    return [formats.onnx_model(), formats.onnx_model(location="w"), formats.onnx_model(domain="a", nested=True)]


def _torch() -> list[bytes]:
    return [zipped(MEMBERS), zipped(MEMBERS, deflated=True)]


def _in_torch(body: bytes) -> bytes:
    return zipped({**MEMBERS, "m/data.pkl": body})


def _numpy() -> list[bytes]:
    return [formats.NUMBERS, formats.OBJECTS, formats.FIELDS]


def _safetensors() -> list[bytes]:
    return [formats.safetensors(formats.GOOD)]


def _header() -> list[bytes]:
    return [body[8:-8] for body in _safetensors()]


def _with_length(body: bytes) -> bytes:
    return len(body).to_bytes(8, "little") + body + bytes(8)


def _in_keras(body: bytes) -> bytes:
    return zipped({"config.json": body, "metadata.json": b"{}", "model.weights.h5": b"\x89HDF"})


def _config() -> list[bytes]:
    body = formats.keras(formats.LAYER)
    return [body[body.index(b"{") : body.index(b"PK", 4)]]


def _format(body: bytes) -> None:
    for path in ("m.bin", "m.json", "m.onnx"):
        format_of(path, body)


ARTIFACTS: tuple[Parser, ...] = (
    parser("artifacts/pickle", "pickle", 20, _judged("m.pkl"), _pickles),
    parser("artifacts/joblib", "pickle", 10, _judged("m.joblib"), _joblib),
    parser("artifacts/zlib", "pickle", 10, _judged("m.joblib", lambda body: zlib.compress(body, 1)), _joblib),
    parser("artifacts/compressed", "binary", 10, _judged("m.pkl"), _compressed),
    parser("artifacts/torch", "binary", 8, _judged("m.pt"), _torch),
    parser("artifacts/torch's pickle", "pickle", 4, _judged("m.pt", _in_torch), lambda: [STATE]),
    parser("artifacts/npy", "binary", 20, _judged("a.npy"), _numpy),
    parser("artifacts/npz", "binary", 8, _judged("a.npz"), lambda: [zipped({"a.npy": formats.NUMBERS})]),
    parser("artifacts/onnx", "binary", 20, _judged("model/m.onnx"), _onnx),
    parser("artifacts/safetensors", "binary", 20, _judged("m.safetensors"), _safetensors),
    parser("artifacts/safetensors' header", "json", 20, _judged("m.safetensors", _with_length), _header),
    parser("artifacts/keras", "binary", 8, _judged("m.keras"), lambda: [formats.keras(formats.LAYER)]),
    parser("artifacts/keras' config", "json", 6, _judged("m.keras", _in_keras), _config),
    parser("artifacts/MLmodel", "yaml", 8, _judged("MLmodel"), lambda: [formats.MLMODEL.encode()]),
    parser("artifacts/format", "pickle", 8, _format, _pickles),
)
