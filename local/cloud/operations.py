"""Long-running operations: work that goes on after the answer, and the address where a client looks for its end."""

import asyncio
import sys
import traceback
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from local.cloud.refusals import Refusal, not_found

POLL_MILLISECONDS = "50"


@dataclass
class Operation:
    """One operation: `status` is InProgress, Succeeded or Failed, the last with an `error`."""

    id: str
    status: str = "InProgress"
    error: dict[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """The JSON a poller reads."""
        return {"id": self.id, "name": self.id, "status": self.status} | ({"error": self.error} if self.error else {})


class Operations:
    """Runs operations on the current loop and remembers how they ended."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> Operation:
        """Runs `work`; a Refusal it raises becomes the operation's error, anything else an InternalServerError."""
        operation = Operation(uuid.uuid4().hex)
        self._operations[operation.id] = operation
        task = asyncio.create_task(_run(operation, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return operation

    async def close(self) -> None:
        """Abandons what still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def headers(self, request: web.Request, operation: Operation) -> dict[str, str]:
        """What tells a client where to poll, and how often."""
        subscription = request.match_info["subscription"]
        provider = f"{request.scheme}://{request.host}/subscriptions/{subscription}/providers"
        address = f"{provider}/Microsoft.MachineLearningServices/locations/local/operations/{operation.id}"
        return {"Azure-AsyncOperation": address, "Location": address, "x-ms-retry-after-ms": POLL_MILLISECONDS}

    def routes(self) -> list[web.RouteDef]:
        """Where operations are polled."""
        path = "/subscriptions/{subscription}/providers/{provider}/locations/{location}/operations/{id}"
        return [web.get(path, self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        operation = self._operations.get(request.match_info["id"])
        if operation is None:
            raise not_found(f"operations/{request.match_info['id']}")
        return web.json_response(operation.body(), headers={"x-ms-retry-after-ms": POLL_MILLISECONDS})


async def _run(operation: Operation, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Refusal as refusal:
        operation.status, operation.error = "Failed", refusal.body()["error"]
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        operation.status, operation.error = "Failed", {"code": "InternalServerError", "message": repr(error)}
    else:
        operation.status = "Succeeded"
