"""The scoring address: who may call, which deployment answers, and what the caller gets when the model fails."""

import asyncio
import json
import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local.cloud.collecting import Collected
from local.cloud.endpoints import Deployment, Endpoint, Endpoints
from local.cloud.identity import SCORING, Identity
from local.cloud.refusals import Refusal
from local.cloud.telemetry import ScoredRequest, Telemetry

DEPLOYMENT_HEADER = "azureml-model-deployment"
MODEL_STATUS_HEADER = "ms-azureml-model-error-statuscode"


@dataclass(frozen=True)
class Answer:
    """What a deployment said: predictions, or the model's error; `milliseconds` is the time it took."""

    outputs: list[Any] | None
    error: str | None
    milliseconds: float
    collected: Collected | None = None

    @property
    def status(self) -> int:
        return 200 if self.error is None else 424

    @property
    def model_status(self) -> int:
        return 200 if self.error is None else 500

    def body(self) -> bytes:
        """The predictions as a JSON list, or what went wrong."""
        return json.dumps(self.outputs if self.error is None else {"message": self.error}).encode()


class Scoring:
    """Serves `POST /endpoints/<name>/score`; the split is random, seeded by `seed`."""

    def __init__(self, endpoints: Endpoints, identity: Identity, telemetry: Telemetry, seed: int) -> None:
        self._endpoints = endpoints
        self._identity = identity
        self._telemetry = telemetry
        self._random = random.Random(seed)
        self._inference = ThreadPoolExecutor(2, "inference")
        self._mirrored: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """The scoring route."""
        return [web.post("/endpoints/{endpoint}/score", self._score)]

    def close(self) -> None:
        """Stops the inference threads."""
        self._inference.shutdown(cancel_futures=True)

    async def _score(self, request: web.Request) -> web.Response:
        endpoint = self._endpoints.get(request.match_info["endpoint"])
        self._authorise(request, endpoint)
        named = request.headers.get(DEPLOYMENT_HEADER)
        deployment = _named(endpoint, named) if named else self._drawn(endpoint)
        payload, request_id = await request.read(), str(uuid.uuid4())
        answer = await self._ask(deployment, payload)
        self._record(request, request_id, deployment, answer)
        if not named:
            self._mirror(request, request_id, endpoint, payload)
        return _response(deployment, answer, request_id)

    def _authorise(self, request: web.Request, endpoint: Endpoint) -> None:
        authorization = request.headers.get("Authorization")
        key = (authorization or "").removeprefix("Bearer ")
        if key not in endpoint.keys.values() and not self._identity.admits(authorization, SCORING):
            message = f"Scoring {endpoint.label} needs a key of it or a token for {SCORING}."
            raise Refusal(401, "Unauthorized", message)

    def _drawn(self, endpoint: Endpoint) -> Deployment:
        if not endpoint.traffic:
            raise Refusal(404, "NoTraffic", f"{endpoint.label} sends traffic to no deployment: set its traffic.")
        names = sorted(endpoint.traffic)
        chosen = self._random.choices(names, [endpoint.traffic[name] for name in names])[0]
        return endpoint.deployments[chosen]

    async def _ask(self, deployment: Deployment, payload: bytes) -> Answer:
        started = time.perf_counter()
        loop = asyncio.get_running_loop()
        outputs: list[Any] | None = None
        collected = error = None
        try:
            outputs, collected = await loop.run_in_executor(self._inference, _predict, deployment, payload)
        except Exception as caught:  # whatever a model raises is the model's error, and its caller is told
            error = f"{type(caught).__name__}: {caught}"
            deployment.logs.append(error)
        return Answer(outputs, error, (time.perf_counter() - started) * 1000, collected)

    def _mirror(self, request: web.Request, request_id: str, endpoint: Endpoint, payload: bytes) -> None:
        for name, percent in endpoint.mirror.items():
            if self._random.uniform(0, 100) < percent:
                task = asyncio.create_task(self._shadow(request, request_id, endpoint.deployments[name], payload))
                self._mirrored.add(task)
                task.add_done_callback(self._mirrored.discard)

    async def _shadow(self, request: web.Request, request_id: str, deployment: Deployment, payload: bytes) -> None:
        self._record(request, request_id, deployment, await self._ask(deployment, payload))

    def _record(self, request: web.Request, request_id: str, deployment: Deployment, answer: Answer) -> None:
        scored = ScoredRequest(
            time=datetime.now(UTC),
            endpoint=deployment.endpoint,
            deployment=deployment.name,
            status=answer.status,
            model_status=answer.model_status,
            milliseconds=answer.milliseconds,
            request_id=request_id,
            client_request_id=request.headers.get("x-ms-client-request-id"),
            user_agent=request.headers.get("User-Agent", ""),
            request_size=request.content_length or 0,
            response_size=len(answer.body()),
            outputs=answer.outputs,
        )
        self._telemetry.scored(scored)
        if answer.collected:
            self._telemetry.collected(scored, answer.collected)


def _named(endpoint: Endpoint, name: str) -> Deployment:
    deployment = endpoint.deployment(name)
    if deployment.predictor is None:
        raise Refusal(404, "DeploymentNotReady", f"{deployment.label} is {deployment.state} and serves nothing yet.")
    return deployment


def _predict(deployment: Deployment, payload: bytes) -> tuple[list[Any], Collected | None]:
    """The predictions, and what the model collects of the request."""
    predictor = deployment.predictor
    assert predictor is not None, "traffic goes to provisioned deployments only"
    data = json.loads(payload)["input_data"]
    rows, columns = (data["data"], data["columns"]) if isinstance(data, dict) else (data, None)
    outputs = predictor.predict(rows, columns)
    return outputs, predictor.collected(rows, columns, outputs)


def _response(deployment: Deployment, answer: Answer, request_id: str) -> web.Response:
    headers = {DEPLOYMENT_HEADER: deployment.name, "x-ms-request-id": request_id}
    if answer.error is not None:
        headers |= {MODEL_STATUS_HEADER: str(answer.model_status), "ms-azureml-model-error-reason": "model_error"}
    body = answer.body()
    return web.Response(body=body, status=answer.status, headers=headers, content_type="application/json")
