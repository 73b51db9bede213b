"""What the tests make: tiny models, images, and deployments of them."""

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import requests

FEATURES = 3


@dataclass(frozen=True)
class Cloud:
    """A running cloud: what it printed, and where its witness log is."""

    ready: Mapping[str, Any]
    log: Path

    @property
    def login_server(self) -> str:
        return f"localhost:{self.ready['port']}"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.ready['port']}"

    def witness(self) -> list[dict[str, Any]]:
        """Every effect the cloud saw, oldest first."""
        answer = requests.get(f"{self.url}/witness", verify=self.ready["bundle"], timeout=10)
        effects: list[dict[str, Any]] = answer.json()
        return effects


@dataclass(frozen=True)
class Served:
    """An endpoint with deployments `one` (labels 0–2) and `two` (labels 10–12) of `model` and another, in `image`."""

    endpoint: str
    model: Any
    image: str
    login_server: str


def onnx_model(*, offset: int = 0, collected: Sequence[str] = ()) -> bytes:
    """A classifier of rows of three numbers: the index of the greatest, plus `offset`; it collects features so named.

    Its chances are the rows themselves.
    """
    from onnx import TensorProto, checker, helper

    weights = helper.make_tensor("offset", TensorProto.INT64, [1], [offset])
    nodes = [
        helper.make_node("ArgMax", ["rows"], ["index"], axis=1, keepdims=0),
        helper.make_node("Add", ["index", "offset"], ["label"]),
    ]
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, FEATURES])
    label = helper.make_tensor_value_info("label", TensorProto.INT64, [None])
    nodes.append(helper.make_node("Identity", ["rows"], ["chances"]))
    chances = helper.make_tensor_value_info("chances", TensorProto.FLOAT, [None, FEATURES])
    graph = helper.make_graph(nodes, "greatest", [rows], [label, chances], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {"collected_columns": json.dumps(list(collected))})
    checker.check_model(model)
    return bytes(model.SerializeToString())


def upload(storage: str, path: str, content: bytes) -> None:
    """Puts a blob into the container `models`."""
    from azure.storage.blob import BlobClient

    with BlobClient.from_connection_string(storage, "models", path) as blob:
        blob.upload_blob(content, overwrite=True)


def register(workspace: Any, name: str, version: str = "1", **more: Any) -> Any:
    """Registers a model whose artifacts are below NAME/VERSION in the workspace's datastore."""
    from azure.ai.ml.entities import Model

    path = f"azureml://datastores/workspaceblobstore/paths/{name}/{version}"
    return workspace.models.create_or_update(Model(name=name, version=version, path=path, **more))


def push_image(registry: Any, repository: str, tag: str = "1", content: bytes = b"layer") -> str:
    """Pushes an image of one layer and returns its digest."""
    config, _ = registry.upload_blob(repository, io.BytesIO(b"{}"))
    layer, size = registry.upload_blob(repository, io.BytesIO(content))
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": size}],
    }
    digest = registry.set_manifest(repository, manifest, tag=tag)
    assert digest == "sha256:" + hashlib.sha256(json.dumps(manifest).encode()).hexdigest()
    return str(digest)


def create_endpoint(workspace: Any, name: str) -> Any:
    """Creates a managed endpoint and waits for it."""
    from azure.ai.ml.entities import ManagedOnlineEndpoint

    return workspace.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name=name, auth_mode="key")).result()


def begin_deployment(workspace: Any, endpoint: str, name: str, model: Any, image: str) -> Any:
    """Starts a managed deployment of a registered model in an image and returns its poller."""
    from azure.ai.ml.entities import Environment, ManagedOnlineDeployment

    deployment = ManagedOnlineDeployment(
        name=name,
        endpoint_name=endpoint,
        model=model.id,
        environment=Environment(image=image),
        instance_type="Standard_DS3_v2",
        instance_count=1,
    )
    return workspace.online_deployments.begin_create_or_update(deployment)


def set_traffic(workspace: Any, endpoint: str, traffic: dict[str, int], mirror: dict[str, int] | None = None) -> Any:
    """Reads the endpoint, puts it back with this traffic, and waits."""
    found = workspace.online_endpoints.get(endpoint)
    found.traffic, found.mirror_traffic = traffic, mirror or {}
    return workspace.online_endpoints.begin_create_or_update(found).result()


@contextmanager
def collected(connection: str, hub: str) -> Iterator[Callable[[Callable[[list[Any]], bool]], list[Any]]]:
    """Listens to a hub from its beginning; the function given waits until the events so far are enough."""
    from azure.eventhub import EventHubConsumerClient

    received: list[Any] = []
    news = threading.Condition()

    def on_event(_partition: Any, event: Any) -> None:
        with news:
            received.append(event)
            news.notify_all()

    def wait(enough: Callable[[list[Any]], bool]) -> list[Any]:
        with news:
            assert news.wait_for(lambda: enough(received), timeout=10), f"Only {len(received)} events came in 10 s."
            return list(received)

    client = EventHubConsumerClient.from_connection_string(connection, "$Default", eventhub_name=hub)
    listener = threading.Thread(target=client.receive, args=(on_event,), kwargs={"starting_position": "-1"})
    listener.start()
    try:
        yield wait
    finally:
        client.close()
        listener.join(10)


def random_rows(count: int) -> list[list[float]]:
    """Rows the models accept."""
    rows: list[list[float]] = np.random.default_rng(7).normal(size=(count, FEATURES)).tolist()
    return rows
