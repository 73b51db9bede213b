"""Online endpoints and deployments as ARM resources, created and changed by long-running operations."""

import secrets
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local.cloud.arm import LOCATION, WORKSPACE_PATH, read_resource, resource, workspace_id
from local.cloud.endpoints import Deployment, Endpoint, Endpoints
from local.cloud.identity import SCORING, Identity
from local.cloud.operations import Operation, Operations
from local.cloud.provisioning import Provisioning
from local.cloud.refusals import invalid


class EndpointRoutes:
    """Serves the endpoints of the workspace; `provisioning` does what goes on after the answer."""

    def __init__(
        self, endpoints: Endpoints, provisioning: Provisioning, operations: Operations, identity: Identity
    ) -> None:
        self._endpoints = endpoints
        self._provisioning = provisioning
        self._operations = operations
        self._identity = identity

    def routes(self) -> list[web.RouteDef]:
        """All routes of this page."""
        endpoint = WORKSPACE_PATH + "/onlineEndpoints/{endpoint}"
        deployment = endpoint + "/deployments/{deployment}"
        return [
            web.get(WORKSPACE_PATH + "/onlineEndpoints", self._list_endpoints),
            web.get(endpoint, self._get_endpoint),
            web.put(endpoint, self._put_endpoint),
            web.delete(endpoint, self._delete_endpoint),
            web.post(endpoint + "/listKeys", self._list_keys),
            web.post(endpoint + "/token", self._token),
            web.get(endpoint + "/deployments", self._list_deployments),
            web.get(deployment, self._get_deployment),
            web.put(deployment, self._put_deployment),
            web.delete(deployment, self._delete_deployment),
            web.post(deployment + "/getLogs", self._get_logs),
        ]

    # --- endpoints ---

    async def _list_endpoints(self, request: web.Request) -> web.Response:
        return web.json_response({"value": [_endpoint_body(request, endpoint) for endpoint in self._endpoints]})

    async def _get_endpoint(self, request: web.Request) -> web.Response:
        return web.json_response(_endpoint_body(request, self._endpoint(request)))

    async def _put_endpoint(self, request: web.Request) -> web.Response:
        body = await read_resource(request)
        keys = {"primaryKey": secrets.token_urlsafe(32), "secondaryKey": secrets.token_urlsafe(32)}
        endpoint = self._endpoints.begin_put(request.match_info["endpoint"], body, keys, _now())
        operation = self._operations.start(self._provisioning.put_endpoint(endpoint, body))
        return self._accepted(request, _endpoint_body(request, endpoint), operation, endpoint.state)

    async def _delete_endpoint(self, request: web.Request) -> web.Response:
        endpoint = self._endpoints.begin_delete(request.match_info["endpoint"])
        if endpoint is None:
            return web.Response(status=204)
        operation = self._operations.start(self._provisioning.delete_endpoint(endpoint))
        return web.Response(status=202, headers=self._operations.headers(request, operation))

    async def _list_keys(self, request: web.Request) -> web.Response:
        endpoint = self._endpoint(request)
        if endpoint.body["properties"].get("authMode", "Key") != "Key":
            raise invalid(f"{endpoint.label} does not use keys: ask for a token instead.")
        return web.json_response(endpoint.keys)

    async def _token(self, request: web.Request) -> web.Response:
        self._endpoint(request)
        token, expires = self._identity.issue(SCORING)
        times = {"expiryTimeUtc": expires, "refreshAfterTimeUtc": expires - 3600}
        return web.json_response({"accessToken": token, "tokenType": "Bearer", **times})

    # --- deployments ---

    async def _list_deployments(self, request: web.Request) -> web.Response:
        deployments = self._endpoint(request).deployments.values()
        return web.json_response({"value": [_deployment_body(request, deployment) for deployment in deployments]})

    async def _get_deployment(self, request: web.Request) -> web.Response:
        return web.json_response(_deployment_body(request, self._deployment(request)))

    async def _put_deployment(self, request: web.Request) -> web.Response:
        body, endpoint, name = await read_resource(request), self._endpoint(request), request.match_info["deployment"]
        deployment = self._endpoints.begin_put_deployment(endpoint, name, body, _now())
        operation = self._operations.start(self._provisioning.put_deployment(deployment))
        return self._accepted(request, _deployment_body(request, deployment), operation, deployment.state)

    async def _delete_deployment(self, request: web.Request) -> web.Response:
        endpoint = self._endpoint(request)
        deployment = self._endpoints.begin_delete_deployment(endpoint, request.match_info["deployment"])
        if deployment is None:
            return web.Response(status=204)
        operation = self._operations.start(self._provisioning.delete_deployment(endpoint, deployment))
        return web.Response(status=202, headers=self._operations.headers(request, operation))

    async def _get_logs(self, request: web.Request) -> web.Response:
        deployment = self._deployment(request)
        tail = (await request.json()).get("tail") or len(deployment.logs)
        return web.json_response({"content": "\n".join(deployment.logs[-tail:])})

    def _endpoint(self, request: web.Request) -> Endpoint:
        return self._endpoints.get(request.match_info["endpoint"])

    def _deployment(self, request: web.Request) -> Deployment:
        return self._endpoint(request).deployment(request.match_info["deployment"])

    def _accepted(self, request: web.Request, body: dict[str, Any], operation: Operation, state: str) -> web.Response:
        headers = self._operations.headers(request, operation)
        return web.json_response(body, status=201 if state == "Creating" else 200, headers=headers)


def _endpoint_body(request: web.Request, endpoint: Endpoint) -> dict[str, Any]:
    address = f"https://127.0.0.1:{request.url.port}/endpoints/{endpoint.name}"
    computed = {
        "provisioningState": endpoint.state,
        "scoringUri": f"{address}/score",
        "swaggerUri": f"{address}/swagger.json",
        "traffic": endpoint.traffic,
        "mirrorTraffic": endpoint.mirror,
    }
    properties = {"authMode": "Key", "properties": {}, **_given(endpoint.body), **computed}
    arm_id = f"{workspace_id(request)}/onlineEndpoints/{endpoint.name}"
    more = {key: endpoint.body[key] for key in ("identity", "kind") if endpoint.body.get(key)}
    kind = "onlineEndpoints"
    return resource(arm_id, kind, properties, location=LOCATION, tags=endpoint.body.get("tags") or {}, **more)


def _deployment_body(request: web.Request, deployment: Deployment) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "endpointComputeType": "Managed",
        "scaleSettings": {"scaleType": "Default"},
        "properties": {},
    }
    properties = {**defaults, **_given(deployment.body), "provisioningState": deployment.state}
    if properties["endpointComputeType"] == "Kubernetes":
        properties.setdefault("containerResourceRequirements", {})
    arm_id = f"{workspace_id(request)}/onlineEndpoints/{deployment.endpoint}/deployments/{deployment.name}"
    sku = deployment.body.get("sku") or {"name": "Default", "capacity": 1}
    kind, tags = "onlineEndpoints/deployments", deployment.body.get("tags") or {}
    return resource(arm_id, kind, properties, location=LOCATION, tags=tags, sku=sku)


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body["properties"].items() if value is not None}


def _now() -> datetime:
    return datetime.now(UTC)
