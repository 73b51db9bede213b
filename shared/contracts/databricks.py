"""Databricks' registry webhooks: a new model version becomes a fact, the rest is known and ignored."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from shared.contracts import strict_json
from shared.contracts.envelopes import Event
from shared.contracts.ignored import Ignored
from shared.contracts.registrations import ignored, registration
from shared.contracts.shapes import Name, convert
from shared.core.facts import ModelRegistered

SOURCE, PREFIX = "databricks", "databricks."
REGISTERED = "MODEL_VERSION_CREATED"
_DECIDED = "what a stage of the registry says is no evidence; gates and people decide here"
_ASKED = "who asks for a stage there has not asked here; register a version, and answer for it here"
IGNORED = {
    "MODEL_VERSION_TRANSITIONED_STAGE": _DECIDED,
    "MODEL_VERSION_TRANSITIONED_TO_STAGING": _DECIDED,
    "MODEL_VERSION_TRANSITIONED_TO_PRODUCTION": _DECIDED,
    "MODEL_VERSION_TRANSITIONED_TO_ARCHIVED": _DECIDED,
    "TRANSITION_REQUEST_CREATED": _ASKED,
    "TRANSITION_REQUEST_TO_STAGING_CREATED": _ASKED,
    "TRANSITION_REQUEST_TO_PRODUCTION_CREATED": _ASKED,
    "TRANSITION_REQUEST_TO_ARCHIVED_CREATED": _ASKED,
    "MODEL_VERSION_TAG_SET": "tags are read when the version is validated",
    "REGISTERED_MODEL_CREATED": "a model without a version is nothing to release",
    "COMMENT_CREATED": "a comment changes nothing",
}


class Tag(msgspec.Struct):
    """One tag that was set."""

    key: str
    value: str = ""


class Webhook(msgspec.Struct):
    """What Databricks posts; `event_timestamp` in milliseconds since the epoch. `text` may name another model."""

    event: Name
    webhook_id: Name
    event_timestamp: Annotated[int, msgspec.Meta(ge=0, lt=253_402_300_800_000)]
    model_name: str = ""
    version: str | int = ""
    from_stage: str = ""
    to_stage: str = ""
    tags: list[Tag] | None = None


def parse(body: bytes) -> Webhook:
    """One webhook, whatever it is about; raises Malformed."""
    return convert(strict_json.loads(body), Webhook)


def enveloped(body: bytes) -> dict[str, Any]:
    """The webhook as a CloudEvent; it has no id of its own, so what happened when to which version is one.

    Raises Malformed.
    """
    element = strict_json.loads(body)
    told = convert(element, Webhook)
    return {
        "specversion": "1.0",
        "id": f"{told.event_timestamp} {told.event} {told.model_name[:255]} {told.version}",
        "source": f"{SOURCE}/{told.webhook_id}",
        "type": f"{PREFIX}{told.event}",
        "time": datetime.fromtimestamp(told.event_timestamp / 1000, UTC).isoformat(),
        "data": element,
    }


def model_fact(event: Event) -> ModelRegistered | Ignored:
    """What an enveloped webhook says about a model; raises Malformed."""
    kind = event.type.removeprefix(PREFIX)
    if (known := ignored(event, kind, "Databricks", REGISTERED, IGNORED)) is not None:
        return known
    told = convert(event.data, Webhook, f"{event.where}.data")
    tags = {tag.key: tag.value for tag in told.tags or []}
    return registration(event, SOURCE, ("model_name", told.model_name), ("version", told.version), tags)
