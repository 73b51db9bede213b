"""The traffic of one endpoint and the rules of who may change it to what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The single writer's document: who holds the traffic, what it shall be and what it was last seen to be.

    `model` is the one model whose versions it serves. `holder` is the key of the release that may change the traffic,
    "" for nobody; `epoch` grows with every taking; `writing` says that a write of the traffic was begun and not
    read back yet. `live` is the deployment of the champion and `previous` that of the one before, "" for none,
    which stays deployed until `kept_until` (seconds since the epoch).
    """

    name: str
    model: str = ""
    holder: str = ""
    epoch: int = 0
    writing: bool = False
    live: str = ""
    previous: str = ""
    kept_until: float = 0.0
    desired: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    seq: int = 0


class Illegal(ValueError):
    """A traffic map that must never be sent."""


def split(endpoint: Endpoint, deployment: str, weight: int) -> dict[str, int]:
    """The map that gives `deployment` `weight` percent and the live one the rest; all of it when nothing is live."""
    if not endpoint.live or endpoint.live == deployment:
        return {deployment: 100}
    return {deployment: weight, endpoint.live: 100 - weight} if weight < 100 else {deployment: 100}


def restored(endpoint: Endpoint, deployment: str) -> dict[str, int]:
    """The map without `deployment`: all to the healthy side, which is the live one or, if that is it, the one before.

    Empty when no other version was ever live: then nothing healthy is left to serve.
    """
    healthy = endpoint.live if endpoint.live != deployment else endpoint.previous
    return {healthy: 100} if healthy else {}


def checked(weights: Mapping[str, int], ready: frozenset[str]) -> dict[str, int]:
    """`weights` without zeros; raises Illegal unless they are integers 0–100 that sum to 100 on ready deployments.

    The empty map is legal: it withdraws a first version that has no healthy one before it.
    """
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= 100:
            raise Illegal(f"weight {weight!r} of {name} is not an integer 0–100")
        if weight and name not in ready:
            raise Illegal(f"deployment {name} is not ready to serve")
    if weights and sum(weights.values()) != 100:
        raise Illegal(f"weights {dict(weights)} sum to {sum(weights.values())}, not 100")
    return {name: weight for name, weight in weights.items() if weight}


def taken(endpoint: Endpoint, holder: str, model: str) -> Endpoint:
    """The endpoint in the hands of the release `holder` of `model`, under a new epoch unless it already was.

    Raises Illegal when the endpoint serves another model.
    """
    if endpoint.model not in ("", model):
        raise Illegal(f"endpoint {endpoint.name} serves model {endpoint.model}; give {model} an endpoint of its own")
    if endpoint.holder == holder:
        return endpoint
    return replace(endpoint, model=model, holder=holder, epoch=endpoint.epoch + 1)


def promoted(endpoint: Endpoint, deployment: str, kept_until: float) -> Endpoint:
    """The endpoint with `deployment` live, the one before kept in mind and deployed, and free for the next release."""
    previous = endpoint.previous if endpoint.live == deployment else endpoint.live
    return replace(endpoint, live=deployment, previous=previous, kept_until=kept_until, holder="")


def forgotten(endpoint: Endpoint, deployment: str) -> Endpoint:
    """The endpoint without `deployment` as the one to fall back to, because it is about to be deleted."""
    return replace(endpoint, previous="") if endpoint.previous == deployment else endpoint


def withdrawn(endpoint: Endpoint, deployment: str) -> Endpoint:
    """The endpoint after a roll-back of `deployment`: the one before is live again if that was live; free."""
    free = replace(forgotten(endpoint, deployment), holder="")
    return replace(free, live=free.previous, previous="") if free.live == deployment else free


def adopted(endpoint: Endpoint, serving: Mapping[str, int]) -> Endpoint:
    """The endpoint as Gatehouse finds it: a deployment that served before it came is live, the largest if several."""
    if endpoint.seq or endpoint.live or not serving:
        return endpoint
    return replace(endpoint, live=max(sorted(serving), key=lambda name: serving[name]))
