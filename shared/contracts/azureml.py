"""Azure Machine Learning's events about models become facts; its other events are known and ignored."""

from typing import Any

import msgspec

from shared.contracts.envelopes import Event
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.registrations import registration
from shared.contracts.shapes import convert
from shared.core.facts import ModelRegistered

PREFIX = "Microsoft.MachineLearningServices."
REGISTERED = f"{PREFIX}ModelRegistered"
IGNORED = {
    f"{PREFIX}ModelDeployed": "Gatehouse reads its own deployments back and leaves others alone",
    f"{PREFIX}RunCompleted": "a run is no release; the model it registers has an event of its own",
    f"{PREFIX}RunStatusChanged": "a run is no release; the model it registers has an event of its own",
    f"{PREFIX}DatasetDriftDetected": "drift is a signal, which the queue monitoring-signals takes",
}


class _Registered(msgspec.Struct, rename="camel"):
    model_name: str
    model_version: str | int
    model_tags: dict[str, str] | None = None


def model_fact(event: Event) -> ModelRegistered | Malformed | Ignored:
    """What one event says about a model."""
    if event.type in IGNORED:
        return Ignored(f"{event.type} is ignored: {IGNORED[event.type]}", event.where)
    try:
        return _registered(event)
    except Malformed as refused:
        return refused


def _registered(event: Event) -> ModelRegistered:
    if event.type != REGISTERED:
        known = ", ".join(sorted({REGISTERED, *IGNORED}))
        raise Malformed(f"events of type {event.type[:100]!r} are not understood; understood are {known}", event.where)
    data = convert(_camel(event.data, event.where), _Registered, f"{event.where}.data")
    name, version = ("modelName", data.model_name), ("modelVersion", data.model_version)
    return registration(event, event.source, name, version, data.model_tags or {})


def _camel(data: Any, where: str) -> dict[str, Any]:
    """The data with camelCase keys: documentation and older events have PascalCase, captured ones camelCase."""
    place = f"{where}.data".removeprefix(".")
    if not isinstance(data, dict):
        raise Malformed("the event has no data object; send modelName and modelVersion in it", place)
    camel = {key[:1].lower() + key[1:]: value for key, value in data.items()}
    if len(camel) != len(data):
        raise Malformed("a key is there both in PascalCase and in camelCase; send it once", place)
    return camel
