"""Online endpoints with their deployments and traffic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentView:
    """A deployment as it is now; `state` is the service's own word (Creating, Succeeded, Failed …)."""

    name: str
    state: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """An online endpoint as it is now: traffic in percent by deployment, zeros left out."""

    name: str
    state: str
    scoring_uri: str
    traffic: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpec:
    """What to deploy: a model version in its environment, but on exactly this image; `instances` of a type."""

    endpoint: str
    name: str
    model: str
    version: str
    environment: str
    image: str
    instance_type: str
    instances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a deployment answered; `code` is HTTP's, `detail` the start of the body when it is not 200."""

    code: int
    latency_ms: float
    detail: str


class Endpoints(Protocol):
    """Online endpoints; every change only starts here, and is looked at again later."""

    def endpoint(self, name: str) -> EndpointView | None:
        """The endpoint, or None; raises Unavailable."""

    def create_endpoint(self, name: str) -> None:
        """Start making an endpoint; raises Conflict when it is there or being changed, Impossible, Unavailable."""

    def deployment(self, endpoint: str, name: str) -> DeploymentView | None:
        """The deployment, or None; raises Unavailable."""

    def deployments(self, endpoint: str) -> Sequence[DeploymentView]:
        """All deployments of the endpoint; raises Unavailable."""

    def create_deployment(self, spec: DeploymentSpec) -> None:
        """Start making a deployment; raises Conflict when it is there or being changed, Impossible, Unavailable."""

    def delete_deployment(self, endpoint: str, name: str) -> None:
        """Start deleting a deployment; one that is gone is fine. Raises Conflict, Impossible, Unavailable."""

    def set_traffic(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """Start writing the whole traffic map; raises Conflict, Impossible, Unavailable."""

    def score(self, endpoint: EndpointView, deployment: str, body: bytes) -> Answer:
        """Send `body` to one deployment; an answer of any code, code 0 for none. Raises Unavailable."""
