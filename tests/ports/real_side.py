"""The adapters on the embedded platform, and the SDK clients of everybody around Gatehouse."""

import json
import shlex
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from azure.ai.ml import Input, Output
from azure.ai.ml.entities import CommandComponent, Data, Environment, Model
from azure.containerregistry import ContainerRegistryClient
from azure.servicebus import ServiceBusClient, ServiceBusReceiveMode, ServiceBusReceiver
from azure.storage.blob import BlobServiceClient, ContainerClient

from local.platform import Platform
from shared import settings
from shared.adapters.azureml_data import AzureMLData
from shared.adapters.azureml_endpoints import AzureMLEndpoints
from shared.adapters.azureml_jobs import AzureMLJobs
from shared.adapters.azureml_models import AzureMLModels, ml_client
from shared.adapters.blobs import BlobBodies, BlobDocuments
from shared.adapters.credential import credential
from shared.adapters.data_blobs import StorageBlobs
from shared.adapters.ledgers import BlobLedgers
from shared.adapters.quarantine import BlobQuarantine
from shared.adapters.registry import ContainerRegistry
from shared.adapters.servicebus import ServiceBus
from shared.adapters.webhook import Webhook
from shared.core.evidence import ImageReference
from shared.core.facts import BlobVersion
from shared.ports import DeploymentSpec
from tests.cloud.things import onnx_model, push_image
from tests.ports.listener import Listener
from tests.ports.side import unique

IN_PROGRESS = {"Creating", "Updating", "Deleting"}
DATASTORE = "azureml://datastores/workspaceblobstore/paths"
CONDA = {"name": "built", "dependencies": ["python=3.13"]}


class RealSide:
    """Adapters through the unmodified SDKs; the process' environment must hold that of the platform."""

    registrant = "local"

    def __init__(self, platform: Platform, listener: Listener) -> None:
        self.platform, self.listener = platform, listener
        self.settings = settings.read({**platform.env, "NOTIFY_URL": listener.url})
        self.registry = self.settings.registry
        self._open = ExitStack()
        self._outside()
        self.documents = BlobDocuments(self.container("state"))
        self.ledgers = BlobLedgers(self.container("ledgers"))
        self.bodies = BlobBodies(self.container("claims"))
        self.quarantine = BlobQuarantine(self.container("quarantine"))
        self.bus = ServiceBus(self.settings.service_bus)
        self.models = AzureMLModels(self.settings)
        self.images = ContainerRegistry(self.settings)
        self.endpoints = AzureMLEndpoints(self.settings)
        self.jobs = AzureMLJobs(self.settings)
        self.data = StorageBlobs(self.settings.data_storage)
        self.assets = AzureMLData(self.settings)
        self.notices = Webhook(self.settings.notify_url)

    def _outside(self) -> None:
        blobs = BlobServiceClient.from_connection_string(self.settings.state_storage.string)
        bus = ServiceBusClient.from_connection_string(self.settings.service_bus.string)
        self._blobs, self._bus = self._open.enter_context(blobs), self._open.enter_context(bus)
        self.pushing = self._open.enter_context(ContainerRegistryClient(f"https://{self.registry}", credential()))
        self.workspace = ml_client(self.settings)
        self._receivers: dict[str, ServiceBusReceiver] = {}
        self._served: dict[str, str] = {}

    def close(self) -> None:
        """Close every client of the outside."""
        self._open.close()

    def container(self, name: str) -> ContainerClient:
        """A blob container of the platform."""
        return self._blobs.get_container_client(name)

    def now(self) -> float:
        """The machine's time."""
        return time.time()

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    def settle(self, endpoint: str) -> None:
        """Look until nothing is under way, 10 seconds at most."""
        deadline = time.monotonic() + 10
        while IN_PROGRESS & (states := self._states(endpoint)):
            assert time.monotonic() < deadline, f"{endpoint} is still {states}"
            time.sleep(0.05)

    def _states(self, endpoint: str) -> set[str]:
        view = self.endpoints.endpoint(endpoint)
        return {view.state, *(each.state for each in self.endpoints.deployments(endpoint))} if view else set()

    def take(self, queue: str, count: int) -> list[bytes]:
        """Receive and delete `count` messages, and whatever else comes within a moment."""
        receiver, deadline = self._receiver(queue), time.monotonic() + 10
        bodies: list[bytes] = []
        while len(bodies) < count and time.monotonic() < deadline:
            bodies += _bodies(receiver, 1.0)
        return bodies + _bodies(receiver, 0.2)

    def take_beside(self, queue: str) -> Mapping[str, str]:
        """Receive and delete one message."""
        (message,) = self._receiver(queue).receive_messages(max_message_count=1, max_wait_time=10.0)
        told: Mapping[Any, Any] = message.application_properties or {}
        return {name.decode(): text.decode() for name, text in told.items()}

    def _receiver(self, queue: str) -> ServiceBusReceiver:
        if queue not in self._receivers:
            mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
            receiver = self._bus.get_queue_receiver(queue, receive_mode=mode)
            self._receivers[queue] = self._open.enter_context(receiver)
        return self._receivers[queue]

    def put_model(
        self,
        name: str,
        version: str,
        files: Mapping[str, bytes],
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Upload the files and register the model on their folder."""
        folder = f"{name}/{version}"
        for file, body in files.items():
            self.container("models").upload_blob(f"{folder}/{file}", body)
        path = f"{DATASTORE}/{folder}"
        model = Model(name=name, version=version, path=path, tags=dict(tags or {}), properties=dict(properties or {}))
        self.workspace.models.create_or_update(model)

    def upload_data(self, path: str, body: bytes) -> BlobVersion:
        """Upload a blob with the SDK."""
        written = self.container("landing").upload_blob(path, body, overwrite=True).get_blob_properties()
        etag = str(written.etag).strip('"')
        return BlobVersion(account=self.data.account, container="landing", path=path, etag=etag, size=len(body))

    def data_at(self, container: str, path: str) -> bytes | None:
        """What lies there."""
        blob = self.container(container).get_blob_client(path)
        return blob.download_blob().readall() if blob.exists() else None

    def asset_place(self, name: str, version: str) -> str:
        """Where the workspace says that the asset lies."""
        return str(self.workspace.data.get(name, version).path)

    def put_environment(self, environment: str, image: str) -> None:
        """Register an environment on an image."""
        self._put_environment(environment, image=image)

    def put_built_environment(self, environment: str) -> None:
        """Register an environment as packages on top of an image."""
        self._put_environment(environment, image=f"{self.registry}/base:1", conda_file=CONDA)

    def _put_environment(self, environment: str, **content: Any) -> None:
        name, version = environment.split(":")
        self.workspace.environments.create_or_update(Environment(name=name, version=version, **content))

    def push_image(self, repository: str, tag: str) -> ImageReference:
        """Push an image whose one layer is its tag."""
        digest = push_image(self.pushing, repository, tag, f"{repository}:{tag}".encode())
        return ImageReference(registry=self.registry, repository=repository, digest=digest)

    def spec(self, endpoint: str, name: str, *, sound: bool = True) -> DeploymentSpec:
        """A deployment of a model that tells which of three numbers is the greatest; or of one without a model file."""
        served = self._served or self._put_served()
        return DeploymentSpec(
            endpoint=endpoint,
            name=name,
            model=served["sound" if sound else "broken"],
            version="1",
            environment=served["environment"],
            image=served["image"],
            instance_type="Standard_DS3_v2",
            instances=1,
        )

    def _put_served(self) -> dict[str, str]:
        sound, broken, environment = unique("sound"), unique("broken"), f"{unique('serving')}:1"
        self.put_model(sound, "1", {"model.onnx": onnx_model()})
        self.put_model(broken, "1", {"readme.txt": b"no model"})
        image = self.push_image("serving", "scanned").pinned()
        self.put_environment(environment, self.push_image("serving", "moved-on").pinned())
        self._served |= {"sound": sound, "broken": broken, "environment": environment, "image": image}
        return self._served

    def put_component(
        self, inputs: Mapping[str, str], program: str, output: str = "", more: str = "", **inputs_too: Input
    ) -> str:
        """Register a component on an environment of its own; its program gets inputs, output and `more`."""
        name, environment = unique("component"), f"{unique('training')}:1"
        self.put_environment(environment, f"{self.registry}/training:1")
        given = [f"${{{{inputs.{each}}}}}" for each in inputs] + ([f"${{{{outputs.{output}}}}}"] if output else [])
        given += more.split()
        component = CommandComponent(
            name=name,
            version="1",
            command=" ".join(["python", "-c", shlex.quote(program), *given]),
            environment=f"azureml:{environment}",
            inputs={each: Input(type=kind) for each, kind in inputs.items()} | inputs_too,
            outputs={output: Output(type="uri_folder")} if output else {},
        )
        self.workspace.components.create_or_update(component)
        return f"{name}:1"

    def put_data(self, name: str, version: str, path: str) -> None:
        """Register a file of the datastore as a data asset."""
        data = Data(name=name, version=version, path=f"{DATASTORE}/{path}", type="uri_file")
        self.workspace.data.create_or_update(data)

    def wait_for_job(self) -> None:
        """Wait a moment."""
        time.sleep(0.1)

    def runs_of(self, job: str) -> int:
        """How often the cloud saw the job start."""
        return len(self.witnessed(effect="job-started", job=job))

    def heard(self) -> list[bytes]:
        """Every body that the listener got."""
        return self.listener.bodies

    def quarantined(self, case: str) -> tuple[bytes, str, str, float]:
        """What the case's two blobs say."""
        kept = self.container("quarantine")
        about = json.loads(kept.download_blob(f"{case}.json").readall())
        at = datetime.fromisoformat(about["at"]).timestamp()
        return kept.download_blob(f"{case}.body").readall(), about["reason"], about["source"], at

    def witnessed(self, **sought: str) -> list[dict[str, Any]]:
        """What the cloud saw happen to the thing that `sought` describes, oldest first."""
        lines = [json.loads(line) for line in self.platform.witness_log.read_text().splitlines()]
        return [line for line in lines if sought.items() <= line.items()]


def _bodies(receiver: ServiceBusReceiver, seconds: float) -> list[bytes]:
    messages = receiver.receive_messages(max_message_count=500, max_wait_time=seconds)
    return [b"".join(message.body) for message in messages]
