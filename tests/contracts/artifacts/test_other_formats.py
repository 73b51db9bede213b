"""Formats that hold no pickle are believed only as far as their bytes say so."""

import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from shared.core.policy import ValidationPolicy
from tests.contracts.artifacts.judge import refusal
from tests.contracts.artifacts.steps import called, imported, pickled, text, zipped


def safetensors(header: Any, data: int = 8, length: int | None = None) -> bytes:
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(body) if length is None else length) + body + bytes(data)


def tensor(start: int, end: int, dtype: str = "F32", shape: tuple[int, ...] = (1,)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


GOOD = {"__metadata__": {"format": "pt"}, "a": tensor(0, 4), "b": tensor(4, 8)}


def test_a_header_that_describes_the_whole_file_is_let_through() -> None:
    assert refusal("m.safetensors", safetensors(GOOD)) == ""
    assert refusal("m.safetensors", safetensors({"e": tensor(0, 0, shape=(0, 3)), "a": tensor(0, 8, "F64")})) == ""


@pytest.mark.parametrize(
    "body",
    [
        safetensors(GOOD, 9),
        safetensors(GOOD, 7),
        safetensors({"a": tensor(0, 4), "b": tensor(0, 4)}, 4),
        safetensors({"a": tensor(0, 8), "b": tensor(4, 8)}),
        safetensors({"a": tensor(4, 8)}),
        safetensors({"a": tensor(0, 8, "F128")}),
        safetensors({"a": tensor(0, 8)}),
        safetensors({"a": tensor(0, 8, shape=(2**40, 2**40))}),
        safetensors({"a": tensor(-8, 0, shape=(2,))}),
        safetensors({"a": tensor(8, 0, shape=(2,))}),
        safetensors({"a": {**tensor(0, 8, "F64"), "hook": "os.system"}}),
        safetensors({"a": {"dtype": "F64", "shape": [1]}}),
        safetensors({"a": tensor(0, 8, "F64"), "__metadata__": {"a": 1}}),
        safetensors({"a": [0, 8]}),
        safetensors(b'{"a":%b,"a":%b}' % ((json.dumps(tensor(0, 8, "F64")).encode(),) * 2)),
        safetensors(GOOD, length=100_000_001),
        safetensors(GOOD, length=10_000),
        safetensors(GOOD, length=5),
        safetensors(b'{"' + b"[" * 5000),
    ],
)
def test_a_header_that_leaves_a_doubt_is_refused(body: bytes) -> None:
    assert refusal("m.safetensors", body)


def onnx_model(*, location: str = "", domain: str = "", nested: bool = False) -> bytes:
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    if location:
        weight.ClearField("float_data")
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value=location)
        weight.external_data.add(key="offset", value="0")
    constant = helper.make_node("Constant", [], ["y"], value=weight)
    inner = helper.make_graph([constant], "inner", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])])
    choice = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    ends = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([choice if nested else constant], "g", [], [ends], [] if nested else [weight])
    operators = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return bytes(helper.make_model(graph, opset_imports=operators).SerializeToString())


@pytest.mark.parametrize("nested", [False, True])
def test_a_model_whose_data_lie_in_its_own_files_is_let_through(nested: bool) -> None:
    assert refusal("a/m.onnx", onnx_model(nested=nested)) == ""
    assert refusal("a/m.onnx", onnx_model(location="m.data", nested=nested), "a/m.data") == ""
    assert refusal("a/m.onnx", onnx_model(location="w/m.data", nested=nested), "a/w/m.data") == ""
    assert refusal("a/m.onnx", onnx_model(domain="ai.onnx.ml")) == ""


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    "location", ["../m.data", "/etc/passwd", "a/../../m.data", "C:\\m", "file:///etc/p", "m.data\0", "none", "a//b"]
)
def test_data_outside_of_the_model_are_refused_however_deep(location: str, nested: bool) -> None:
    assert repr(location)[1:7] in refusal("m.onnx", onnx_model(location=location, nested=nested), "m.data")


def test_operators_of_a_library_of_its_own_are_refused_by_name() -> None:
    assert "'evil.ops'" in refusal("m.onnx", onnx_model(domain="evil.ops"))


def test_an_onnx_model_that_is_cut_anywhere_is_refused() -> None:
    body = onnx_model()
    kept = [end for end in range(10, len(body)) if not refusal("m.onnx", body[:end])]
    assert all(end > len(body) - 20 for end in kept)  # only the operators' versions come after the graph


MLMODEL = """
artifact_path: model
flavors:
  python_function: {env: {conda: conda.yaml}, loader_module: mlflow.sklearn, model_path: model.pkl}
  sklearn: {code: null, pickled_model: model.pkl, serialization_format: cloudpickle}
signature:
  inputs: '[{"type": "double", "name": "a"}]'
"""


def test_an_ordinary_mlmodel_is_let_through() -> None:
    assert refusal("model/MLmodel", MLMODEL.encode()) == ""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("mlflow.sklearn", "evil", "line 4: loader_module 'evil' is not on the list"),
        ("mlflow.sklearn", "mlflow.pyfunc.model", "line 4: loader_module 'mlflow.pyfunc.model'"),
        ("mlflow.sklearn", "[mlflow.sklearn]", "loader_module of several values"),
        ("code: null", "code: code", "line 5: code 'code' brings code of its own"),
        ("code: null", "code_paths: [a.py]", "line 5: code_paths of several values brings code"),
        ("code: null", "python_model: x.pkl", "python_model"),
        ("pickled_model: model.pkl", "pickled_model: notes.txt", "does not end with .pkl"),
        ("pickled_model: model.pkl", "pickled_model: model.joblib", "does not end with .pkl"),
        ("flavors:", "flavours:", "no table of flavors"),
        ("artifact_path: model", "artifact_path: !!python/object/apply:os.system [id]", "a tag is not allowed"),
        ("artifact_path: model", "artifact_path: &a model", "an anchor is not allowed"),
        ("artifact_path: model", "flavors: {}", "more than once"),
    ],
)
def test_an_mlmodel_that_brings_code_is_refused_with_its_line(old: str, new: str, reason: str) -> None:
    assert reason in refusal("MLmodel", MLMODEL.replace(old, new, 1).encode())


def test_a_policy_may_allow_a_loader_and_a_path_of_code() -> None:
    policy = ValidationPolicy(loader_modules=("ours",), code_paths=("code",))
    body = MLMODEL.replace("mlflow.sklearn", "ours").replace("code: null", "code: code")
    assert refusal("MLmodel", body.encode(), policy=policy) == ""


LAYER = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}


def keras(*layers: Any, **members: bytes) -> bytes:
    config = {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {"layers": layers},
        "registered_name": "Functional",
    }
    known = {"config.json": json.dumps(config).encode(), "metadata.json": b"{}", "model.weights.h5": b"\x89HDF"}
    return zipped(known | {name.replace("__", "."): body for name, body in members.items()})


def test_a_keras_model_of_its_own_layers_is_let_through() -> None:
    assert refusal("m.keras", keras(LAYER, {**LAYER, "config": {"inner": [LAYER]}})) == ""


@pytest.mark.parametrize(
    "layer",
    [
        {**LAYER, "class_name": "Lambda"},
        {**LAYER, "config": {"layer": {"config": [{**LAYER, "class_name": "Lambda"}]}}},
        {**LAYER, "class_name": "TFSMLayer"},
        {**LAYER, "class_name": "TorchModuleWrapper"},
        {**LAYER, "module": "os"},
        {**LAYER, "module": "keras.utils"},
        {**LAYER, "module": "keras.config"},
        {**LAYER, "module": "keras.src.utils.file_utils"},
        {**LAYER, "module": "kerasevil"},
        {**LAYER, "module": "builtins", "class_name": "function", "config": "eval"},
        {**LAYER, "module": ["keras"]},
        {**LAYER, "class_name": "function"},
        {**LAYER, "registered_name": "evil>Dense"},
        {"class_name": "__lambda__", "config": {"value": "4wAAAA=="}},
        {"class_name": "__typespec__", "spec_name": "os.system"},
        {"module": "os"},
        {"class_name": ["Lambda"]},
    ],
)
def test_a_keras_model_that_reaches_beyond_keras_is_refused_at_any_depth(layer: Any) -> None:
    assert refusal("m.keras", keras(LAYER, layer))
    assert refusal("m.keras", keras({**LAYER, "config": {"deep": [[{"er": layer}]]}}))


def numpy_file(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


OBJECTS, NUMBERS = numpy_file(np.array([{}], dtype=object)), numpy_file(np.zeros((2, 2)))
FIELDS = numpy_file(np.zeros(1, [("a", "f4"), ("b", [("c", "O")])]))


def test_keras_archives_with_other_members_or_pickled_weights_are_refused() -> None:
    assert refusal("m.keras", keras(LAYER, model__weights__npz=zipped({"a.npy": NUMBERS}))) == ""
    assert refusal("m.keras", keras(LAYER, model__weights__npz=zipped({"a.npy": OBJECTS})))
    assert refusal("m.keras", keras(LAYER, evil__py=b""))
    assert refusal("m.keras", zipped({"metadata.json": b"{}"}))


def test_hdf5_is_taken_only_unread_and_never_with_a_lambda() -> None:
    body, unread = b"\x89HDF\r\n\x1a\n" + bytes(99), ValidationPolicy(unread_hdf5=True)
    assert "HDF5 cannot be looked into" in refusal("m.h5", body)
    assert refusal("m.h5", body, policy=unread) == ""
    assert "Lambda" in refusal("m.h5", body + b'"class_name": "Lambda"', policy=unread)
    assert "Lambda" in refusal("m.h5", body + b"\\u004cambda", policy=unread)


@pytest.mark.parametrize("body", [OBJECTS, FIELDS, NUMBERS[:20], NUMBERS.replace(b"descr", b"desce")])
def test_arrays_that_must_be_unpickled_are_refused_alone_and_in_archives(body: bytes) -> None:
    assert refusal("x.npy", NUMBERS) == refusal("x.npz", zipped({"a.npy": NUMBERS, "b.npy": NUMBERS})) == ""
    assert refusal("x.npy", body)
    assert "b.npy" in refusal("x.npz", zipped({"a.npy": NUMBERS, "b.npy": body}))
    assert refusal("x.npz", zipped({"a.npy": NUMBERS, "b.pkl": pickled(called(imported("os", "system"), text("id")))}))


@pytest.mark.parametrize(
    "literal", [b"{'descr': {{}}}", b"{[]: 1}", b"{'descr': " + b"(" * 5000, b"{'descr': '\\N{x}'}"]
)
def test_a_header_that_is_no_literal_is_refused(literal: bytes) -> None:
    body = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(literal)) + literal
    assert "a header that NumPy does not write" in refusal("x.npy", body)
