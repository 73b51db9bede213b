"""The model registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """A model version as its registry knows it; `path` names its folder, `created_by` who registered it."""

    path: str
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobView:
    """One file of a model: path inside its folder, size in bytes, checksum or tag of its content."""

    path: str
    size: int
    checksum: str


class Models(Protocol):
    """The model registry and the storage behind it."""

    def model(self, name: str, version: str) -> ModelView | None:
        """The model version, or None; raises Unavailable."""

    def image_of(self, environment: str) -> str | None:
        """The image that the environment `name:version` names, or None; raises Unavailable."""

    def files(self, path: str, limit: int) -> Sequence[BlobView]:
        """At most `limit` files of the model folder `path`; raises Impossible for a path of elsewhere, Unavailable."""

    def read(self, path: str, file: str, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of one file from `offset` on; raises Impossible when it is not there, Unavailable."""
