"""The registries' webhooks and events, told apart by what is inside."""

from collections.abc import Callable
from typing import Any

from shared.contracts import strict_json
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.registries import acr, distribution, docker_hub, ghcr, harbor
from shared.contracts.registries.notices import Hint, Notice, hint_of

_READERS: tuple[tuple[str, Callable[[dict[str, Any]], list[Notice | Malformed]]], ...] = (
    ("events", distribution.parse),
    ("push_data", lambda element: [docker_hub.parse(element)]),
    ("registry_package", lambda element: [ghcr.parse(element)]),
    ("package", lambda element: [ghcr.parse(element)]),
    ("event_data", lambda element: [*harbor.from_webhook(element)]),
    ("action", lambda element: [acr.from_webhook(element)]),
)
KNOWN = (
    "known are webhooks of Azure Container Registry, Docker Hub, Harbor and GitHub packages, notifications of "
    "distribution, and events of Azure Container Registry and Harbor in an Event Grid or CloudEvents envelope"
)


def parse_notices(body: bytes) -> list[Notice | Malformed]:
    """Every notice of a delivery in its order; one that is refused does not hide another.

    Raises Malformed when the body as a whole is not strict JSON or comes from no known sender.
    """
    delivery = strict_json.loads(body)
    if not isinstance(delivery, dict) or {"eventType", "specversion"} & delivery.keys():
        return [notice for event in parse_events(body) for notice in _from_event(event)]
    reader = next((read for key, read in _READERS if key in delivery), None)
    if reader is None:
        raise Malformed(f"no sender sends an object with {_some(delivery)}; {KNOWN}")
    return reader(delivery)


def parse_hints(body: bytes) -> list[Hint | Ignored | Malformed]:
    """What each notice of a delivery is a hint of; raises Malformed as `parse_notices` does."""
    return [notice if isinstance(notice, Malformed) else hint_of(notice) for notice in parse_notices(body)]


def owns(event: Event) -> bool:
    """Whether the event is about a registry."""
    return acr.owns(event) or harbor.owns(event)


def _from_event(event: Event | Malformed) -> list[Notice | Malformed]:
    if isinstance(event, Malformed):
        return [event]
    try:
        if harbor.owns(event):
            return [*harbor.from_event(event)]
        if acr.owns(event):
            return [acr.from_event(event)]
        raise Malformed(f"events of type {event.type[:100]!r} are not understood; {KNOWN}", event.where)
    except Malformed as refused:
        return [refused]


def _some(delivery: dict[str, Any]) -> str:
    return ", ".join(key[:40] for key in list(delivery)[:8]) or "nothing in it"
