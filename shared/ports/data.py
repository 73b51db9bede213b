"""Where data arrives, and the register of what trainings read."""

from collections.abc import Mapping
from typing import Protocol

from shared.core.facts import BlobVersion


class DataBlobs(Protocol):
    """The blobs of the one storage account in which data arrives; every change names the content that it is about."""

    @property
    def account(self) -> str:
        """The name of the account."""

    def look(self, blob: BlobVersion) -> BlobVersion | None:
        """The blob as it is now, with etag and size, or None; raises Unavailable."""

    def read(self, blob: BlobVersion, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of exactly that content from `offset` on.

        Raises Conflict when that content is not there any more, Impossible for a container that is not, Unavailable.
        """

    def copy(self, blob: BlobVersion, container: str, path: str) -> BlobVersion | None:
        """Exactly that content at another place of the account; None while the copy is only started.

        Copying twice is one copy. Raises Conflict when that content is not there any more, Impossible for a container
        that is not and where another content lies at that place, Unavailable.
        """

    def remove(self, blob: BlobVersion) -> None:
        """Delete exactly that content; one that is gone or was written again is fine. Raises Unavailable."""

    def write(self, container: str, path: str, body: bytes) -> None:
        """Write a small document over whatever is there; raises Impossible, Unavailable."""


class DataAssets(Protocol):
    """The register of data that trainings read."""

    def register(self, name: str, version: int, blob: BlobVersion, datastore: str, tags: Mapping[str, str]) -> None:
        """Register the blob as `name` in `version`, by its `datastore` or "" by its address; twice is once.

        Raises Impossible when it is refused, Unavailable.
        """
