"""MLflow's registry webhooks: a new model version becomes a fact, the rest is known and ignored."""

from typing import Any

import msgspec

from shared.contracts import strict_json
from shared.contracts.envelopes import Event
from shared.contracts.ignored import Ignored
from shared.contracts.registrations import ignored, registration
from shared.contracts.shapes import Name, convert
from shared.core.facts import ModelRegistered

SOURCE, PREFIX = "mlflow", "mlflow."
REGISTERED = "model_version.created"
IGNORED = {
    "registered_model.created": "a model without a version is nothing to release",
    "model_version_tag.set": "tags are read when the version is validated",
    "model_version_tag.deleted": "tags are read when the version is validated",
    "model_version_alias.created": "an alias is a name; only Gatehouse says which version is the champion",
    "model_version_alias.deleted": "an alias is a name; only Gatehouse says which version is the champion",
    "prompt.created": "a prompt is no model",
    "prompt_version.created": "a prompt is no model",
    "prompt_tag.set": "a prompt is no model",
    "prompt_tag.deleted": "a prompt is no model",
    "prompt_version_tag.set": "a prompt is no model",
    "prompt_version_tag.deleted": "a prompt is no model",
    "prompt_alias.created": "a prompt is no model",
    "prompt_alias.deleted": "a prompt is no model",
    "budget_policy.exceeded": "a budget is no model",
}
_TRIED = ("example_model", "1", "models:/123")


class Delivery(msgspec.Struct):
    """What MLflow posts; `data` is that of the entity."""

    entity: Name
    action: Name
    timestamp: str
    data: dict[str, Any]

    @property
    def event(self) -> str:
        """Entity and action, as MLflow names the event when a webhook is made."""
        return f"{self.entity}.{self.action}"


class _Version(msgspec.Struct):
    name: str
    version: str | int
    source: str | None = None
    tags: dict[str, str] | None = None


def parse(body: bytes) -> Delivery:
    """One delivery, whatever it is about; raises Malformed."""
    return convert(strict_json.loads(body), Delivery)


def enveloped(body: bytes, delivery: str) -> dict[str, Any]:
    """The delivery as a CloudEvent known by MLflow's own id `delivery`; raises Malformed."""
    told = parse(body)
    return {
        "specversion": "1.0",
        "id": delivery,
        "source": SOURCE,
        "type": f"{PREFIX}{told.event}",
        "time": told.timestamp,
        "data": told.data,
    }


def model_fact(event: Event) -> ModelRegistered | Ignored:
    """What an enveloped delivery says about a model; raises Malformed."""
    kind = event.type.removeprefix(PREFIX)
    if (known := ignored(event, kind, "MLflow", REGISTERED, IGNORED)) is not None:
        return known
    told = convert(event.data, _Version, f"{event.where}.data")
    if (told.name, str(told.version), told.source) == _TRIED:
        return Ignored("this is the example that MLflow sends to try a webhook", event.where)
    return registration(event, SOURCE, ("name", told.name), ("version", told.version), told.tags or {})
