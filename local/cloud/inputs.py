"""What jobs read and write: blobs of the datastore, named by path, by data asset or by address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.storage.blob import BlobServiceClient, ContainerClient

from local.cloud.assets import DATASTORE, Assets
from local.cloud.refusals import Refusal

IN_DATASTORE = re.compile(r"azureml://(?:.+/)?datastores/[^/]+/paths/(?P<path>.+)")
AT_ADDRESS = re.compile(r"https://[^/]+\.blob\.core\.windows\.net/(?P<container>[^/]+)/(?P<path>.+)")
ASSET = re.compile(r".*/(?P<kind>data|models)/(?P<name>[^/]+)/versions/(?P<version>[^/]+)")
PATHS = {"data": "dataUri", "models": "modelUri"}


@dataclass(frozen=True)
class Inputs:
    """Fetches inputs from and keeps outputs in the storage of `connection`, the datastore being `container`."""

    connection: str
    container: str
    assets: Mapping[str, Assets]

    def fetch(self, given: Mapping[str, Any], folder: Path) -> str:
        """What the command gets for one input: a literal itself, else the path of what was fetched into `folder`.

        Raises Refusal for a place that is none, AzureError for one that cannot be read.
        """
        if given.get("jobInputType") == "literal":
            return str(given["value"])
        container, path = self._place(str(given["uri"]))
        folder.mkdir(parents=True)
        with self._container(container) as blobs:
            for name in list(blobs.list_blob_names(name_starts_with=path)):
                if name == path or name.startswith(f"{path}/"):
                    target = folder / (name.removeprefix(path).lstrip("/") or name.rpartition("/")[2])
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(blobs.download_blob(name).readall())
        return str(self._one_file(folder, path) if given.get("jobInputType") == "uri_file" else folder)

    def keep(self, folder: Path, path: str) -> str:
        """Keep every file of `folder` below `path` of the datastore; the address of that. Raises AzureError."""
        with self._container(self.container) as blobs:
            for file in folder.rglob("*"):
                if file.is_file():
                    blobs.upload_blob(f"{path}/{file.relative_to(folder)}", file.read_bytes(), overwrite=True)
        return f"azureml://datastores/{DATASTORE}/paths/{path}/"

    def _place(self, uri: str) -> tuple[str, str]:
        if (asset := ASSET.fullmatch(uri)) is not None:
            properties = self.assets[asset["kind"]].get(asset["name"], asset["version"]).properties
            return self._place(properties[PATHS[asset["kind"]]])
        if (address := AT_ADDRESS.fullmatch(uri)) is not None:
            return address["container"], address["path"].rstrip("/")
        if (inside := IN_DATASTORE.fullmatch(uri)) is not None:
            return self.container, inside["path"].rstrip("/")
        raise Refusal(400, "UserError", f"The input {uri!r} is no path of a datastore, no asset and no blob.")

    def _one_file(self, folder: Path, path: str) -> Path:
        files = [file for file in folder.rglob("*") if file.is_file()]
        if len(files) != 1:
            raise Refusal(400, "UserError", f"The input {path!r} is {len(files)} files, and should be one.")
        return files[0]

    def _container(self, name: str) -> ContainerClient:
        return BlobServiceClient.from_connection_string(self.connection).get_container_client(name)
