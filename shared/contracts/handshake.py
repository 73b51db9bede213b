"""How Event Grid asks whether we want its events; the answers echo, and no address that it gives is ever called."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shared.contracts.envelopes import Event
from shared.contracts.malformed import Malformed
from shared.contracts.shapes import convert

VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
DELETION = "Microsoft.EventGrid.SubscriptionDeletedEvent"
ORIGINS = ("eventgrid.azure.net",)
RATE = "120"
_CODE = re.compile(r"[0-9A-Fa-f-]{8,64}")


class Foreign(Exception):
    """A subscription to a topic that is not ours."""


class _Validation(msgspec.Struct, rename="camel"):
    validation_code: str


def validates(headers: Mapping[str, str], events: Iterable[Event | Malformed]) -> bool:
    """Whether a delivery says, by its header or in one of its events, that it validates a subscription."""
    kind = headers.get("aeg-event-type", "").lower()
    return kind == "subscriptionvalidation" or any(isinstance(e, Event) and e.type == VALIDATION for e in events)


def validation_answer(events: list[Event | Malformed], topics: Iterable[str]) -> dict[str, Any]:
    """The code to echo, for exactly one validation of a topic at or below one of `topics`.

    Raises Malformed for a validation among other events and for a code that is none, Foreign for another topic.
    """
    event = events[0]
    if isinstance(event, Malformed):
        raise event
    if len(events) != 1 or event.type != VALIDATION:
        raise Malformed("a validation comes alone; nothing of this delivery was taken")
    code = convert(event.data, _Validation, f"{event.where}.data").validation_code
    if not _CODE.fullmatch(code):
        raise Malformed("the validation code is not of hexadecimal digits and dashes", f"{event.where}.data")
    if not any(_below(event.source, topic) for topic in topics):
        raise Foreign("the topic is none of EVENT_GRID_TOPICS; add it there if its events are wanted here")
    return {"validationResponse": code}


def abuse_answer(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that answer the OPTIONS of CloudEvents: an origin that we know, by our own spelling, and a rate."""
    origin = headers.get("webhook-request-origin", "").strip().lower()
    known = next((name for name in ORIGINS if name == origin), "")
    allowed = {"WebHook-Allowed-Origin": known, "WebHook-Allowed-Rate": RATE} if known else {}
    return {"Allow": "POST", **allowed}


def _below(topic: str, prefix: str) -> bool:
    """Whether `topic` is `prefix` or a resource below it; Azure's resource ids know no case."""
    given, wanted = topic.lower().rstrip("/"), prefix.lower().rstrip("/")
    return given == wanted or given.startswith(f"{wanted}/")
