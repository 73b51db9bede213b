"""The JSON in which the registry describes repositories, manifests and tags."""

from typing import Any

from local.cloud.registry import Entry, Manifest, Repository, Tag


def repository_body(host: str, repository: Repository) -> dict[str, Any]:
    """A repository's properties."""
    counts = {"manifestCount": len(repository.manifests), "tagCount": len(repository.tags)}
    return {"registry": host, "imageName": repository.name, **counts, **_common(repository)}


def manifest_body(repository: Repository, manifest: Manifest) -> dict[str, Any]:
    """A manifest's properties; sizes in bytes."""
    return {
        "digest": manifest.digest,
        "imageSize": manifest.size,
        "mediaType": manifest.media_type,
        "configMediaType": manifest.document.get("config", {}).get("mediaType"),
        "architecture": "amd64",
        "os": "linux",
        "tags": [tag.name for tag in repository.tags_of(manifest.digest)],
        **_common(manifest),
    }


def tag_body(tag: Tag) -> dict[str, Any]:
    """A tag's properties."""
    return {"name": tag.name, "digest": tag.digest, "signed": False, **_common(tag)}


def _common(entry: Entry) -> dict[str, Any]:
    return {
        "createdTime": _time(entry.created.isoformat()),
        "lastUpdateTime": _time(entry.updated.isoformat()),
        "changeableAttributes": entry.locks,
    }


def _time(iso: str) -> str:
    return iso.replace("+00:00", "Z")
