"""Azure Machine Learning's model registry, and the blob storage where its models lie."""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContainerClient

from shared.adapters.blobs import connect
from shared.adapters.errors import found, reaching
from shared.ports import BlobView, Impossible, ModelView
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

DATASTORE_PATH = re.compile(
    r"azureml://(?:subscriptions/[^/]+/resource[gG]roups/[^/]+/(?:providers/[^/]+/)?workspaces/[^/]+/)?"
    r"datastores/(?P<datastore>[A-Za-z0-9_]+)/paths/(?P<folder>[^?#]+)"
)
EMPTY = 416  # HTTP's code for a range that begins after the end, as any range of an empty blob does


def ml_client(settings: Settings) -> "MLClient":
    """The workspace's client; importing its SDK is the slowest thing the app does."""
    from azure.ai.ml import MLClient

    from shared.adapters.credential import credential

    return MLClient(credential(), settings.subscription, settings.resource_group, settings.workspace)


class AzureMLModels:
    """Model versions, environments and model files of one workspace."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._containers: dict[str, str] = {}

    @cached_property
    def _client(self) -> "MLClient":
        return ml_client(self._settings)

    @cached_property
    def _storage(self) -> Any:
        return connect(self._settings.model_storage)

    def model(self, name: str, version: str) -> ModelView | None:
        """The model version, or None; raises Unavailable."""
        model = found(f"reading model {name}:{version}", lambda: self._client.models.get(name=name, version=version))
        if model is None:
            return None
        context = model.creation_context
        return ModelView(
            path=model.path or "",
            tags=_texts(model.tags),
            properties=_texts(model.properties),
            created_by=(context.created_by or "") if context else "",
        )

    def image_of(self, environment: str) -> str | None:
        """The image that `name:version` names; raises Impossible for one that Azure ML builds itself, Unavailable."""
        name, _, version = environment.partition(":")
        if not version:  # the SDK takes that for an error of the program
            return None
        declared = found(f"reading environment {environment}", lambda: self._client.environments.get(name, version))
        if declared is None:
            return None
        if declared.conda_file or declared.build:
            raise Impossible(
                f"environment {environment} is built when it is deployed, so its image can not be scanned before; "
                "build the image, push it, and let the environment name it"
            )
        return declared.image or None

    def files(self, path: str, limit: int) -> Sequence[BlobView]:
        """At most `limit` files below the model's folder (or the one file it is); raises Impossible, Unavailable."""
        container, folder = self._located(path)
        with reaching(f"listing {path}"):
            blobs = container.list_blobs(name_starts_with=folder)
            inside = list(islice((blob for blob in blobs if f"{blob.name}/".startswith(f"{folder}/")), limit))
        return [
            BlobView(
                path=blob.name.removeprefix(folder).lstrip("/") or folder.rsplit("/", 1)[-1],
                size=blob.size,
                checksum=bytes(blob.content_settings.content_md5 or b"").hex() or blob.etag,
            )
            for blob in inside
        ]

    def read(self, path: str, file: str, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of one file from `offset` on; raises Impossible when it is not there, Unavailable."""
        container, folder = self._located(path)
        name = folder if folder.rsplit("/", 1)[-1] == file and "." in file else f"{folder}/{file}"
        with reaching(f"reading {file} of {path}"):
            return _part(container, name, offset, limit)

    def _located(self, path: str) -> tuple[ContainerClient, str]:
        match = DATASTORE_PATH.fullmatch(path)
        if match is None:
            raise Impossible(
                f"the model lies at {path[:200]!r}, which is no datastore path; register it from a datastore"
            )
        datastore, folder = match["datastore"], match["folder"].rstrip("/")
        if datastore not in self._containers:
            with reaching(f"reading datastore {datastore}"):
                self._containers[datastore] = self._client.datastores.get(datastore).container_name
        return self._storage.get_container_client(self._containers[datastore]), folder


def _part(container: ContainerClient, name: str, offset: int, limit: int) -> bytes:
    try:
        part: bytes = container.download_blob(name, offset=offset, length=limit).readall()
    except HttpResponseError as error:
        if error.status_code != EMPTY:
            raise
        return b""
    return part


def _texts(values: dict[str, Any] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (values or {}).items()}
