"""The workspace itself, its datastore, and its models, environments, data and components, as ARM resources."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

from aiohttp import web

from local.cloud.arm import LOCATION, WORKSPACE_PATH, read_resource, resource, workspace_id
from local.cloud.assets import DATASTORE, Asset, Assets, AssetVersion
from local.cloud.events import ModelEvents
from local.cloud.refusals import not_found
from local.cloud.witness import Witness

KINDS = "{kind:models|environments|data|components}"


class AssetRoutes:
    """Serves the versioned assets of the workspace."""

    def __init__(self, assets: dict[str, Assets], container: str, events: ModelEvents, witness: Witness) -> None:
        self._assets = assets
        self._container = container
        self._events = events
        self._witness = witness

    def routes(self) -> list[web.RouteDef]:
        """All routes of this page."""
        asset = f"{WORKSPACE_PATH}/{KINDS}/{{name}}"
        return [
            web.get(WORKSPACE_PATH, self._workspace),
            web.get(WORKSPACE_PATH + "/datastores", self._list_datastores),
            web.get(WORKSPACE_PATH + "/datastores/{name}", self._get_datastore),
            web.get(f"{WORKSPACE_PATH}/{KINDS}", self._list_assets),
            web.get(asset, self._get_asset),
            web.put(asset, self._put_asset),
            web.get(asset + "/versions", self._list_versions),
            web.get(asset + "/versions/{version}", self._get_version),
            web.put(asset + "/versions/{version}", self._put_version),
        ]

    async def _workspace(self, request: web.Request) -> web.Response:
        host = f"{request.scheme}://{request.host}"
        name = request.match_info["workspace"]
        properties = {"friendlyName": name, "discoveryUrl": f"{host}/discovery", "provisioningState": "Succeeded"}
        return web.json_response(resource(workspace_id(request), "", properties, location=LOCATION, tags={}))

    async def _list_datastores(self, request: web.Request) -> web.Response:
        return web.json_response({"value": [self._datastore(request)]})

    async def _get_datastore(self, request: web.Request) -> web.Response:
        if request.match_info["name"] != DATASTORE:
            raise not_found(f"datastores/{request.match_info['name']}")
        return web.json_response(self._datastore(request))

    def _datastore(self, request: web.Request) -> dict[str, Any]:
        properties = {
            "datastoreType": "AzureBlob",
            "accountName": "devstoreaccount1",
            "containerName": self._container,
            "protocol": "https",
            "endpoint": "core.windows.net",
            "isDefault": True,
            "credentials": {"credentialsType": "None"},
            "properties": {},
            "tags": {},
        }
        return resource(f"{workspace_id(request)}/datastores/{DATASTORE}", "datastores", properties)

    async def _list_assets(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        assets = self._assets[kind].names(_view(request))
        return web.json_response({"value": [_asset_body(request, kind, asset) for asset in assets]})

    async def _get_asset(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        return web.json_response(_asset_body(request, kind, self._assets[kind].asset(request.match_info["name"])))

    async def _put_asset(self, request: web.Request) -> web.Response:
        kind, name = request.match_info["kind"], request.match_info["name"]
        properties = (await read_resource(request))["properties"]
        return web.json_response(_asset_body(request, kind, self._assets[kind].put_asset(name, properties, _now())))

    async def _list_versions(self, request: web.Request) -> web.Response:
        """Newest first whatever `$orderBy` says: the SDK asks for no other order."""
        kind = request.match_info["kind"]
        versions = self._assets[kind].newest_first(request.match_info["name"], _view(request))
        top = int(request.query["$top"]) if "$top" in request.query else None
        return web.json_response({"value": [_version_body(request, kind, v) for v in islice(versions, top)]})

    async def _get_version(self, request: web.Request) -> web.Response:
        part = request.match_info
        version = self._assets[part["kind"]].get(part["name"], part["version"])
        return web.json_response(_version_body(request, part["kind"], version))

    async def _put_version(self, request: web.Request) -> web.Response:
        part, body = request.match_info, await read_resource(request)
        assets = self._assets[part["kind"]]
        is_new = assets.put(part["name"], part["version"], body["properties"], _now())
        version = assets.get(part["name"], part["version"])
        if is_new and assets.kind == "models":
            self._registered(request, version)
        return web.json_response(_version_body(request, part["kind"], version), status=201 if is_new else 200)

    def _registered(self, request: web.Request, model: AssetVersion) -> None:
        self._witness.saw("model-registered", model=model.name, version=model.version)
        self._events.registered(workspace_id(request), model)


def _asset_body(request: web.Request, kind: str, asset: Asset) -> dict[str, Any]:
    computed = {"latestVersion": asset.latest, "nextVersion": asset.next, "provisioningState": "Succeeded"}
    properties = {"isArchived": False, "properties": {}, "tags": {}, **asset.properties, **computed}
    arm_id = f"{workspace_id(request)}/{kind}/{asset.name}"
    return resource(arm_id, kind, properties, systemData=_system_data(asset.created, asset.created))


def _version_body(request: web.Request, kind: str, version: AssetVersion) -> dict[str, Any]:
    defaults: dict[str, Any] = {"isArchived": False, "isAnonymous": False, "properties": {}, "tags": {}}
    if kind == "models":
        defaults["flavors"] = {}
    given = {key: value for key, value in version.properties.items() if value is not None}
    properties = {**defaults, **given, "provisioningState": "Succeeded"}
    arm_id = f"{workspace_id(request)}/{kind}/{version.name}/versions/{version.version}"
    return resource(arm_id, f"{kind}/versions", properties, systemData=_system_data(version.created, version.modified))


def _system_data(created: datetime, modified: datetime) -> dict[str, str]:
    times = {"createdAt": created.isoformat(), "lastModifiedAt": modified.isoformat()}
    return {"createdBy": "local", "createdByType": "Application", "lastModifiedBy": "local", **times}


def _view(request: web.Request) -> str:
    return request.query.get("listViewType", "ActiveOnly")


def _now() -> datetime:
    return datetime.now(UTC)
