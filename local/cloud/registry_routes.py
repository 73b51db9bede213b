"""The registry over HTTP: the OCI distribution calls, and the vendor's own calls for properties and locks."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local.cloud.identity import Identity
from local.cloud.refusals import RegistryRefusal
from local.cloud.registry import Entry, Registry, Repository, digest_of, is_digest
from local.cloud.registry_access import RegistryAccess
from local.cloud.registry_bodies import manifest_body, repository_body, tag_body
from local.cloud.witness import Witness

V1 = "/acr/v1/{repository:.+}"
V2 = "/v2/{repository:.+}"


class RegistryRoutes:
    """Serves one Registry; every call but the token exchange needs an access token of that exchange."""

    def __init__(self, registry: Registry, identity: Identity, witness: Witness) -> None:
        self._registry = registry
        self._access = RegistryAccess(identity)
        self._witness = witness
        self._uploads: dict[str, bytearray] = {}

    def routes(self) -> list[web.RouteDef]:
        """All routes of the registry."""
        return [*self._access.routes(), *self._distribution_routes(), *self._property_routes()]

    def _distribution_routes(self) -> list[web.RouteDef]:
        guarded = self._access.guarded
        return [
            web.get("/v2/", guarded(_version)),
            web.post(V2 + "/blobs/uploads/", guarded(self._start_upload)),
            web.patch(V2 + "/blobs/uploads/{upload}", guarded(self._append)),
            web.put(V2 + "/blobs/uploads/{upload}", guarded(self._complete_upload)),
            web.get(V2 + "/blobs/{digest}", guarded(self._get_blob)),
            web.get(V2 + "/manifests/{reference}", guarded(self._get_manifest)),
            web.put(V2 + "/manifests/{reference}", guarded(self._put_manifest)),
            web.delete(V2 + "/manifests/{reference}", guarded(self._delete_manifest)),
        ]

    def _property_routes(self) -> list[web.RouteDef]:
        guarded = self._access.guarded
        return [
            web.get("/acr/v1/_catalog", guarded(self._catalog)),
            web.get(V1 + "/_manifests", guarded(self._list_manifests)),
            web.get(V1 + "/_manifests/{digest}", guarded(self._manifest_properties)),
            web.patch(V1 + "/_manifests/{digest}", guarded(self._lock_manifest)),
            web.get(V1 + "/_tags", guarded(self._list_tags)),
            web.get(V1 + "/_tags/{tag}", guarded(self._tag_properties)),
            web.patch(V1 + "/_tags/{tag}", guarded(self._lock_tag)),
            web.delete(V1 + "/_tags/{tag}", guarded(self._delete_tag)),
            web.get(V1, guarded(self._repository_properties)),
            web.patch(V1, guarded(self._lock_repository)),
            web.delete(V1, guarded(self._delete_repository)),
        ]

    # --- blobs ---

    async def _start_upload(self, request: web.Request) -> web.Response:
        name, mount, source = request.match_info["repository"], request.query.get("mount"), request.query.get("from")
        if mount and source and mount in self._registry.repository(source).blobs:
            self._registry.add_blob(name, self._registry.repository(source).blob(mount), _now())
            return _stored(request, mount)
        upload = uuid.uuid4().hex
        self._uploads[upload] = bytearray()
        return web.Response(status=202, headers=_upload_headers(name, upload, 0))

    async def _append(self, request: web.Request) -> web.Response:
        content = self._upload(request)
        content += await request.read()
        headers = _upload_headers(request.match_info["repository"], request.match_info["upload"], len(content))
        return web.Response(status=202, headers=headers)

    async def _complete_upload(self, request: web.Request) -> web.Response:
        content = bytes(self._upload(request) + await request.read())
        wanted = request.query.get("digest")
        if wanted != digest_of(content):
            raise RegistryRefusal(400, "DIGEST_INVALID", f"The blob's digest is {digest_of(content)}, not {wanted}.")
        digest = self._registry.add_blob(request.match_info["repository"], content, _now())
        del self._uploads[request.match_info["upload"]]
        return _stored(request, digest)

    def _upload(self, request: web.Request) -> bytearray:
        upload = self._uploads.get(request.match_info["upload"])
        if upload is None:
            raise RegistryRefusal(404, "BLOB_UPLOAD_UNKNOWN", "There is no such upload: start it again.")
        return upload

    async def _get_blob(self, request: web.Request) -> web.Response:
        digest = request.match_info["digest"]
        content = self._repository(request).blob(digest)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if wanted is None:
            return web.Response(body=content, headers={"Docker-Content-Digest": digest})
        first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
        headers = {"Docker-Content-Digest": digest, "Content-Range": f"bytes {first}-{last}/{len(content)}"}
        return web.Response(status=206, body=content[first : last + 1], headers=headers)

    # --- manifests ---

    async def _get_manifest(self, request: web.Request) -> web.Response:
        manifest = self._repository(request).pull(request.match_info["reference"])
        headers = {"Docker-Content-Digest": manifest.digest, "Content-Type": manifest.media_type}
        return web.Response(body=manifest.content, headers=headers)

    async def _put_manifest(self, request: web.Request) -> web.Response:
        name, reference = request.match_info["repository"], request.match_info["reference"]
        repository = self._registry.opened(name, _now())
        manifest = repository.push(reference, await request.read(), request.content_type, _now())
        tag = None if is_digest(reference) else reference
        self._witness.saw("image-pushed", repository=name, digest=manifest.digest, tag=tag)
        headers = {"Docker-Content-Digest": manifest.digest, "Location": f"/v2/{name}/manifests/{manifest.digest}"}
        return web.Response(status=201, headers=headers)

    async def _delete_manifest(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        removed = repository.delete_manifest(request.match_info["reference"])
        self._witness.saw("image-deleted", repository=repository.name, digest=removed.digest)
        return web.Response(status=202)

    async def _list_manifests(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        shown = [m for m in repository.manifests.values() if m.locks["listEnabled"]]
        bodies = [manifest_body(repository, manifest) for manifest in shown]
        return _described(request, repository, "manifests", bodies)

    async def _manifest_properties(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        manifest = repository.manifest(request.match_info["digest"])
        return _described(request, repository, "manifest", manifest_body(repository, manifest))

    async def _lock_manifest(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        manifest = repository.manifest(request.match_info["digest"])
        await self._lock(request, repository, manifest, digest=manifest.digest)
        return _described(request, repository, "manifest", manifest_body(repository, manifest))

    # --- tags ---

    async def _list_tags(self, request: web.Request) -> web.Response:
        repository, digest = self._repository(request), request.query.get("digest")
        tags = repository.tags_of(digest) if digest else repository.tags.values()
        return _described(request, repository, "tags", [tag_body(t) for t in tags if t.locks["listEnabled"]])

    async def _tag_properties(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        return _described(request, repository, "tag", tag_body(repository.tag(request.match_info["tag"])))

    async def _lock_tag(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        tag = repository.tag(request.match_info["tag"])
        await self._lock(request, repository, tag, tag=tag.name, digest=tag.digest)
        return _described(request, repository, "tag", tag_body(tag))

    async def _delete_tag(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        tag = repository.delete_tag(request.match_info["tag"])
        self._witness.saw("tag-deleted", repository=repository.name, tag=tag.name, digest=tag.digest)
        return web.Response(status=202)

    # --- repositories ---

    async def _catalog(self, _request: web.Request) -> web.Response:
        shown = [name for name, entry in sorted(self._registry.repositories.items()) if entry.locks["listEnabled"]]
        return web.json_response({"repositories": shown})

    async def _repository_properties(self, request: web.Request) -> web.Response:
        return web.json_response(repository_body(request.host, self._repository(request)))

    async def _lock_repository(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        await self._lock(request, repository, repository)
        return web.json_response(repository_body(request.host, repository))

    async def _delete_repository(self, request: web.Request) -> web.Response:
        removed = self._registry.delete_repository(request.match_info["repository"])
        for digest in removed.manifests:
            self._witness.saw("image-deleted", repository=removed.name, digest=digest)
        return web.json_response({"manifestsDeleted": list(removed.manifests)}, status=202)

    def _repository(self, request: web.Request) -> Repository:
        return self._registry.repository(request.match_info["repository"])

    async def _lock(self, request: web.Request, repository: Repository, entry: Entry, **names: Any) -> None:
        entry.lock(await request.json(), _now())
        self._witness.saw("image-locked", repository=repository.name, **names, locks=dict(entry.locks))


async def _version(_request: web.Request) -> web.Response:
    return web.json_response({})


def _upload_headers(repository: str, upload: str, size: int) -> dict[str, str]:
    location = f"/v2/{repository}/blobs/uploads/{upload}"
    return {"Location": location, "Docker-Upload-UUID": upload, "Range": f"0-{max(size - 1, 0)}"}


def _stored(request: web.Request, digest: str) -> web.Response:
    location = f"/v2/{request.match_info['repository']}/blobs/{digest}"
    return web.Response(status=201, headers={"Docker-Content-Digest": digest, "Location": location})


def _described(request: web.Request, repository: Repository, key: str, content: Any) -> web.Response:
    return web.json_response({"registry": request.host, "imageName": repository.name, key: content})


def _now() -> datetime:
    return datetime.now(UTC)
