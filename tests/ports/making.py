"""Endpoints and deployments brought to where a claim about them begins, and the chance to catch them changing."""

from collections.abc import Callable

from shared.ports import Conflict
from tests.ports.side import Side, unique


def made_endpoint(side: Side) -> str:
    """An endpoint that is ready."""
    name = unique()
    side.endpoints.create_endpoint(name)
    side.settle(name)
    return name


def made_deployments(side: Side, *names: str) -> str:
    """An endpoint with deployments that are ready, without traffic."""
    endpoint = made_endpoint(side)
    for name in names:
        side.endpoints.create_deployment(side.spec(endpoint, name))
    side.settle(endpoint)
    return endpoint


def traffic_of(side: Side, endpoint: str) -> dict[str, int]:
    """What the endpoint serves now."""
    view = side.endpoints.endpoint(endpoint)
    assert view is not None
    return dict(view.traffic)


def give(side: Side, endpoint: str, **weights: int) -> None:
    """Write the traffic and wait until it is there."""
    side.endpoints.set_traffic(endpoint, weights)
    side.settle(endpoint)


def state_of(side: Side, endpoint: str, deployment: str) -> str:
    """The state of the deployment, "" when there is none."""
    view = side.endpoints.deployment(endpoint, deployment)
    return view.state if view else ""


def in_time(attempt: Callable[[], bool]) -> bool:
    """Whether one of five attempts is true: real changes take 0.1 to 0.3 s, which a busy machine may miss."""
    return any(attempt() for _ in range(5))


def conflicts(change: Callable[[], None]) -> bool:
    """Whether the change is refused because another one is under way."""
    try:
        change()
    except Conflict:
        return True
    return False
