"""What a long-running operation does: it takes its time, then takes effect or fails with the reason."""

import asyncio
import re
from typing import Any

from local.cloud.assets import Assets, AssetVersion
from local.cloud.endpoints import Deployment, Document, Endpoint, Endpoints
from local.cloud.images import pull
from local.cloud.refusals import invalid
from local.cloud.registry import Registry
from local.cloud.serving import ModelStore
from local.cloud.witness import Witness

ASSET_ID = re.compile(r"(?:.*/)?(?P<name>[^/]+)/versions/(?P<version>[^/]+)")


class Provisioning:
    """Takes endpoints and deployments to what was asked; a deployment takes `seconds`, an endpoint a third of it."""

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        assets: dict[str, Assets],
        registry: Registry,
        login_servers: frozenset[str],
        store: ModelStore,
        witness: Witness,
        seconds: float,
    ) -> None:
        self._endpoints = endpoints
        self._assets = assets
        self._registry = registry
        self._login_servers = login_servers
        self._store = store
        self._witness = witness
        self._seconds = seconds

    async def put_endpoint(self, endpoint: Endpoint, body: Document) -> None:
        """Applies `body`; until then reads show the traffic as it was. Raises Refusal when it fits no more."""
        created = endpoint.state == "Creating"
        await asyncio.sleep(self._seconds / 3)
        try:
            self._endpoints.apply(endpoint, body)
        except Exception:
            endpoint.state = "Failed"
            raise
        maps = {"traffic": dict(endpoint.traffic), "mirror": dict(endpoint.mirror)}
        self._witness.saw("endpoint-created" if created else "traffic-written", endpoint=endpoint.name, **maps)

    async def delete_endpoint(self, endpoint: Endpoint) -> None:
        """Removes the endpoint with its deployments."""
        await asyncio.sleep(self._seconds / 3)
        for deployment in endpoint.deployments.values():
            self._saw_deployment("deleted", deployment)
        self._endpoints.remove(endpoint)
        self._witness.saw("endpoint-deleted", endpoint=endpoint.name)

    async def put_deployment(self, deployment: Deployment) -> None:
        """Pulls the image and loads the model; an update that fails leaves the model that served before."""
        self._saw_deployment("create-started", deployment)
        try:
            await asyncio.sleep(self._seconds)
            digest = self._pull_image(deployment)
            model = self._model(deployment)
            predictor = await asyncio.to_thread(self._store.load, str(model.properties.get("modelUri")))
        except Exception as error:
            deployment.state = "Failed"
            deployment.logs.append(f"Failed: {error}")
            self._saw_deployment("create-failed", deployment, error=str(error))
            raise
        deployment.predictor, deployment.state = predictor, "Succeeded"
        deployment.logs.append(f"Serving {model.name}:{model.version} in image {digest}")
        details = {"model": model.name, "version": model.version, "image": digest}
        self._saw_deployment("create-succeeded", deployment, **details)

    async def delete_deployment(self, endpoint: Endpoint, deployment: Deployment) -> None:
        """Removes the deployment."""
        await asyncio.sleep(self._seconds / 3)
        endpoint.deployments.pop(deployment.name, None)
        self._saw_deployment("deleted", deployment)

    def _pull_image(self, deployment: Deployment) -> str | None:
        environment_id = deployment.body["properties"].get("environmentId")
        if not environment_id:
            raise invalid(f"{deployment.label} has no environment: name one with an image.")
        environment = self._asset("environments", environment_id)
        image = environment.properties.get("image")
        if not image:
            raise invalid(f"The environment {environment.name}:{environment.version} has no image.")
        return pull(self._registry, self._login_servers, image)

    def _model(self, deployment: Deployment) -> AssetVersion:
        model_id = deployment.body["properties"].get("model")
        if not model_id:
            raise invalid(f"{deployment.label} has no model: name one by its ARM id.")
        return self._asset("models", model_id)

    def _asset(self, kind: str, arm_id: str) -> AssetVersion:
        match = ASSET_ID.fullmatch(arm_id)
        if match is None:
            raise invalid(f"{arm_id!r} is not an ARM id of the form …/{kind}/NAME/versions/VERSION.")
        return self._assets[kind].get(match["name"], match["version"])

    def _saw_deployment(self, what: str, deployment: Deployment, **details: Any) -> None:
        names = {"endpoint": deployment.endpoint, "deployment": deployment.name}
        self._witness.saw(f"deployment-{what}", **names, **details)
