"""HTTP triggers and the host's administration endpoint, on aiohttp."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from local.host.routes import Route, RouteTable
from local.host.timers import Timer
from local.host.worker import Worker

_LOG = logging.getLogger("local.host")
_MAX_BODY = 100 * 1024 * 1024
_COMPUTED_HEADERS = frozenset({"content-length", "transfer-encoding"})


def web_application(worker: Worker, prefix: str, timers: Mapping[str, Timer]) -> web.Application:
    """Build the aiohttp application that answers for every HTTP-triggered function of `worker`.

    Raises StartError when a route cannot be compiled.
    """
    front = _Front(worker, prefix, timers)
    application = web.Application(client_max_size=_MAX_BODY)
    application.router.add_post("/admin/functions/{name}", front.run_now)
    application.router.add_route("*", "/{path:.*}", front.answer)
    return application


class _Front:
    def __init__(self, worker: Worker, prefix: str, timers: Mapping[str, Timer]) -> None:
        self._worker = worker
        self._timers = timers
        self._now_running: set[asyncio.Task[None]] = set()
        functions = [function for function in worker.functions if function.kind == "httpTrigger"]
        self._routes = RouteTable(Route.of(function, prefix) for function in functions)

    async def answer(self, request: web.Request) -> web.Response:
        found = self._routes.match(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=404)
        function, parameters = found
        datum = _request_datum(request, await request.read(), parameters)
        # Shielded: on the platform a caller that hangs up does not stop the function.
        outcome = await asyncio.shield(self._worker.invoke(function, datum, {}))
        return _response(outcome.value) if outcome.ok else web.Response(status=500)

    async def run_now(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        timer = self._timers.get(name)
        if timer is None:
            return web.Response(status=404, text=f"There is no timer {name}; timers: {', '.join(self._timers)}.")
        task = asyncio.create_task(timer.fire())
        self._now_running.add(task)
        task.add_done_callback(self._now_running.discard)
        return web.Response(status=202)


def _request_datum(request: web.Request, body: bytes, parameters: Mapping[str, str]) -> Any:
    from azure_functions_runtime.bindings.datumdef import Datum

    value = {
        "method": Datum(request.method, "string"),
        "url": Datum(str(request.url), "string"),
        "headers": _strings(_joined(request.headers.items(), lower=True)),
        "query": _strings(_joined(request.query.items(), lower=False)),
        "params": _strings(parameters),
        "body": Datum(body, "bytes"),
    }
    return Datum(value, "http")


def _joined(pairs: Any, *, lower: bool) -> dict[str, str]:
    """Repeated names become one value, joined by commas, as the platform hands them over."""
    joined: dict[str, str] = {}
    for original, value in pairs:
        name = original.lower() if lower else original
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _strings(values: Mapping[str, str]) -> dict[str, Any]:
    from azure_functions_runtime.bindings.datumdef import Datum

    return {name: Datum(value, "string") for name, value in values.items()}


def _response(datum: Any) -> web.Response:
    if datum is None:
        return web.Response(status=204)
    if datum.type != "http":
        return web.Response(text=str(datum.value))
    value = datum.value
    response = web.Response(status=int(value["status_code"].value), body=value["body"].value)
    for name, header in value["headers"].items():
        if name.lower() not in _COMPUTED_HEADERS:
            response.headers[name] = header.value
    for cookie in value["cookies"] or []:
        for morsel in cookie.values():
            response.headers.add("Set-Cookie", morsel.OutputString())
    return response
