"""GitHub's package events: container images published to its registry, by digest."""

from typing import Any

import msgspec

from shared.contracts.registries.notices import Notice, seconds
from shared.contracts.shapes import Name, convert

FORMAT = "github registry_package"
REGISTRY = "ghcr.io"
_CONTAINERS = ("container", "docker")
_ACTIONS = {"published": "push", "updated": "push"}


class _Tag(msgspec.Struct):
    name: str = ""
    digest: str = ""


class _Manifest(msgspec.Struct):
    media_type: str = ""


class _Container(msgspec.Struct):
    tag: _Tag | None = None
    manifest: _Manifest | None = None


class _Version(msgspec.Struct):
    id: int = 0
    version: str = ""
    package_url: str = ""
    container_metadata: _Container | None = None


class Package(msgspec.Struct):
    """A package and the version that the event is about."""

    name: Name
    namespace: str = ""
    ecosystem: str = ""
    package_type: str = ""
    updated_at: str | None = None
    package_version: _Version | None = None


class _Repository(msgspec.Struct):
    full_name: str = ""


class Event(msgspec.Struct):
    """GitHub's body; older hooks call the member `package`."""

    action: str
    registry_package: Package
    repository: _Repository = msgspec.field(default_factory=_Repository)


def read(element: dict[str, Any]) -> Event:
    """The event as it was sent; raises Malformed."""
    if "registry_package" not in element and "package" in element:
        element = {**element, "registry_package": element["package"]}
    return convert(element, Event)


def parse(element: dict[str, Any]) -> Notice:
    """One package event; only containers are images. Raises Malformed."""
    told = read(element)
    package, version = told.registry_package, told.registry_package.package_version or _Version()
    container = version.container_metadata or _Container()
    is_container = package.ecosystem.lower() in _CONTAINERS or package.package_type.lower() in _CONTAINERS
    moment = package.updated_at or ""
    return Notice(
        format=FORMAT,
        source=FORMAT,
        id=f"{told.action} {version.id} {moment}" if version.id else "",
        type=told.action,
        action=_ACTIONS.get(told.action, "other") if is_container else "other",
        element=element,
        registry=REGISTRY,
        repository=_repository(package, version.package_url),
        tag=container.tag.name if container.tag else "",
        digest=version.version,
        time=moment,
        at=seconds(moment, "registry_package.updated_at") if moment else 0.0,
        media_type=container.manifest.media_type if container.manifest else "",
        artifact=package.name,
        version=version.version,
    )


def _repository(package: Package, named: str) -> str:
    """The image's repository, by the name under which it is pulled where the event has that."""
    host, _, rest = named.partition("/")
    path = rest.partition(":")[0] if host == REGISTRY else ""
    return (path or f"{package.namespace}/{package.name}").lower().removeprefix("/")
