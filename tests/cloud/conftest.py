"""One cloud, one blob store and, when it is there, one message broker for all tests of this folder."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.cloud import RESOURCE_GROUP, SUBSCRIPTION, WORKSPACE, environment
from tests.cloud.things import (
    Cloud,
    Served,
    begin_deployment,
    create_endpoint,
    onnx_model,
    push_image,
    register,
    upload,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # importing the SDK warns about its own use of marshmallow
    import azure.ai.ml  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
PROVISIONING_SECONDS = 0.3
STORAGE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@contextmanager
def process(*command: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that ends with the block."""
    variables = {**os.environ, **(env or {})}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdin=pipe, stdout=pipe) as child:
        try:
            yield child
        finally:
            child.terminate()
            child.wait(10)


def python_module(*arguments: str) -> tuple[str, ...]:
    """The command `python -m …` of this interpreter."""
    return sys.executable, "-m", *arguments


@contextmanager
def ready(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """A `python -m …` that prints one JSON line when it listens."""
    with process(*python_module(*arguments), env=env) as child:
        assert child.stdout is not None
        yield json.loads(child.stdout.readline())


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The connection string of a blob store that forgets everything, with a container `models`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent", "--loose"]
    quiet = ["--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence"]
    with process(str(ROOT / "node_modules/.bin/azurite-blob"), *options, *quiet):
        _wait_for(port)
        account = f"AccountName=devstoreaccount1;AccountKey={STORAGE_KEY}"
        blobs = f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1"
        connection = f"DefaultEndpointsProtocol=http;{account};{blobs};"
        _create_container(connection)
        yield connection


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"Nothing listens on port {port} after 10 seconds.")


def _create_container(connection: str) -> None:
    from azure.storage.blob import ContainerClient

    with ContainerClient.from_connection_string(connection, "models") as container:
        container.create_container()


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The connection string of a message broker with the project's queues and hubs."""
    from local.messaging import connection_string

    with ready("local.messaging", "--port", "0") as listening:
        yield connection_string(listening["port"])


@pytest.fixture(scope="session")
def cloud(storage: str, broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The cloud, found by the SDKs of this process through its environment."""
    folder = tmp_path_factory.mktemp("cloud")
    options = ["--certificates", str(folder), "--log", str(folder / "witness.jsonl")]
    options += ["--provisioning-seconds", str(PROVISIONING_SECONDS)]
    connections = {"ModelStorage": storage, "ServiceBusConnection": broker, "EventHubConnection": broker}
    with ready("local.cloud", *options, env=connections) as listening, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(listening).items():
            patch.setenv(name, value)
        yield Cloud(listening, folder / "witness.jsonl")


@pytest.fixture(scope="session")
def credential(cloud: Cloud) -> Iterator[Any]:
    """The unmodified DefaultAzureCredential, which finds the managed identity by its environment."""
    from azure.identity import DefaultAzureCredential

    with DefaultAzureCredential() as found:
        yield found


@pytest.fixture(scope="session")
def workspace(cloud: Cloud, credential: Any) -> Any:
    """The unmodified MLClient."""
    from azure.ai.ml import MLClient

    return MLClient(credential, SUBSCRIPTION, RESOURCE_GROUP, WORKSPACE)


@pytest.fixture(scope="session")
def registry(cloud: Cloud, credential: Any) -> Iterator[Any]:
    """The unmodified ContainerRegistryClient."""
    from azure.containerregistry import ContainerRegistryClient

    with ContainerRegistryClient(f"https://{cloud.login_server}", credential) as client:
        yield client


@pytest.fixture(scope="session")
def served(cloud: Cloud, storage: str, workspace: Any, registry: Any) -> Served:
    """An endpoint with two deployments, shared: each test sets the traffic it needs."""
    repository = "serving/greatest"
    image = f"{cloud.login_server}/{repository}@{push_image(registry, repository)}"
    create_endpoint(workspace, "shared")
    pollers = []
    for name, offset in (("one", 0), ("two", 10)):
        upload(storage, f"greatest-{name}/1/artifacts/model.onnx", onnx_model(offset=offset))
        model = register(workspace, f"greatest-{name}")
        pollers.append(begin_deployment(workspace, "shared", name, model, image))
    for poller in pollers:
        poller.result()
    return Served("shared", workspace.models.get("greatest-one", "1"), image, cloud.login_server)


@pytest.fixture
def unique() -> str:
    """A name no other test uses, allowed for endpoints, models and repositories."""
    return f"t{uuid.uuid4().hex[:12]}"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Lets the tests of this folder pass over what the workspace's SDK itself does with a deprecated function."""
    if item.path.parent == Path(__file__).parent:
        item.add_marker(pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"))
