"""Drives the platform's own Python worker core: indexes the app and invokes its functions in this process."""

import asyncio
import logging
import os
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local.host import protos
from local.host.failures import StartError
from local.host.functions import Function, function_of

_LOG = logging.getLogger("local.host")


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended; `value` is the Datum of its return value, if any; `error` the exception as text."""

    ok: bool
    value: Any = None
    error: str = ""


class Worker:
    """The app's functions, ready to be invoked; make one with `load`."""

    def __init__(self, functions: list[Function]) -> None:
        self.functions = functions
        self._running: dict[str, str] = {}

    @classmethod
    async def load(cls, app: Path) -> "Worker":
        """Import and index `function_app.py` of the folder `app`, which becomes the current folder.

        Raises StartError when it is not there, cannot be imported, or has functions this host cannot run.
        """
        if not (app / "function_app.py").is_file():
            raise StartError(f"There is no function_app.py in {app}: name the app's folder with --app.")
        _prepare_process(app)
        results = await _index(app)
        return cls([function_of(metadata) for metadata in results])

    @property
    def running(self) -> int:
        """How many invocations are running now."""
        return len(self._running)

    def function_name(self) -> str | None:
        """The function whose invocation the calling thread or task belongs to, or None."""
        from azure_functions_runtime import invocation_id_cv

        return self._running.get(invocation_id_cv.get() or "")

    async def invoke(self, function: Function, data: Any, metadata: Mapping[str, Any], retry: int = 0) -> Outcome:
        """Invoke `function` once with a Datum and its trigger metadata; `retry` is 0 for the first try.

        Never raises for what the function did: that is in the Outcome, and in the log.
        """
        from azure_functions_runtime.native_invocation import invocation_request_native

        invocation = str(uuid.uuid4())
        self._running[invocation] = function.name
        limit = function.retry.limit if function.retry else 0
        try:
            ok, value, _, error, trace = await invocation_request_native(
                invocation,
                function.id,
                [(function.argument, data)],
                metadata,
                retry_count=retry,
                max_retry_count=limit,
            )
        finally:
            del self._running[invocation]
        if not ok:
            _LOG.error("%s failed: %s\n%s", function.name, error, trace)
        return Outcome(ok, value, error or "")

    async def persist(self, function: Function, data: Any, metadata: Mapping[str, Any]) -> Outcome:
        """Invoke `function`, and again by its retry policy while it fails; returns the last Outcome."""
        outcome = await self.invoke(function, data, metadata)
        retry = 1
        while not outcome.ok and function.retry and function.retry.allows(retry):
            await asyncio.sleep(function.retry.delay(retry))
            outcome = await self.invoke(function, data, metadata, retry)
            retry += 1
        return outcome


def _prepare_process(app: Path) -> None:
    # With CONTAINER_NAME the core would take the path of a worker inside Azure.
    os.environ.pop("CONTAINER_NAME", None)
    os.environ.setdefault("PYTHON_THREADPOOL_THREAD_COUNT", "16")
    os.chdir(app)
    sys.path.insert(0, str(app))


async def _index(app: Path) -> list[Any]:
    from azure_functions_runtime import functions_metadata_request, start_threadpool_executor, worker_init_request

    start_threadpool_executor()
    content = SimpleNamespace(worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=str(app)))
    request = SimpleNamespace(request=content, properties={"host": "127.0.0.1", "protos": protos})
    answer = await worker_init_request(request)
    if answer.result.status != protos.StatusResult.Success:
        failure = answer.result.exception
        raise StartError(f"function_app.py of {app} cannot be indexed: {failure.message}\n{failure.stack_trace}")
    return list((await functions_metadata_request(request)).function_metadata_results or [])
