"""Azure Container Registry: its webhooks, and the same content as Event Grid and CloudEvents carry it."""

from dataclasses import replace
from typing import Any

import msgspec

from shared.contracts.envelopes import Event
from shared.contracts.registries.notices import Notice, seconds
from shared.contracts.shapes import Name, convert

FORMAT = "acr-webhook"
PREFIX = "Microsoft.ContainerRegistry."
_TYPES = {
    "ImagePushed": "push",
    "ImageDeleted": "delete",
    "ChartPushed": "chart_push",
    "ChartDeleted": "chart_delete",
}
_ACTIONS = ("push", "delete", "quarantine", "chart_push", "chart_delete", "ping")


class _Target(msgspec.Struct, rename="camel"):
    media_type: str = ""
    digest: str = ""
    repository: str = ""
    tag: str | None = None
    name: str = ""
    version: str = ""


class _Request(msgspec.Struct):
    host: str = ""


class _Webhook(msgspec.Struct):
    id: Name
    timestamp: str
    action: str
    target: _Target | None = None
    request: _Request | None = None


def from_webhook(element: dict[str, Any]) -> Notice:
    """One webhook of the registry; raises Malformed."""
    told = convert(element, _Webhook)
    return _notice(told, element, "")


def canonical_type(event: Event) -> str:
    """The event's whole type; documentation prints it without its namespace."""
    return f"{PREFIX}{event.type.removeprefix(PREFIX)}"


def owns(event: Event) -> bool:
    """Whether the event is one of a container registry."""
    return event.type.startswith(PREFIX) or event.type in _TYPES


def from_event(event: Event) -> Notice:
    """One event in either envelope, known by the envelope's own id and type; raises Malformed."""
    told = convert(event.data, _Webhook, f"{event.where}.data")
    return replace(
        _notice(told, event.element, event.where),
        format=event.envelope,
        source=event.source,
        id=event.id,
        type=event.type,
        action=_TYPES.get(event.type.removeprefix(PREFIX), "other"),
        at=event.time,
    )


def _notice(told: _Webhook, element: dict[str, Any], where: str) -> Notice:
    target = told.target or _Target()
    return Notice(
        format=FORMAT,
        source=FORMAT,
        id=told.id,
        type=told.action,
        action=told.action if told.action in _ACTIONS else "other",
        element=element,
        registry=told.request.host if told.request else "",
        repository=target.repository,
        tag=target.tag or "",
        digest=target.digest,
        time=told.timestamp,
        at=seconds(told.timestamp, f"{where}.timestamp"),
        media_type=target.media_type,
        artifact=target.name,
        version=target.version,
        where=where,
    )
