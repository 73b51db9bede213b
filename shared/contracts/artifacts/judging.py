"""Why the content of a model's file may not be loaded, found without loading it."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from shared.contracts.artifacts.allowed import CLASSICAL
from shared.contracts.artifacts.content import Content
from shared.contracts.artifacts.keras_files import judge_hdf5, judge_keras
from shared.contracts.artifacts.mlmodel import judge_mlmodel
from shared.contracts.artifacts.numpy_files import MAGIC, judge_array, judge_arrays
from shared.contracts.artifacts.onnx_files import judge_onnx
from shared.contracts.artifacts.pickles import judge_pickle
from shared.contracts.artifacts.safetensors_files import judge_safetensors
from shared.contracts.artifacts.torch_files import judge_torch
from shared.contracts.artifacts.unwrapping import unwrapped
from shared.contracts.malformed import Malformed
from shared.core.policy import ValidationPolicy

_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file is judged by: the policy, and the paths of all `files` of its model."""

    policy: ValidationPolicy
    files: frozenset[str] = frozenset()


def refusal_of(path: str, file_format: str, content: Content, around: Surroundings) -> str:
    """Why the file must not be loaded, in a sentence with the place in it; "" when nothing speaks against it.

    Never raises for anything that is in the file.
    """
    try:
        _judge(path, file_format, content, around)
    except Malformed as refused:
        return str(refused)
    return ""


def _judge(path: str, file_format: str, content: Content, around: Surroundings) -> None:
    name = PurePosixPath(path.lower())
    if file_format == "pickle":
        _judge_pickle(name, content)
    elif file_format == "keras":
        _judge_keras(content, around.policy)
    elif file_format == "onnx":
        judge_onnx(content, path, around.files)
    elif file_format == "safetensors":
        judge_safetensors(content)
    elif file_format == "data":
        _judge_data(content)
    elif name.name == "mlmodel":
        judge_mlmodel(content, around.policy.loader_modules, around.policy.code_paths)


def _judge_pickle(name: PurePosixPath, content: Content) -> None:
    if content.at(0, min(4, content.size)) == _ZIP:
        judge_torch(content)
        return
    if content.at(0, min(6, content.size)) == MAGIC:
        judge_array(content)
    inner = unwrapped(content)
    judge_pickle(inner.stream(), inner.size, CLASSICAL, by_joblib=name.suffix == ".joblib")


def _judge_keras(content: Content, policy: ValidationPolicy) -> None:
    if content.at(0, min(8, content.size)) == _HDF5:
        judge_hdf5(content, trusted=policy.unread_hdf5)
    else:
        judge_keras(content)


def _judge_data(content: Content) -> None:
    if content.at(0, min(4, content.size)) == _ZIP:
        judge_arrays(content)
    else:
        judge_array(content)
