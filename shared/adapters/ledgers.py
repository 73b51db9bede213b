"""Exported ledgers in Azure Blob Storage: append blobs, written at exact positions and rolled over when full."""

from collections.abc import Mapping, Sequence

from azure.core import MatchConditions
from azure.storage.blob import BlobProperties, ContainerClient, ContentSettings

from shared.adapters.errors import reaching
from shared.ledgers import Kept
from shared.ports import Conflict

BLOCKS = 40_000
"""Appends to one blob before the next is begun; the service's own limit is 50,000."""
LINES = ContentSettings(content_type="application/x-ndjson")


class BlobLedgers:
    """Ledgers in one container, each in parts `<key>.0000.jsonl`, `<key>.0001.jsonl` … that read on in that order.

    Only the newest part is added to. Which one that is follows from its own number of `blocks`, so two who export at
    once add at the same place, and one of them is refused.
    """

    def __init__(self, container: ContainerClient, blocks: int = BLOCKS) -> None:
        self._container, self._blocks = container, blocks

    def read(self, key: str, newest: int = 0) -> Kept:
        """All of a ledger, or its `newest` bytes; raises Unavailable."""
        with reaching(f"reading the ledger of {key}"):
            parts = self._parts(key)
            length = sum(part.size for part in parts)
            skipped = max(0, length - newest) if newest else 0
            return Kept(b"".join(self._from(parts, skipped)), length)

    def _parts(self, key: str) -> Sequence[BlobProperties]:
        return list(self._container.list_blobs(name_starts_with=f"{key}."))

    def _from(self, parts: Sequence[BlobProperties], skipped: int) -> list[bytes]:
        """The bytes of the parts, as long as they were when listed, but the first `skipped`."""
        pieces = []
        for part in parts:
            if skipped < part.size:
                blob = self._container.download_blob(part.name, offset=skipped, length=part.size - skipped)
                pieces.append(blob.readall())
            skipped = max(0, skipped - part.size)
        return pieces

    def append(self, key: str, lines: bytes, position: int, entries: int) -> None:
        """Add `lines` at exactly `position` bytes; raises Conflict, Unavailable."""
        with reaching(f"adding to the ledger of {key}"):
            parts = self._newest_read_again(self._parts(key))
            length = sum(part.size for part in parts)
            if length != position:
                raise Conflict(f"the ledger of {key} is {length} bytes long, not {position}")
            name = self._open(key, parts)
            start = sum(part.size for part in parts if part.name != name)
            blob = self._container.get_blob_client(name)
            blob.append_block(lines, appendpos_condition=position - start)
            blob.set_blob_metadata({"entries": str(entries)})

    def _newest_read_again(self, parts: Sequence[BlobProperties]) -> Sequence[BlobProperties]:
        """The parts, the newest as it is now: its size and its number of blocks must be of the same moment."""
        if not parts:
            return parts
        return [*parts[:-1], self._container.get_blob_client(parts[-1].name).get_blob_properties()]

    def _open(self, key: str, parts: Sequence[BlobProperties]) -> str:
        """The name of the part to add to, made where it is not there."""
        if parts and (parts[-1].append_blob_committed_block_count or 0) < self._blocks:
            return str(parts[-1].name)
        name = f"{key}.{len(parts):04d}.jsonl"
        client = self._container.get_blob_client(name)
        client.create_append_blob(content_settings=LINES, match_condition=MatchConditions.IfMissing)
        return name

    def lengths(self, prefix: str) -> Mapping[str, int]:
        """How many entries the ledgers under `prefix` have, as their newest parts say; raises Unavailable."""
        with reaching(f"listing ledgers under {prefix}"):
            blobs = self._container.list_blobs(name_starts_with=prefix, include=["metadata"])
            return {blob.name.split(".")[0]: int((blob.metadata or {}).get("entries", 0)) for blob in blobs}
