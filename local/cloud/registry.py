"""The container registry's state: blobs, manifests, tags and the locks on them; in memory and without a clock."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.cloud.refusals import RegistryRefusal

LOCKS = ("readEnabled", "writeEnabled", "deleteEnabled", "listEnabled")


def _unlocked() -> dict[str, bool]:
    return dict.fromkeys(LOCKS, True)


@dataclass
class Entry:
    """What has locks: a repository, a manifest or a tag. `label` names it in messages."""

    label: str
    created: datetime
    updated: datetime
    locks: dict[str, bool] = field(default_factory=_unlocked)

    def allow(self, *needed: str) -> None:
        """Raises RegistryRefusal 405 when one of the `needed` locks (names out of LOCKS) is closed."""
        for lock in needed:
            if not self.locks[lock]:
                message = f"The operation is disallowed on {self.label}: its {lock} is false; unlock it first."
                raise RegistryRefusal(405, "UNSUPPORTED", message)

    def lock(self, changes: dict[str, Any], now: datetime) -> None:
        """Sets the locks named in `changes`. Raises RegistryRefusal 400 for a value that is not a boolean."""
        for name, value in changes.items():
            if name not in LOCKS or not isinstance(value, bool):
                raise RegistryRefusal(400, "INVALID", f"{name}={value!r}: set booleans out of {', '.join(LOCKS)}.")
        self.locks.update(changes)
        self.updated = now


@dataclass
class Manifest(Entry):
    """An image's manifest as it was pushed, byte for byte."""

    digest: str = ""
    content: bytes = b""
    media_type: str = ""

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.content))

    @property
    def size(self) -> int:
        """Bytes of the image: its manifest, configuration and layers."""
        parts = (*self.document.get("layers", ()), self.document.get("config", {}))
        return len(self.content) + sum(int(part.get("size", 0)) for part in parts)


@dataclass
class Tag(Entry):
    """A name that points at a manifest and can be moved."""

    name: str = ""
    digest: str = ""


@dataclass
class Repository(Entry):
    """One repository: manifests by digest, tags by name, blobs by digest."""

    name: str = ""
    manifests: dict[str, Manifest] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def tag(self, name: str) -> Tag:
        """The tag called `name`. Raises RegistryRefusal 404."""
        try:
            return self.tags[name]
        except KeyError:
            raise _unknown("MANIFEST_UNKNOWN", f"tag {name} of {self.label}") from None

    def manifest(self, reference: str) -> Manifest:
        """The manifest a digest or tag refers to. Raises RegistryRefusal 404."""
        digest = reference if is_digest(reference) else self.tag(reference).digest
        try:
            return self.manifests[digest]
        except KeyError:
            raise _unknown("MANIFEST_UNKNOWN", f"manifest {digest} of {self.label}") from None

    def pull(self, reference: str) -> Manifest:
        """The manifest, for reading. Raises RegistryRefusal 404, or 405 when reading is locked."""
        manifest = self.manifest(reference)
        entries = [self, manifest] + ([] if is_digest(reference) else [self.tag(reference)])
        for entry in entries:
            entry.allow("readEnabled")
        return manifest

    def blob(self, digest: str) -> bytes:
        """A blob's bytes. Raises RegistryRefusal 404, or 405 when the repository is locked for reading."""
        self.allow("readEnabled")
        try:
            return self.blobs[digest]
        except KeyError:
            raise _unknown("BLOB_UNKNOWN", f"blob {digest} of {self.label}") from None

    def push(self, reference: str, content: bytes, media_type: str, now: datetime) -> Manifest:
        """Stores a manifest and, unless `reference` is its digest, points that tag at it.

        Raises RegistryRefusal 400 for a manifest that is not JSON, lacks its blobs or has another digest than
        `reference`; 405 when the repository, the tag, the manifest it points at or the manifest itself is locked.
        """
        digest = digest_of(content)
        self._check(reference, content, digest)
        for entry in self._touched_by_push(reference, digest):
            entry.allow("writeEnabled")
        label = f"{self.name}@{digest}"
        pushed = Manifest(label, now, now, digest=digest, content=content, media_type=media_type)
        manifest = self.manifests.setdefault(digest, pushed)
        if not is_digest(reference):
            self._point(reference, digest, now)
        self.updated = now
        return manifest

    def _check(self, reference: str, content: bytes, digest: str) -> None:
        if is_digest(reference) and reference != digest:
            raise RegistryRefusal(400, "DIGEST_INVALID", f"The manifest's digest is {digest}, not {reference}.")
        missing = [part for part in _parts(content) if part not in self.blobs and part not in self.manifests]
        if missing:
            raise RegistryRefusal(400, "MANIFEST_BLOB_UNKNOWN", f"{self.label} lacks {missing}: upload them first.")

    def _touched_by_push(self, reference: str, digest: str) -> Iterable[Entry]:
        tag = self.tags.get(reference)
        digests = {digest, tag.digest if tag else digest}
        manifests = (self.manifests[d] for d in digests if d in self.manifests)
        return (self, *manifests, *((tag,) if tag else ()))

    def _point(self, name: str, digest: str, now: datetime) -> None:
        tag = self.tags.setdefault(name, Tag(f"{self.name}:{name}", now, now, name=name))
        tag.digest, tag.updated = digest, now

    def delete_manifest(self, digest: str) -> Manifest:
        """Removes a manifest and its tags. Raises RegistryRefusal 404, or 405 when it or a tag of it is locked."""
        manifest = self.manifest(digest)
        tags = self.tags_of(digest)
        for entry in (self, manifest, *tags):
            entry.allow("deleteEnabled", "writeEnabled")
        for tag in tags:
            del self.tags[tag.name]
        return self.manifests.pop(digest)

    def delete_tag(self, name: str) -> Tag:
        """Removes a tag and leaves its manifest. Raises RegistryRefusal 404, or 405 when it is locked."""
        for entry in (self, self.tag(name)):
            entry.allow("deleteEnabled", "writeEnabled")
        return self.tags.pop(name)

    def tags_of(self, digest: str) -> list[Tag]:
        """The tags that point at `digest`."""
        return [tag for tag in self.tags.values() if tag.digest == digest]


class Registry:
    """All repositories, by name (such as `intake/churn`)."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}

    def repository(self, name: str) -> Repository:
        """The repository called `name`. Raises RegistryRefusal 404."""
        try:
            return self.repositories[name]
        except KeyError:
            raise _unknown("NAME_UNKNOWN", f"repository {name}") from None

    def opened(self, name: str, now: datetime) -> Repository:
        """The repository called `name`, made when it does not exist; for pushing into it."""
        label = f"repository {name}"
        return self.repositories.setdefault(name, Repository(label, now, now, name=name))

    def add_blob(self, repository: str, content: bytes, now: datetime) -> str:
        """Stores a blob and returns its digest. Raises RegistryRefusal 405 when the repository is locked."""
        target = self.opened(repository, now)
        target.allow("writeEnabled")
        digest = digest_of(content)
        target.blobs[digest] = content
        return digest

    def delete_repository(self, name: str) -> Repository:
        """Removes a repository with all it holds. Raises RegistryRefusal 404, or 405 when any of it is locked."""
        repository = self.repository(name)
        for entry in (repository, *repository.manifests.values(), *repository.tags.values()):
            entry.allow("deleteEnabled", "writeEnabled")
        return self.repositories.pop(name)


def digest_of(content: bytes) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def is_digest(reference: str) -> bool:
    """Whether a reference is a digest and not a tag (which cannot hold a colon)."""
    return ":" in reference


def _parts(content: bytes) -> list[str]:
    try:
        document = json.loads(content)
        parts = [document.get("config"), *document.get("layers", ()), *document.get("manifests", ())]
        return [part["digest"] for part in parts if part]
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise RegistryRefusal(400, "MANIFEST_INVALID", f"The manifest is not one: {error!r}.") from error


def _unknown(code: str, what: str) -> RegistryRefusal:
    return RegistryRefusal(404, code, f"There is no {what}: push it first, or check its name.")
