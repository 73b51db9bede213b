"""Versioned assets of the workspace (models, data and others), in memory and without a clock."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.cloud.refusals import Refusal, not_found

Document = dict[str, Any]

DATASTORE = "workspaceblobstore"  # the only one, and the default
PATH_FIELDS = (
    "modelUri",
    "image",
    "dataUri",
    "componentSpec",
)  # what makes a version that version: never changed afterwards


@dataclass
class AssetVersion:
    """One version of an asset: its ARM `properties` as last written, and when it was created and last modified."""

    name: str
    version: str
    properties: Document
    created: datetime
    modified: datetime

    @property
    def archived(self) -> bool:
        return bool(self.properties.get("isArchived"))


@dataclass
class Asset:
    """All versions of one name, oldest first."""

    name: str
    created: datetime
    properties: Document = field(default_factory=dict)
    versions: dict[str, AssetVersion] = field(default_factory=dict)

    @property
    def latest(self) -> str | None:
        """The version created last, or None when there is none."""
        return next(reversed(self.versions), None)

    @property
    def next(self) -> str:
        """One more than the greatest numeric version; "1" at first."""
        return str(max((int(v) for v in self.versions if v.isdecimal()), default=0) + 1)


class Assets:
    """The assets of one kind, by name; `kind` is the plural of the ARM path, such as `models`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._assets: dict[str, Asset] = {}

    def put(self, name: str, version: str, properties: Document, now: datetime) -> bool:
        """Writes one version and says whether it is new. Raises Refusal 400 when its path would change."""
        asset = self._assets.setdefault(name, Asset(name, now))
        existing = asset.versions.get(version)
        if existing is None:
            asset.versions[version] = AssetVersion(name, version, properties, now, now)
            return True
        self._refuse_changed_path(existing, properties)
        existing.properties, existing.modified = properties, now
        return False

    def _refuse_changed_path(self, existing: AssetVersion, properties: Document) -> None:
        for key in PATH_FIELDS:
            before, after = existing.properties.get(key), properties.get(key)
            if before is not None and before != after:
                where = f"{self.kind}/{existing.name}/versions/{existing.version}"
                message = f"{key} of {where} is {before!r} and cannot become {after!r}: register a new version."
                raise Refusal(400, "UserError", message)

    def get(self, name: str, version: str) -> AssetVersion:
        """One version. Raises Refusal 404."""
        try:
            return self.asset(name).versions[version]
        except KeyError:
            raise not_found(f"{self.kind}/{name}/versions/{version}") from None

    def asset(self, name: str) -> Asset:
        """All versions of `name`. Raises Refusal 404."""
        try:
            return self._assets[name]
        except KeyError:
            raise not_found(f"{self.kind}/{name}") from None

    def put_asset(self, name: str, properties: Document, now: datetime) -> Asset:
        """Writes what is said about all versions (tags, archived) and returns the asset."""
        asset = self._assets.setdefault(name, Asset(name, now))
        asset.properties = properties
        return asset

    def names(self, view: str) -> Iterator[Asset]:
        """Assets in the order of creation; `view` is ActiveOnly, ArchivedOnly or All."""
        return (asset for asset in self._assets.values() if _shown(bool(asset.properties.get("isArchived")), view))

    def newest_first(self, name: str, view: str) -> Iterator[AssetVersion]:
        """Versions of `name`, the last created first. Raises Refusal 404."""
        return (v for v in reversed(self.asset(name).versions.values()) if _shown(v.archived, view))


def _shown(archived: bool, view: str) -> bool:
    return view == "All" or archived == (view == "ArchivedOnly")
