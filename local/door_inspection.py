"""What Gatehouse would make of webhooks and events of registries, for the inspection of files."""

import msgspec

from local import signal_inspection
from shared.contracts import data_events, databricks, mlflow, model_events, registries
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring import azureml_events
from shared.contracts.monitoring.signals import Signal
from shared.contracts.registries.notices import Hint
from shared.core.facts import ModelRegistered

type Seen = ModelRegistered | data_events.Arrival | data_events.MalwareFound | Hint | Signal | Malformed | Ignored

_KINDS = (
    ({"method", "headers", "body"}, "recorded delivery"),
    ({"entity", "action", "data"}, "model webhook"),
    ({"event", "webhook_id"}, "model webhook"),
    ({"events"}, "registry webhook"),
    ({"push_data"}, "registry webhook"),
    ({"registry_package"}, "registry webhook"),
    ({"event_data"}, "registry webhook"),
    ({"id", "action", "timestamp"}, "registry webhook"),
)


class _Recorded(msgspec.Struct):
    headers: dict[str, str]
    body: str


def kind_of(body: bytes) -> str:
    """recorded delivery, model webhook or registry webhook; "" for anything else."""
    try:
        keys = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).keys()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return next((kind for needed, kind in _KINDS if needed <= keys), "")


def events(body: bytes) -> list[Seen]:
    """Events in their envelopes: about models, or hints about images; raises Malformed."""
    return [seen for event in parse_events(body) for seen in _event(event)]


def registry_webhook(body: bytes) -> list[Seen]:
    """The hints of a registry's own webhook; raises Malformed."""
    return [*registries.parse_hints(body)]


def model_webhook(body: bytes, delivery: str = "inspected") -> list[Seen]:
    """What a model registry's webhook tells; `delivery` is the id in MLflow's header. Raises Malformed."""
    is_databricks = "webhook_id" in msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    enveloped = databricks.enveloped(body) if is_databricks else mlflow.enveloped(body, delivery)
    return [*model_events.model_facts(msgspec.json.encode(enveloped))]


def recorded(body: bytes) -> list[Seen]:
    """What the body of a recorded HTTP delivery tells, whoever signed it; raises Malformed."""
    try:
        delivery = msgspec.json.decode(body, type=_Recorded)
    except msgspec.MsgspecError as error:
        raise Malformed(f"no recorded delivery: {error}") from None
    inner = delivery.body.encode()
    headers = {name.lower(): value for name, value in delivery.headers.items()}
    match kind_of(inner):
        case "model webhook":
            return model_webhook(inner, headers.get("x-mlflow-delivery-id", "unnamed"))
        case "registry webhook":
            return registry_webhook(inner)
        case _ if inner:
            return events(inner)
    return [Ignored("a delivery without a body tells nothing", "body")]


def _event(event: Event | Malformed) -> list[Seen]:
    if isinstance(event, Malformed):
        return [event]
    if registries.owns(event):
        return [*registries.parse_hints(event.canonical())]
    if azureml_events.owns(event):
        return [*signal_inspection.seen(event.canonical())]
    if data_events.owns(event):
        return [data_events.data_news(event)]
    return [model_events.model_fact(event)]
