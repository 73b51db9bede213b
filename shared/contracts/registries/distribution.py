"""Notifications of the CNCF distribution registry: one envelope with events about manifests and layers."""

from typing import Any

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.registries.notices import Notice, seconds
from shared.contracts.shapes import Name, convert

FORMAT = "distribution-notification"
_ACTIONS = ("push", "pull", "delete", "mount")


class _Target(msgspec.Struct, rename="camel"):
    media_type: str = ""
    digest: str = ""
    repository: str = ""
    tag: str = ""


class _Request(msgspec.Struct):
    host: str = ""


class _Actor(msgspec.Struct):
    name: str = ""


class _Event(msgspec.Struct):
    id: Name
    timestamp: str
    action: str
    target: _Target
    request: _Request = msgspec.field(default_factory=_Request)
    actor: _Actor = msgspec.field(default_factory=_Actor)


def parse(envelope: dict[str, Any]) -> list[Notice | Malformed]:
    """Every event of the envelope in its order; raises Malformed for an envelope without any."""
    events = envelope.get("events")
    if not isinstance(events, list) or not events:
        raise Malformed("the envelope has no events; send at least one", "events")
    return [_read(event, f"events[{index}]") for index, event in enumerate(events)]


def _read(element: Any, where: str) -> Notice | Malformed:
    try:
        return _notice(convert(element, _Event, where), element, where)
    except Malformed as refused:
        return refused


def _notice(told: _Event, element: dict[str, Any], where: str) -> Notice:
    target = told.target
    return Notice(
        format=FORMAT,
        source=FORMAT,
        id=told.id,
        type=told.action,
        action=told.action if told.action in _ACTIONS else "other",
        element=element,
        registry=told.request.host,
        repository=target.repository,
        tag=target.tag,
        digest=target.digest,
        time=told.timestamp,
        at=seconds(told.timestamp, f"{where}.timestamp"),
        media_type=target.media_type,
        actor=told.actor.name,
        where=where,
    )
