"""Jobs and computes of the workspace, as ARM resources."""

from typing import Any

from aiohttp import web

from local.cloud.arm import LOCATION, WORKSPACE_PATH, read_resource, resource, workspace_id
from local.cloud.jobs import Job, Jobs
from local.cloud.operations import Operations
from local.cloud.refusals import not_found


class JobRoutes:
    """Serves submitting, reading and cancelling jobs; every name of a compute is this machine."""

    def __init__(self, jobs: Jobs, operations: Operations) -> None:
        self._jobs, self._operations = jobs, operations

    def routes(self) -> list[web.RouteDef]:
        """All routes of this page."""
        job = f"{WORKSPACE_PATH}/jobs/{{name}}"
        return [
            web.put(job, self._put),
            web.get(job, self._get),
            web.post(f"{job}/cancel", self._cancel),
            web.get(f"{WORKSPACE_PATH}/computes/{{name}}", self._compute),
        ]

    async def _put(self, request: web.Request) -> web.Response:
        name, body = request.match_info["name"], await read_resource(request)
        new = self._jobs.get(name) is None
        job = self._jobs.put(name, body["properties"])
        return web.json_response(_body(request, job), status=201 if new else 200)

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(_body(request, self._found(request)))

    async def _cancel(self, request: web.Request) -> web.Response:
        operation = self._operations.start(self._jobs.cancel(self._found(request)))
        return web.Response(status=202, headers=self._operations.headers(request, operation))

    async def _compute(self, request: web.Request) -> web.Response:
        arm_id = f"{workspace_id(request)}/computes/{request.match_info['name']}"
        properties = {"computeType": "AmlCompute", "provisioningState": "Succeeded", "properties": {}}
        return web.json_response(resource(arm_id, "computes", properties, location=LOCATION))

    def _found(self, request: web.Request) -> Job:
        job = self._jobs.get(request.match_info["name"])
        if job is None:
            raise not_found(f"jobs/{request.match_info['name']}")
        return job


def _body(request: web.Request, job: Job) -> dict[str, Any]:
    outputs = {**(job.properties.get("outputs") or {}), **job.outputs}
    computed = {"status": job.status, "outputs": outputs, "services": {}}
    defaults = {"tags": {}, "properties": {}, "experimentName": "Default"}
    given = {key: value for key, value in job.properties.items() if value is not None}
    return resource(f"{workspace_id(request)}/jobs/{job.name}", "jobs", {**defaults, **given, **computed})
