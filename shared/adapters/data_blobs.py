"""The storage account in which data arrives: read by ranges, copied inside the account, and removed by etag."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobClient, BlobServiceClient, ContentSettings

from shared.adapters.blobs import connect
from shared.adapters.errors import found, reaching
from shared.core.facts import BlobVersion
from shared.ports import Conflict, Impossible, Unavailable
from shared.settings import Connection

NO_CONTAINER = "ContainerNotFound"
EMPTY = 416  # HTTP's code for a range that begins after the end, as any range of an empty blob does
JSON = ContentSettings(content_type="application/json")


class StorageBlobs:
    """The blobs of one account; nothing else can be reached through it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client: BlobServiceClient | None = None

    @property
    def _service(self) -> BlobServiceClient:
        if self._client is None:
            self._client = connect(self._connection)
        return self._client

    @property
    def account(self) -> str:
        """The name of the account."""
        return str(self._service.account_name)

    def look(self, blob: BlobVersion) -> BlobVersion | None:
        """The blob as it is now, or None; raises Unavailable."""
        there = found(f"looking at {blob.name}", self._blob(blob.container, blob.path).get_blob_properties)
        if there is None:
            return None
        return BlobVersion(
            account=blob.account, container=blob.container, path=blob.path, etag=_etag(there.etag), size=there.size
        )

    def read(self, blob: BlobVersion, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of that content from `offset` on; raises Conflict, Impossible, Unavailable."""
        source = self._blob(blob.container, blob.path)
        with reaching(f"reading {blob.name}"), _still_there(blob):
            return _part(source, limit, offset, _only(blob))

    def copy(self, blob: BlobVersion, container: str, path: str) -> BlobVersion | None:
        """That content at another place, None while it is only started; raises Conflict, Impossible, Unavailable."""
        target = self._blob(container, path)
        there = found(f"looking at {container}/{path}", target.get_blob_properties)
        if there is None:
            with reaching(f"copying {blob.name} to {container}/{path}"), _still_there(blob):
                there = self._started(blob, target)
        if there.metadata.get("source") != blob.etag:
            raise Impossible(f"{container}/{path} holds another content already; look who wrote it, and move it away")
        return self._arrived(blob, there, container, path)

    def _started(self, blob: BlobVersion, target: BlobClient) -> Any:
        """The properties of the target once its copy is started, by us or by whoever was faster."""
        try:
            target.start_copy_from_url(
                self._blob(blob.container, blob.path).url,
                metadata={"source": blob.etag},
                source_etag=f'"{blob.etag}"',
                source_match_condition=MatchConditions.IfNotModified,
                match_condition=MatchConditions.IfMissing,
            )
        except (ResourceExistsError, ResourceModifiedError):
            if not target.exists():
                raise
        return target.get_blob_properties()

    def _arrived(self, blob: BlobVersion, there: Any, container: str, path: str) -> BlobVersion | None:
        if there.copy.status == "pending":
            return None
        if there.copy.status not in ("success", None):
            self._blob(container, path).delete_blob()
            raise Unavailable(f"the copy of {blob.name} ended as {there.copy.status}; it is begun again")
        return BlobVersion(
            account=blob.account, container=container, path=path, etag=_etag(there.etag), size=there.size
        )

    def remove(self, blob: BlobVersion) -> None:
        """Delete exactly that content; raises Unavailable."""
        source = self._blob(blob.container, blob.path)
        try:
            found(f"removing {blob.name}", lambda: source.delete_blob(delete_snapshots="include", **_only(blob)))
        except Conflict:
            return  # somebody wrote it again: that is another arrival

    def write(self, container: str, path: str, body: bytes) -> None:
        """Write a small document over whatever is there; raises Impossible, Unavailable."""
        with reaching(f"writing {container}/{path}"):
            self._blob(container, path).upload_blob(body, overwrite=True, content_settings=JSON)

    def _blob(self, container: str, path: str) -> BlobClient:
        return self._service.get_blob_client(container, path)


@contextmanager
def _still_there(blob: BlobVersion) -> Iterator[None]:
    """Raises Conflict for a blob that is gone: like one that was written again, it is not that content any more."""
    try:
        yield
    except ResourceNotFoundError as error:
        if error.error_code == NO_CONTAINER:  # type: ignore[attr-defined]
            raise
        raise Conflict(f"{blob.name} is not there any more") from error


def _only(blob: BlobVersion) -> dict[str, Any]:
    return {"etag": f'"{blob.etag}"', "match_condition": MatchConditions.IfNotModified}


def _etag(etag: object) -> str:
    return str(etag).strip('"')


def _part(source: BlobClient, limit: int, offset: int, condition: dict[str, Any]) -> bytes:
    try:
        part: bytes = source.download_blob(offset=offset, length=limit, **condition).readall()
    except HttpResponseError as error:
        if error.status_code != EMPTY:
            raise
        return b""
    return part
