"""Online endpoints and their deployments, with the rules the real service enforces; in memory and without a clock."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from local.cloud.collecting import Collected
from local.cloud.refusals import busy, invalid, not_found

Document = dict[str, Any]

NAME = re.compile(r"[a-z](?:-?[a-z0-9])*")
IN_PROGRESS = frozenset({"Creating", "Updating", "Deleting"})
MAX_DEPLOYMENTS = 20
MAX_MIRROR = 50


class Predictor(Protocol):
    """A loaded model."""

    def predict(self, rows: list[Any], columns: list[str] | None) -> list[Any]:
        """Predictions for `rows`; raises ValueError or a runtime's own error when they do not fit the model."""

    def collected(self, rows: list[Any], columns: list[str] | None, predictions: list[Any]) -> Collected | None:
        """What the model collects of a request with its predictions, None for one that collects nothing."""


@dataclass
class Deployment:
    """One deployment: `body` is the ARM resource as last put, `state` its provisioningState."""

    name: str
    endpoint: str
    body: Document
    created: datetime
    state: str = "Creating"
    predictor: Predictor | None = None
    logs: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"onlineEndpoints/{self.endpoint}/deployments/{self.name}"


@dataclass
class Endpoint:
    """One endpoint: percentages by deployment name in `traffic` (sum 0 or 100) and `mirror` (one entry at most)."""

    name: str
    body: Document
    keys: dict[str, str]
    created: datetime
    state: str = "Creating"
    traffic: dict[str, int] = field(default_factory=dict)
    mirror: dict[str, int] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"onlineEndpoints/{self.name}"

    def deployment(self, name: str) -> Deployment:
        """The deployment called `name`. Raises Refusal 404."""
        try:
            return self.deployments[name]
        except KeyError:
            raise not_found(f"{self.label}/deployments/{name}") from None


class Endpoints:
    """All endpoints of the workspace. A `begin_*` marks the resource as in progress and refuses what is not allowed."""

    def __init__(self) -> None:
        self._endpoints: dict[str, Endpoint] = {}

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(list(self._endpoints.values()))

    def get(self, name: str) -> Endpoint:
        """The endpoint called `name`. Raises Refusal 404."""
        try:
            return self._endpoints[name]
        except KeyError:
            raise not_found(f"onlineEndpoints/{name}") from None

    def begin_put(self, name: str, body: Document, keys: dict[str, str], now: datetime) -> Endpoint:
        """Creates or updates an endpoint; its traffic changes only in `apply`. Raises Refusal 400 or 409."""
        check_name("endpoint", name)
        endpoint = self._endpoints.get(name) or Endpoint(name, body, keys, now, state="")
        _refuse_if_busy(endpoint)
        check_traffic(endpoint, *traffic_of(body))
        endpoint.state = "Updating" if name in self._endpoints else "Creating"
        self._endpoints[name] = endpoint
        return endpoint

    def apply(self, endpoint: Endpoint, body: Document) -> None:
        """Makes `body` what the endpoint is; without traffic it zeroes it. Raises Refusal 400 if it no longer fits."""
        traffic, mirror = traffic_of(body)
        check_traffic(endpoint, traffic, mirror)
        endpoint.body, endpoint.traffic, endpoint.mirror, endpoint.state = body, traffic, mirror, "Succeeded"

    def begin_delete(self, name: str) -> Endpoint | None:
        """Marks the endpoint as going; None when there is none. Raises Refusal 409."""
        endpoint = self._endpoints.get(name)
        if endpoint is not None:
            _refuse_if_busy(endpoint)
            for deployment in endpoint.deployments.values():
                _refuse_if_busy(deployment)
            endpoint.state = "Deleting"
        return endpoint

    def remove(self, endpoint: Endpoint) -> None:
        """Forgets the endpoint and all of its deployments."""
        self._endpoints.pop(endpoint.name, None)

    def begin_put_deployment(self, endpoint: Endpoint, name: str, body: Document, now: datetime) -> Deployment:
        """Creates or updates a deployment; it serves once provisioned. Raises Refusal 400 or 409."""
        check_name("deployment", name)
        if endpoint.state in ("Creating", "Deleting"):
            raise busy(endpoint.label, endpoint.state)
        existing = endpoint.deployments.get(name)
        if existing is None and len(endpoint.deployments) >= MAX_DEPLOYMENTS:
            raise invalid(f"{endpoint.label} has {MAX_DEPLOYMENTS} deployments, the most it can: delete one first.")
        deployment = existing or Deployment(name, endpoint.name, body, now, state="")
        _refuse_if_busy(deployment)
        deployment.state, deployment.body = "Updating" if existing else "Creating", body
        endpoint.deployments[name] = deployment
        return deployment

    def begin_delete_deployment(self, endpoint: Endpoint, name: str) -> Deployment | None:
        """Marks the deployment as going; None when there is none. Raises Refusal 400 while it has traffic, or 409."""
        deployment = endpoint.deployments.get(name)
        if deployment is None:
            return None
        _refuse_if_busy(deployment)
        share = endpoint.traffic.get(name, 0) or endpoint.mirror.get(name, 0)
        if share > 0:
            raise invalid(f"{deployment.label} has {share} % of the traffic: set its traffic to 0 before deleting it.")
        deployment.state = "Deleting"
        return deployment


def check_name(kind: str, name: str) -> None:
    """Raises Refusal 400 unless `name` is 3–32 of a–z, 0–9 and single dashes, starting with a letter."""
    if not (3 <= len(name) <= 32 and NAME.fullmatch(name)):
        rule = "3–32 lower-case letters, digits and single dashes, starting with a letter"
        raise invalid(f"The {kind} name {name!r} is not allowed: use {rule}.")


def traffic_of(body: Mapping[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Traffic and mirror traffic of an endpoint's body, without zeroes. Raises Refusal 400 for anything but 0–100."""
    properties = body["properties"]
    return _shares(properties.get("traffic")), _shares(properties.get("mirrorTraffic"))


def _shares(percentages: Mapping[str, Any] | None) -> dict[str, int]:
    for name, share in (percentages or {}).items():
        if type(share) is not int or not 0 <= share <= 100:
            raise invalid(f"The traffic of {name!r} is {share!r}: give a whole number from 0 to 100.")
    return {name: share for name, share in (percentages or {}).items() if share}


def check_traffic(endpoint: Endpoint, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> None:
    """Raises Refusal 400 unless the maps obey the service's rules for this endpoint as it is now."""
    total = sum(traffic.values())
    if total not in (0, 100):
        raise invalid(f"The traffic of {endpoint.label} sums to {total}: make it 0 or 100.")
    _check_mirror(endpoint, traffic, mirror)
    for name in (*traffic, *mirror):
        deployment = endpoint.deployments.get(name)
        if deployment is None or deployment.state != "Succeeded":
            state = deployment.state if deployment else "missing"
            raise invalid(f"Traffic names {endpoint.label}/deployments/{name}, which is {state}: it must be Succeeded.")


def _check_mirror(endpoint: Endpoint, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> None:
    if len(mirror) > 1 or any(share > MAX_MIRROR for share in mirror.values()):
        raise invalid(f"Mirror traffic of {endpoint.label} is {dict(mirror)}: one deployment, at most {MAX_MIRROR} %.")
    if both := set(mirror) & set(traffic):
        raise invalid(f"{sorted(both)} of {endpoint.label} would be both live and mirrored: choose one.")
    if mirror and endpoint.body["properties"].get("compute"):
        raise invalid(f"{endpoint.label} is on Kubernetes, where traffic cannot be mirrored.")


def _refuse_if_busy(resource: Endpoint | Deployment) -> None:
    if resource.state in IN_PROGRESS:
        raise busy(resource.label, resource.state)
