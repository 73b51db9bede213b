"""Online endpoints in memory: every change is an operation that takes time, and traffic is what was written last."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.ports import Answer, Clock, Conflict, DeploymentSpec, DeploymentView, EndpointView, Impossible
from tests.simulated.faults import Faults

OPERATION_SECONDS = 20.0
READY = "Succeeded"


@dataclass(slots=True)
class Deployed:
    """A deployment and when its creation (`ready_at`) or its deletion (`gone_at`, 0 for none) is over."""

    spec: DeploymentSpec
    ready_at: float
    fails: str = ""
    gone_at: float = 0.0


@dataclass(slots=True)
class Host:
    """An endpoint; until `busy_until` a change of it is under way, and `coming` is the traffic that it brings."""

    busy_until: float
    created: bool = False
    traffic: dict[str, int] = field(default_factory=dict)
    coming: dict[str, int] | None = None
    deployments: dict[str, Deployed] = field(default_factory=dict)


class SimulatedEndpoints:
    """Endpoints that refuse illegal traffic and a second change while one is under way.

    Each operation takes `operation_seconds`; `failing` says why a deployment can not be made and `answers` what it
    says to a sample, by its name; `made` is every deployment ever asked for; every traffic write that is accepted is
    shown to `watchers`, and `illegal` says why others were refused.
    """

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock, self._faults = clock, faults
        self._hosts: dict[str, Host] = {}
        self.operation_seconds = OPERATION_SECONDS
        self.failing: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}
        self.illegal: list[str] = []
        self.made: list[tuple[str, str]] = []
        self.specs: list[DeploymentSpec] = []
        self.watchers: list[Callable[[str, Mapping[str, int]], None]] = []

    def _host(self, name: str) -> Host | None:
        """The endpoint with everything that is over by now carried out."""
        host, now = self._hosts.get(name), self._clock.now()
        if host is None:
            return None
        if host.coming is not None and host.busy_until <= now:
            host.traffic, host.coming = host.coming, None
        for gone in [key for key, each in host.deployments.items() if 0 < each.gone_at <= now]:
            del host.deployments[gone]
        return host

    def endpoint(self, name: str) -> EndpointView | None:
        """The endpoint, or None."""
        with self._faults.around("endpoints.endpoint"):
            host = self._host(name)
            if host is None:
                return None
            busy = host.busy_until > self._clock.now()
            state = ("Updating" if host.created else "Creating") if busy else READY
            host.created = host.created or not busy
            return EndpointView(name=name, state=state, scoring_uri=f"https://{name}", traffic=dict(host.traffic))

    def create_endpoint(self, name: str) -> None:
        """Start making an endpoint; raises Conflict while that is under way."""
        with self._faults.around("endpoints.create_endpoint"):
            if name in self._hosts:
                raise Conflict(f"endpoint {name} is there already")
            self._hosts[name] = Host(self._clock.now() + self.operation_seconds)

    def deployment(self, endpoint: str, name: str) -> DeploymentView | None:
        """The deployment, or None."""
        with self._faults.around("endpoints.deployment"):
            return next((view for view in self._views(endpoint) if view.name == name), None)

    def deployments(self, endpoint: str) -> Sequence[DeploymentView]:
        """All deployments of the endpoint."""
        with self._faults.around("endpoints.deployments"):
            return self._views(endpoint)

    def _views(self, endpoint: str) -> list[DeploymentView]:
        host = self._host(endpoint)
        return [self._view(name, each) for name, each in host.deployments.items()] if host else []

    def _view(self, name: str, deployed: Deployed) -> DeploymentView:
        if deployed.gone_at:
            return DeploymentView(name=name, state="Deleting")
        if deployed.ready_at > self._clock.now():
            return DeploymentView(name=name, state="Creating")
        return DeploymentView(name=name, state="Failed" if deployed.fails else READY, error=deployed.fails)

    def create_deployment(self, spec: DeploymentSpec) -> None:
        """Start making a deployment; raises Conflict while a change of it or of its endpoint is under way."""
        with self._faults.around("endpoints.create_deployment"):
            host = self._free(spec.endpoint)
            if spec.name in host.deployments:
                raise Conflict(f"deployment {spec.name} is there already")
            ready = self._clock.now() + self.operation_seconds
            host.deployments[spec.name] = Deployed(spec, ready, self.failing.get(spec.name, ""))
            self.made.append((spec.endpoint, spec.name))
            self.specs.append(spec)

    def delete_deployment(self, endpoint: str, name: str) -> None:
        """Start deleting a deployment; raises Impossible while it has traffic, Conflict while it changes."""
        with self._faults.around("endpoints.delete_deployment"):
            if endpoint not in self._hosts:
                return
            host = self._free(endpoint)
            deployed = host.deployments.get(name)
            if deployed is None:
                return
            if host.traffic.get(name):
                raise Impossible(f"deployment {name} has traffic")
            if deployed.gone_at or deployed.ready_at > self._clock.now():
                raise Conflict(f"deployment {name} is being changed")
            deployed.gone_at = self._clock.now() + self.operation_seconds

    def set_traffic(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """Start writing the traffic; raises Conflict while another change is under way, Impossible when illegal."""
        with self._faults.around("endpoints.set_traffic"):
            host = self._free(endpoint)
            if problem := self._problem(endpoint, weights):
                self.illegal.append(problem)
                raise Impossible(problem)
            host.coming = {name: weight for name, weight in weights.items() if weight}
            host.busy_until = self._clock.now() + self.operation_seconds
            for watch in self.watchers:
                watch(endpoint, dict(weights))

    def _problem(self, endpoint: str, weights: Mapping[str, int]) -> str:
        ready = {view.name for view in self._views(endpoint) if view.state == READY}
        missing = sorted(name for name, weight in weights.items() if weight and name not in ready)
        if sum(weights.values()) not in (0, 100) or any(not 0 <= weight <= 100 for weight in weights.values()):
            return f"weights {dict(weights)} do not sum to 0 or 100"
        return f"deployments {', '.join(missing)} are not ready" if missing else ""

    def score(self, endpoint: EndpointView, deployment: str, body: bytes) -> Answer:
        """What `answers` holds for the deployment, else 200 or 424 by the body; 404 for one that is not there."""
        with self._faults.around("endpoints.score"):
            ready = any(view.name == deployment and view.state == READY for view in self._views(endpoint.name))
            if not ready:
                return Answer(code=404, latency_ms=1.0, detail=f"there is no deployment {deployment}")
            return self.answers.get(deployment) or _usual_answer(body)

    def serving(self, endpoint: str) -> dict[str, int]:
        """The traffic of the endpoint now, for looking at it from outside; empty for an unknown one."""
        host = self._host(endpoint)
        return dict(host.traffic) if host else {}

    def names(self) -> list[str]:
        """Every endpoint."""
        return sorted(self._hosts)

    def _free(self, endpoint: str) -> Host:
        host = self._host(endpoint)
        if host is None:
            raise Impossible(f"there is no endpoint {endpoint}")
        if host.busy_until > self._clock.now():
            raise Conflict(f"a change of endpoint {endpoint} is under way")
        return host


def _usual_answer(body: bytes) -> Answer:
    """What a model says that takes `{"input_data": …}`."""
    if b'"input_data"' not in body:
        return Answer(code=424, latency_ms=12.0, detail="the body has no input_data")
    return Answer(code=200, latency_ms=12.0, detail="")
