"""Callers of a served model: a steady stream of real rows to its scoring address."""

import asyncio
import contextlib
import random
import ssl
import threading
from collections import Counter
from types import TracebackType
from typing import Any, Self

import aiohttp
from azure.identity import DefaultAzureCredential

SCORING_SCOPE = "https://ml.azure.com/.default"
TIMEOUT = aiohttp.ClientTimeout(total=10)


class Callers:
    """Sends `rate` requests a second while the `with` block lasts; `answers` counts them by deployment and code."""

    def __init__(self, scoring_uri: str, rows: Any, rate: float, bundle: str, seed: int = 1) -> None:
        self._uri, self._rows, self._pause, self._random = scoring_uri, rows, 1 / rate, random.Random(seed)
        self._tls = ssl.create_default_context(cafile=bundle)
        self._token = DefaultAzureCredential().get_token(SCORING_SCOPE).token
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._call()), name="callers", daemon=True)
        self.answers: Counter[tuple[str, int]] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=15)

    async def _call(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session, asyncio.TaskGroup() as group:
            while not self._stop.is_set():
                group.create_task(self._one(session))
                await asyncio.sleep(self._pause)

    async def _one(self, session: aiohttp.ClientSession) -> None:
        row = [float(value) for value in self._random.choice(self._rows)]
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(self._uri, json={"input_data": [row]}, ssl=self._tls) as answer:
                await answer.read()
                self.answers[answer.headers.get("azureml-model-deployment", "none"), answer.status] += 1
