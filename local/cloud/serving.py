"""Models that really answer: an artifact fetched from blob storage and run by onnxruntime on one thread."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime

from local.cloud.assets import DATASTORE
from local.cloud.collecting import Collected, collected, columns_in
from local.cloud.refusals import Refusal

MODEL_PATH = re.compile(r"azureml://(?:.+/)?datastores/(?P<datastore>[^/]+)/paths/(?P<prefix>.+)")

DTYPES: dict[str, type] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


class OnnxPredictor:
    """One loaded ONNX model; `predict` may be called from any thread."""

    def __init__(self, content: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._inputs = [(tensor.name, DTYPES[tensor.type]) for tensor in self._session.get_inputs()]
        self._output, *self._chances = [tensor.name for tensor in self._session.get_outputs()]
        self._names = columns_in(self._session.get_modelmeta().custom_metadata_map)

    def predict(self, rows: list[Any], columns: list[str] | None) -> list[Any]:
        """The first output, one entry a row.

        A model of one input takes whole rows; a model of several takes the columns named like its inputs.
        Raises ValueError, or onnxruntime's own error, when the rows do not fit the model.
        """
        predictions: list[Any] = self._session.run([self._output], self._feeds(rows, columns))[0].tolist()
        return predictions

    def collected(self, rows: list[Any], columns: list[str] | None, predictions: list[Any]) -> Collected | None:
        """Features and predictions, with the second output as the probabilities; None for a model that collects none.

        Raises ValueError when the rows have another number of features than the model names.
        """
        if not self._names:
            return None
        chances = self._session.run(self._chances[:1], self._feeds(rows, columns))[0] if self._chances else None
        return collected(self._names, rows, predictions, None if chances is None else chances.tolist())

    def _feeds(self, rows: list[Any], columns: list[str] | None) -> dict[str, Any]:
        if len(self._inputs) == 1:
            name, dtype = self._inputs[0]
            return {name: np.asarray(rows, dtype=dtype)}
        names = columns or []
        return {name: np.asarray([[row[names.index(name)]] for row in rows], dtype) for name, dtype in self._inputs}


@dataclass(frozen=True)
class ModelStore:
    """The datastore's blob container; `connection` is a storage connection string or empty."""

    connection: str
    container: str

    def load(self, model_uri: str) -> OnnxPredictor:
        """Fetches and loads the one `*.onnx` file below `model_uri`; blocking. Raises Refusal naming what was wrong."""
        content = self._fetch(self._prefix(model_uri))
        try:
            return OnnxPredictor(content)
        except Exception as error:
            message = f"The model at {model_uri} cannot be loaded by onnxruntime: {error}"
            raise Refusal(400, "ModelLoadFailed", message) from error

    def _prefix(self, model_uri: str) -> str:
        match = MODEL_PATH.fullmatch(model_uri)
        if match is None or match["datastore"] != DATASTORE:
            wanted = f"azureml://datastores/{DATASTORE}/paths/…"
            raise Refusal(400, "ModelDownloadFailed", f"The model path {model_uri!r} is not of the form {wanted}")
        return match["prefix"].rstrip("/")

    def _fetch(self, prefix: str) -> bytes:
        from azure.core.exceptions import AzureError
        from azure.storage.blob import ContainerClient

        if not self.connection:
            raise Refusal(400, "ModelDownloadFailed", "ModelStorage is not set: give the cloud a connection string.")
        try:
            with ContainerClient.from_connection_string(self.connection, self.container) as container:
                below = [n for n in container.list_blob_names(name_starts_with=prefix) if _is_below(n, prefix)]
                return container.download_blob(self._the_model(prefix, below)).readall()
        except AzureError as error:
            message = f"Blobs below {self.container}/{prefix} cannot be read: {error}"
            raise Refusal(400, "ModelDownloadFailed", message) from error

    def _the_model(self, prefix: str, names: list[str]) -> str:
        models = [name for name in names if name.endswith(".onnx")]
        if len(models) == 1:
            return models[0]
        found = f"{len(models)} .onnx files among {len(names)} blobs"
        message = f"{self.container}/{prefix} holds {found}: upload exactly one before deploying."
        raise Refusal(400, "ModelDownloadFailed", message)


def _is_below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + "/")
