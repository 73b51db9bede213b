"""What all Azure Resource Manager routes of the workspace share: their path, their ids and who may call them."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from local.cloud.identity import MANAGEMENT, Identity
from local.cloud.refusals import Refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOCATION = "westeurope"
PROVIDER = "Microsoft.MachineLearningServices"
WORKSPACE_PATH = (
    "/subscriptions/{subscription}/{groups:(?i:resourceGroups)}/{group}"
    f"/providers/{PROVIDER}/workspaces/{{workspace}}"
)


def workspace_id(request: web.Request) -> str:
    """The ARM id of the workspace as the caller names it: every name is the one workspace."""
    part = request.match_info
    group = f"/subscriptions/{part['subscription']}/resourceGroups/{part['group']}"
    return f"{group}/providers/{PROVIDER}/workspaces/{part['workspace']}"


def resource(arm_id: str, kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An ARM resource; `kind` is its type below the workspace, such as `onlineEndpoints`."""
    name = arm_id.rpartition("/")[2]
    return {"id": arm_id, "name": name, "type": f"{PROVIDER}/workspaces/{kind}", "properties": properties, **more}


async def read_resource(request: web.Request) -> dict[str, Any]:
    """The body of a PUT. Raises Refusal 400 unless it is a JSON object with an object `properties`."""
    try:
        body = await request.json()
    except ValueError as error:
        raise Refusal(400, "BadArgument", f"The body of {request.path} is not JSON: {error}.") from error
    if not isinstance(body, dict) or not isinstance(body.get("properties"), dict):
        raise Refusal(400, "BadArgument", f"The body of {request.path} has no properties object.")
    return body


def only_with_token(identity: Identity) -> Any:
    """A middleware that lets only management tokens through to `/subscriptions/…`."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        authorization = request.headers.get("Authorization")
        if request.path.startswith("/subscriptions/") and not identity.admits(authorization, MANAGEMENT):
            raise Refusal(
                401, "InvalidAuthenticationToken", "A bearer token for https://management.azure.com is needed."
            )
        return await handler(request)

    return guard


@web.middleware
async def refusals_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers a Refusal in the shape its service uses."""
    try:
        return await handler(request)
    except Refusal as refusal:
        await request.read()
        return web.json_response(refusal.body(), status=refusal.status)
