"""What people and pipelines around Gatehouse do, each through the client they would use."""

import io
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests
from azure.ai.ml import MLClient
from azure.ai.ml.entities import Environment, Model
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient

from local.demo.models import Candidate
from local.demo.scanner import Finding, bill, report
from local.principal import LOCAL_APPROVER, principal

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
HTTP_SECONDS = 30


class Team:
    """A data scientist, a build pipeline, a registry, a scanner and an approver; `env` is the platform's environment.

    The process' own environment must hold `env` too, because that is where the SDKs look.
    """

    def __init__(self, env: Mapping[str, str], url: str) -> None:
        self._url, self._registry = url, env["CONTAINER_REGISTRY"]
        self._secret = env.get("ACR_WEBHOOK_SECRETS", "")
        credential = DefaultAzureCredential()
        self.workspace = MLClient(
            credential, env["AZURE_ML_SUBSCRIPTION"], env["AZURE_ML_RESOURCE_GROUP"], env["AZURE_ML_WORKSPACE"]
        )
        self._images = ContainerRegistryClient(f"https://{self._registry}", credential)
        self._blobs = BlobServiceClient.from_connection_string(env["ModelStorage"])
        self._bus = ServiceBusClient.from_connection_string(env["ServiceBusConnection"])
        self._person = {"x-ms-client-principal": principal("Ada Local", LOCAL_APPROVER, ["Gatehouse.Approver"])}

    def moved_to(self, url: str) -> None:
        """Talk to the app at another address from now on."""
        self._url = url

    def close(self) -> None:
        """Close every client that holds a connection."""
        self._bus.close()
        self._blobs.close()
        self._images.close()

    def override_policy(self, model: str, text: str) -> None:
        """Give one model thresholds of its own."""
        self._blobs.get_blob_client("policies", f"{model}.yaml").upload_blob(text, overwrite=True)

    def push_image(self, repository: str, tag: str) -> str:
        """Push a small image whose content depends on its tag; its digest."""
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"tag": tag}}}).encode()
        parts = [self._upload(repository, media, body) for media, body in ((OCI_CONFIG, config), (OCI_LAYER, b"layer"))]
        manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": parts[0], "layers": parts[1:]}
        digest: str = self._images.set_manifest(repository, manifest, tag=tag, media_type=OCI_MANIFEST)
        return digest

    def _upload(self, repository: str, media: str, body: bytes) -> dict[str, Any]:
        digest, size = self._images.upload_blob(repository, io.BytesIO(body))
        return {"mediaType": media, "digest": digest, "size": size}

    def announce_push(self, repository: str, tag: str, digest: str) -> None:
        """Post what Azure Container Registry posts after a push, with the secret it was given as a header."""
        notice = {
            "id": str(uuid.uuid4()),
            "timestamp": datetime.now(UTC).isoformat(),
            "action": "push",
            "target": {"mediaType": OCI_MANIFEST, "digest": digest, "repository": repository, "tag": tag},
            "request": {"id": str(uuid.uuid4()), "host": self._registry, "method": "PUT"},
        }
        address, proof = f"{self._url}/api/webhooks/acr", {"X-Gatehouse-Secret": self._secret}
        requests.post(address, json=notice, headers=proof, timeout=HTTP_SECONDS).raise_for_status()

    def has_image(self, repository: str, digest: str) -> bool:
        """Whether the registry still holds the image."""
        try:
            self._images.get_manifest_properties(repository, digest)
        except ResourceNotFoundError:
            return False
        return True

    def name_environment(self, name: str, version: str, repository: str, tag: str) -> str:
        """Register an environment on an image; its `name:version`."""
        image = f"{self._registry}/{repository}:{tag}"
        self.workspace.environments.create_or_update(Environment(name=name, version=version, image=image))
        return f"{name}:{version}"

    def register(self, name: str, candidate: Candidate, environment: str, endpoint: str) -> None:
        """Upload the candidate's files and register it: from here on, events alone move it."""
        folder = f"{name}/{candidate.version}"
        sample = json.dumps({"input_data": [candidate.sample]}).encode()
        for file, body in (("model.onnx", candidate.onnx), ("sample_request.json", sample)):
            self._blobs.get_blob_client("models", f"{folder}/{file}").upload_blob(body, overwrite=True)
        model = Model(
            name=name,
            version=candidate.version,
            path=f"azureml://datastores/workspaceblobstore/paths/{folder}",
            tags={"environment": environment, "endpoint": endpoint, "submitted_by": "grace"},
            properties={"metrics.accuracy": f"{candidate.accuracy:.4f}"},
        )
        self.workspace.models.create_or_update(model)

    def report_scan(self, repository: str, digest: str, findings: Sequence[Finding]) -> None:
        """Deliver a scanner's report about an image."""
        self._deliver(report(self._registry, repository, digest, findings))

    def report_packages(self, repository: str, digest: str, packages: Iterable[str]) -> None:
        """Deliver an image's bill of materials; `packages` of PyPI as name@version."""
        self._deliver(bill(self._registry, repository, digest, packages))

    def _deliver(self, body: bytes) -> None:
        with self._bus.get_queue_sender("scan-results") as sender:
            sender.send_messages(ServiceBusMessage(body))

    def releases(self) -> list[dict[str, Any]]:
        """The list of releases, as the app gives it."""
        listed: list[dict[str, Any]] = self._get("/api/releases")["releases"]
        return listed

    def release(self, model: str, version: str) -> dict[str, Any]:
        """One release in full, as the app gives it."""
        return self._get(f"/api/releases/{model}/{version}")

    def image(self, digest: str) -> dict[str, Any]:
        """The story of an image, as the app gives it; raises requests.HTTPError for an unknown one."""
        return self._get(f"/api/images/{digest}")

    def approve(self, model: str, version: str) -> str:
        """Say yes to a release that waits for it, naming the image it runs on; the id of the accepted fact."""
        answer = {"decision": "approve", "digest": self.release(model, version)["image"]["digest"]}
        address = f"{self._url}/api/releases/{model}/{version}/approval"
        reply = requests.post(address, json=answer, headers=self._person, timeout=HTTP_SECONDS)
        reply.raise_for_status()
        return str(reply.json()["fact"])

    def traffic(self, endpoint: str) -> dict[str, int]:
        """What the endpoint serves now, in percent by deployment, zeros left out."""
        weights = self.workspace.online_endpoints.get(endpoint).traffic
        return {name: weight for name, weight in weights.items() if weight}

    def _get(self, path: str) -> dict[str, Any]:
        answer = requests.get(f"{self._url}{path}", timeout=HTTP_SECONDS)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content
