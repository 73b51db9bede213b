"""Azure Machine Learning's online endpoints: every change is only started here, its poller dropped."""

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import requests
from azure.ai.ml.entities import Environment, ManagedOnlineDeployment, ManagedOnlineEndpoint

from shared.adapters.azureml_models import ml_client
from shared.adapters.credential import credential
from shared.adapters.errors import found, reaching
from shared.ports import Answer, Conflict, DeploymentSpec, DeploymentView, EndpointView
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

SCORING_SCOPE = "https://ml.azure.com/.default"
SCORING_SECONDS = 30.0


class AzureMLEndpoints:
    """Managed online endpoints of one workspace."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _client(self) -> "MLClient":
        return ml_client(self._settings)

    def endpoint(self, name: str) -> EndpointView | None:
        """The endpoint as it is now, or None; raises Unavailable."""
        endpoint = found(f"reading endpoint {name}", lambda: self._client.online_endpoints.get(name))
        if endpoint is None:
            return None
        traffic = {deployment: int(weight) for deployment, weight in (endpoint.traffic or {}).items() if weight}
        return EndpointView(
            name=endpoint.name,
            state=_plain(endpoint.provisioning_state),
            scoring_uri=endpoint.scoring_uri or "",
            traffic=traffic,
        )

    def create_endpoint(self, name: str) -> None:
        """Start making an endpoint that accepts directory tokens; raises Conflict, Impossible, Unavailable.

        One that is there is a Conflict: writing it again would take its traffic away.
        """
        if self.endpoint(name) is not None:
            raise Conflict(f"endpoint {name} is there already")
        with reaching(f"making endpoint {name}"):
            self._client.online_endpoints.begin_create_or_update(
                ManagedOnlineEndpoint(name=name, auth_mode="aad_token")
            )

    def deployment(self, endpoint: str, name: str) -> DeploymentView | None:
        """The deployment as it is now, or None; raises Unavailable."""
        deployments = self._client.online_deployments
        return found(f"reading deployment {name}", lambda: _viewed(deployments.get(name, endpoint)))

    def deployments(self, endpoint: str) -> Sequence[DeploymentView]:
        """All deployments of the endpoint; raises Unavailable."""
        deployments = self._client.online_deployments
        views = found(f"listing deployments of {endpoint}", lambda: [_viewed(d) for d in deployments.list(endpoint)])
        return views or []

    def create_deployment(self, spec: DeploymentSpec) -> None:
        """Start making a deployment on the image by digest; raises Conflict, Impossible, Unavailable.

        One that is there is a Conflict: writing it again would start it again.
        """
        if self.deployment(spec.endpoint, spec.name) is not None:
            raise Conflict(f"deployment {spec.name} is there already")
        name, _, version = spec.environment.partition(":")
        with reaching(f"making deployment {spec.name}"):
            declared = self._client.environments.get(name=name, version=version)
            deployment = ManagedOnlineDeployment(
                name=spec.name,
                endpoint_name=spec.endpoint,
                model=f"azureml:{spec.model}:{spec.version}",
                environment=Environment(image=spec.image, inference_config=declared.inference_config),
                instance_type=spec.instance_type,
                instance_count=spec.instances,
            )
            self._client.online_deployments.begin_create_or_update(deployment)

    def delete_deployment(self, endpoint: str, name: str) -> None:
        """Start deleting; one that is gone is fine. Raises Conflict, Impossible, Unavailable."""
        deployments = self._client.online_deployments
        found(f"deleting deployment {name}", lambda: deployments.begin_delete(name=name, endpoint_name=endpoint))

    def set_traffic(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """Start writing the whole map: the service knows no ETag here, so only one writer may. Raises as above."""
        with reaching(f"setting the traffic of {endpoint}"):
            current = self._client.online_endpoints.get(endpoint)
            current.traffic = dict(weights)
            self._client.online_endpoints.begin_create_or_update(current)

    def score(self, endpoint: EndpointView, deployment: str, body: bytes) -> Answer:
        """Send `body` to one deployment at the address that the service itself gave; raises Unavailable."""
        with reaching("asking for a scoring token"):
            token = credential().get_token(SCORING_SCOPE).token
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "azureml-model-deployment": deployment,
        }
        started = time.perf_counter()
        try:
            answer = requests.post(
                endpoint.scoring_uri, data=body, headers=headers, timeout=SCORING_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return Answer(code=0, latency_ms=_since(started), detail=type(error).__name__)
        return Answer(code=answer.status_code, latency_ms=_since(started), detail=answer.text[:300])


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _viewed(deployment: Any) -> DeploymentView:
    return DeploymentView(name=deployment.name, state=_plain(deployment.provisioning_state))


def _plain(state: Any) -> str:
    """The service's word: the SDK gives an enumeration for some resources and a text for others."""
    return str(getattr(state, "value", state))
