"""What somebody else's monitor says about a model: a signal, which is tested again before anything happens."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.core.verdicts import Number

LONGEST = 200
MOST = 40
_WORKSPACE = re.compile(r"/providers/microsoft\.machinelearningservices/workspaces/([^/]+)(?:/|$)", re.IGNORECASE)
_ENDPOINT = re.compile(r"/onlineendpoints/([^/]+)(?:/deployments/([^/]+))?(?:/|$)", re.IGNORECASE)
_LABELS = {
    "model": "model",
    "modelname": "model",
    "endpoint": "endpoint",
    "endpointname": "endpoint",
    "deployment": "deployment",
    "deploymentname": "deployment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a monitor says it looked at, "" for what it does not; `monitors` are the names that it goes by itself."""

    model: str = ""
    endpoint: str = ""
    deployment: str = ""
    workspace: str = ""
    monitors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One monitor's word that something changed, or, when `resolved`, that it is over.

    `identity` is what the source calls this one occurrence, () where it has no name for it. At most MOST `features`
    and MOST `observed` values are kept, numbers finite and texts cut to LONGEST characters.
    """

    source: str
    name: str
    about: About
    identity: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    observed: Mapping[str, Number] = field(default_factory=dict)
    resolved: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name[:LONGEST])
        object.__setattr__(self, "features", _cut(self.features))
        kept = {key[:LONGEST]: _bounded(value) for key, value in self.observed.items() if value is not None}
        object.__setattr__(self, "observed", dict(list(kept.items())[:MOST]))


def number(value: Any) -> float | None:
    """The finite number that `value` is or spells; None for anything else, such as "", "NaN" or true."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def by_labels(about: About, labels: Mapping[str, Any]) -> About:
    """`about` with what `labels` (such as `endpoint`, `ModelName`, `deployment_name`) say in its stead."""
    found: dict[str, Any] = {}
    for key, value in labels.items():
        part = _LABELS.get(re.sub(r"[-_. ]", "", key).lower())
        if part and isinstance(value, str) and value:
            found[part] = value[:LONGEST]
    return replace(about, **found)


def by_resources(about: About, resources: Iterable[str]) -> About:
    """`about` with the first workspace, online endpoint and deployment that Azure's resource ids name."""
    for resource in resources:
        if workspace := _WORKSPACE.search(resource):
            endpoint = _ENDPOINT.search(resource)
            about = replace(about, workspace=workspace[1])
            return replace(about, endpoint=endpoint[1], deployment=endpoint[2] or "") if endpoint else about
    return about


def _cut(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in its order."""
    return tuple(dict.fromkeys(name[:LONGEST] for name in names if name))[:MOST]


def _bounded(value: Number) -> Number:
    """The value as it may be kept: 64 bits of a whole number, no infinity, not too long a text."""
    if isinstance(value, str):
        return value[:LONGEST]
    return value if isinstance(value, int) and abs(value) < 2**53 else number(value)
