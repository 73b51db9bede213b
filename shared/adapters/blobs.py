"""Azure Blob Storage: documents with ETags, and bodies under their hash."""

import hashlib
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from azure.core import MatchConditions
from azure.storage.blob import BlobServiceClient, ContainerClient, ContentSettings

from shared.adapters.errors import found, reaching
from shared.ports import Conflict, Impossible, Stored
from shared.settings import Connection

JSON = ContentSettings(content_type="application/json")


def connect(connection: Connection) -> BlobServiceClient:
    """A client by connection string, or by account address with the app's identity."""
    if connection.string:
        return BlobServiceClient.from_connection_string(connection.string)
    from shared.adapters.credential import credential

    return BlobServiceClient(connection.address, credential())


class BlobDocuments:
    """Documents in one container, each a JSON blob whose metadata are its labels."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    def read(self, key: str) -> Stored | None:
        """The document and its ETag, or None; raises Unavailable."""
        return found(f"reading {key}", lambda: self._read(f"{key}.json"))

    def _read(self, name: str) -> Stored:
        answers: list[Any] = []
        blob = self._container.download_blob(name, raw_response_hook=answers.append)
        headers = answers[-1].http_response.headers  # an empty blob answers its range with 416 first
        return Stored(blob.readall(), str(blob.properties.etag), _age(headers))

    def write(self, key: str, data: bytes, etag: str | None, labels: Mapping[str, str] | None = None) -> None:
        """Write over exactly `etag`, or create; raises Conflict, Unavailable."""
        condition: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}
        with reaching(f"writing {key}"):
            self._container.upload_blob(
                f"{key}.json",
                data,
                overwrite=bool(etag),
                metadata=dict(labels or {}),
                content_settings=JSON,
                **condition,
            )

    def labelled(self, prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Every key under `prefix` with its labels; raises Unavailable."""
        with reaching(f"listing {prefix}"):
            for blob in self._container.list_blobs(name_starts_with=prefix, include=["metadata"]):
                yield (
                    blob.name.removesuffix(".json"),
                    {name: text or "" for name, text in (blob.metadata or {}).items()},
                )


def _age(headers: Mapping[str, str]) -> float:
    """Seconds between the last write and this answer, both as the storage itself dates them."""
    written, now = parsedate_to_datetime(headers["Last-Modified"]), parsedate_to_datetime(headers["Date"])
    return (now - written).total_seconds()


class BlobBodies:
    """Bytes under their SHA-256, written once."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    def keep(self, body: bytes) -> str:
        """Keep `body`; its SHA-256. Raises Unavailable."""
        digest = hashlib.sha256(body).hexdigest()
        try:
            with reaching("keeping a body"):
                self._container.upload_blob(digest, body, overwrite=False)
        except Conflict:
            pass  # the same bytes lie there already: the name is their hash
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes; raises Impossible when they are not there or not what their name says, Unavailable."""
        with reaching(f"reading body {digest}"):
            body = self._container.download_blob(digest).readall()
        if hashlib.sha256(body).hexdigest() != digest:
            raise Impossible(f"body {digest} was changed in storage; restore it or look who wrote it")
        return body
