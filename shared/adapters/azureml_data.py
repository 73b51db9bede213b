"""Data assets of an Azure Machine Learning workspace."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from shared.adapters.azureml_models import ml_client
from shared.adapters.errors import found, reaching
from shared.core.facts import BlobVersion
from shared.ports import Impossible
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

SUFFIX = "blob.core.windows.net"


class AzureMLData:
    """The data assets of one workspace."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _client(self) -> "MLClient":
        return ml_client(self._settings)

    def register(self, name: str, version: int, blob: BlobVersion, datastore: str, tags: Mapping[str, str]) -> None:
        """Register the blob as a file of that name and version; raises Impossible, Unavailable."""
        from azure.ai.ml.constants import AssetTypes
        from azure.ai.ml.entities import Data

        path = place_of(blob, datastore)
        known = found(f"reading data {name}:{version}", lambda: self._client.data.get(name=name, version=str(version)))
        if known is not None:
            if not str(known.path).endswith(path.partition("://")[2].partition("/")[2]):
                raise Impossible(f"data asset {name}:{version} is {known.path} already, not {path}; rename the asset")
            return
        asset = Data(name=name, version=str(version), path=path, type=AssetTypes.URI_FILE, tags=dict(tags))
        with reaching(f"registering data {name}:{version}"):
            self._client.data.create_or_update(asset)


def place_of(blob: BlobVersion, datastore: str) -> str:
    """Where Azure ML finds the blob: in its datastore, or at its address."""
    if datastore:
        return f"azureml://datastores/{datastore}/paths/{blob.path}"
    return f"https://{blob.account}.{SUFFIX}/{blob.container}/{blob.path}"
