"""Copies inside the registry, as Azure Resource Manager starts them: by digest, with all that an image is made of."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local.cloud.operations import Operations
from local.cloud.refusals import Refusal, RegistryRefusal
from local.cloud.registry import Registry, Repository, is_digest
from local.cloud.witness import Witness

PATH = (
    "/subscriptions/{subscription}/{groups:(?i:resourceGroups)}/{group}"
    "/providers/Microsoft.ContainerRegistry/registries/{registry}/importImage"
)
COPY_SECONDS = 0.05


class RegistryImports:
    """Serves `importImage` for images of this registry itself; only by digest, and only without a tag."""

    def __init__(self, registry: Registry, operations: Operations, witness: Witness) -> None:
        self._registry, self._operations, self._witness = registry, operations, witness

    def routes(self) -> list[web.RouteDef]:
        """The one route."""
        return [web.post(PATH, self._import)]

    async def _import(self, request: web.Request) -> web.Response:
        source, digest, targets = _asked(await _read(request))
        with _as_management():
            self._registry.repository(source).pull(digest)
        operation = self._operations.start(self._copy(source, digest, targets))
        return web.Response(status=202, headers=self._operations.headers(request, operation))

    async def _copy(self, source: str, digest: str, targets: list[str]) -> None:
        await asyncio.sleep(COPY_SECONDS)
        for name in targets:
            now = datetime.now(UTC)
            with _as_management():
                copied(self._registry.repository(source), self._registry.opened(name, now), digest, now)
            self._witness.saw("image-imported", source=source, repository=name, digest=digest)


def copied(source: Repository, target: Repository, digest: str, now: datetime) -> None:
    """Copies a manifest with its blobs, and the manifests it lists; raises RegistryRefusal when a lock forbids it."""
    manifest = source.pull(digest)
    document = manifest.document
    for part in document.get("manifests", ()):
        copied(source, target, part["digest"], now)
    for part in (document.get("config"), *document.get("layers", ())):
        if part:
            target.blobs[part["digest"]] = source.blob(part["digest"])
    target.push(digest, manifest.content, manifest.media_type, now)


@contextmanager
def _as_management() -> Iterator[None]:
    """What the registry refuses, in the shape that Azure Resource Manager gives it."""
    try:
        yield
    except RegistryRefusal as refusal:
        raise Refusal(refusal.status, refusal.code, refusal.message) from refusal


async def _read(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise Refusal(400, "BadArgument", f"The body of {request.path} is not JSON: {error}.") from error
    return body if isinstance(body, dict) else {}


def _asked(body: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Repository and digest of the source, and the repositories to copy to. Raises Refusal 400."""
    source, digest = str(body.get("source", {}).get("sourceImage", "")).partition("@")[::2]
    targets = body.get("untaggedTargetRepositories")
    if not source or not is_digest(digest) or not isinstance(targets, list) or not targets:
        message = "Give source.sourceImage as repository@sha256:… and untaggedTargetRepositories; tags are not known."
        raise Refusal(400, "BadArgument", message)
    return source, digest, [str(target) for target in targets]
