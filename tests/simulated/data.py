"""The storage account in which data arrives, and the register of data assets, in memory."""

from collections.abc import Mapping
from dataclasses import replace

from shared.core.facts import BlobVersion
from shared.ports import Conflict, Impossible
from tests.simulated.faults import Faults

ACCOUNT = "datalake"


class SimulatedData:
    """Blobs whose etag is the number of the write."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._kept: dict[tuple[str, str], tuple[str, bytes, str]] = {}
        self._writes = 0
        self.account = ACCOUNT

    def put(self, container: str, path: str, body: bytes) -> BlobVersion:
        """Let somebody upload a blob."""
        return self._write(container, path, body)

    def _write(self, container: str, path: str, body: bytes, source: str = "") -> BlobVersion:
        self._writes += 1
        etag = f"0x{self._writes:X}"
        self._kept[container, path] = (etag, body, source)
        return BlobVersion(account=self.account, container=container, path=path, etag=etag, size=len(body))

    def body(self, container: str, path: str) -> bytes | None:
        """What lies there, for looking at it from outside the simulation."""
        kept = self._kept.get((container, path))
        return kept[1] if kept else None

    def paths(self, container: str) -> list[str]:
        """Every path in the container."""
        return sorted(path for place, path in self._kept if place == container)

    def look(self, blob: BlobVersion) -> BlobVersion | None:
        """The blob as it is now, or None."""
        with self._faults.around("data.look"):
            kept = self._kept.get((blob.container, blob.path))
            return replace(blob, etag=kept[0], size=len(kept[1])) if kept else None

    def read(self, blob: BlobVersion, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of that content from `offset` on; raises Conflict."""
        with self._faults.around("data.read"):
            return self._content(blob)[offset : offset + limit]

    def _content(self, blob: BlobVersion) -> bytes:
        kept = self._kept.get((blob.container, blob.path))
        if kept is None:
            raise Conflict(f"{blob.name} is not there any more")
        if kept[0] != blob.etag:
            raise Conflict(f"{blob.name} was written again")
        return kept[1]

    def copy(self, blob: BlobVersion, container: str, path: str) -> BlobVersion | None:
        """That content at another place, at once; raises Conflict, Impossible."""
        with self._faults.around("data.copy"):
            there = self._kept.get((container, path))
            if there is None:
                return self._write(container, path, self._content(blob), blob.etag)
            if there[2] != blob.etag:
                raise Impossible(f"{container}/{path} holds another content already")
            return replace(blob, container=container, path=path, etag=there[0], size=len(there[1]))

    def remove(self, blob: BlobVersion) -> None:
        """Delete exactly that content."""
        with self._faults.around("data.remove"):
            kept = self._kept.get((blob.container, blob.path))
            if kept and kept[0] == blob.etag:
                del self._kept[blob.container, blob.path]

    def write(self, container: str, path: str, body: bytes) -> None:
        """Write over whatever is there."""
        with self._faults.around("data.write"):
            self._write(container, path, body)


class SimulatedAssets:
    """Data assets by name and version: where each lies, and its tags."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.known: dict[tuple[str, int], tuple[str, Mapping[str, str]]] = {}

    def register(self, name: str, version: int, blob: BlobVersion, datastore: str, tags: Mapping[str, str]) -> None:
        """Register the blob; raises Impossible when the version is another blob already."""
        with self._faults.around("assets.register"):
            place = f"{datastore}:{blob.name}"
            if self.known.get((name, version), (place,))[0] != place:
                raise Impossible(f"data asset {name}:{version} lies elsewhere already")
            self.known[name, version] = (place, dict(tags))
