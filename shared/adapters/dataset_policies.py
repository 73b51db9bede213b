"""Policies of datasets: the shipped ones, replaced or joined by files in the policies container below datasets/."""

from collections.abc import Sequence
from pathlib import Path

from azure.storage.blob import ContainerClient

from shared.adapters.errors import found, reaching
from shared.contracts.dataset_policies import Shelved, shelved

SHIPPED = Path(__file__).parents[2] / "policies" / "datasets"
FOLDER = "datasets/"


class DatasetShelf:
    """Every dataset policy; a file is read again only when its etag changed."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container
        self._read: dict[str, tuple[str, Shelved]] = {}

    def policies(self) -> Sequence[Shelved]:
        """All policies by file name, unreadable ones too; raises Unavailable."""
        every = {path.name: shelved(path.name, path.read_bytes()) for path in sorted(SHIPPED.glob("*.yaml"))}
        with reaching("listing the policies of datasets"):
            listed = [(str(blob.name), str(blob.etag)) for blob in self._container.list_blobs(FOLDER)]
        for name, etag in listed:
            file = name.removeprefix(FOLDER)
            if "/" not in file and file.endswith(".yaml") and (own := self._own(name, file, etag)):
                every[file] = own
        return [every[file] for file in sorted(every)]

    def _own(self, name: str, file: str, etag: str) -> Shelved | None:
        """The file as it is now; None when it was deleted meanwhile."""
        known = self._read.get(file)
        if known and known[0] == etag:
            return known[1]
        body: bytes | None = found(f"reading {name}", lambda: self._container.download_blob(name).readall())
        if body is None:
            return None
        self._read[file] = (etag, shelved(file, body))
        return self._read[file][1]
