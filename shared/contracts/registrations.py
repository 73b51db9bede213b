"""What every registry's news of a model version comes to: a fact, or an event that is known and ignored."""

from collections.abc import Mapping

from shared.contracts.envelopes import Event
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.names import MODEL, VERSION, matching
from shared.core.facts import ModelRegistered
from shared.core.identity import fact_id


def ignored(event: Event, kind: str, of: str, registered: str, ignoring: Mapping[str, str]) -> Ignored | None:
    """Why the event `kind` of the registry `of` is ignored, None for the one that is `registered`.

    Raises Malformed for any other.
    """
    if kind in ignoring:
        return Ignored(f"{kind} of {of} is ignored: {ignoring[kind]}", event.where)
    if kind != registered:
        known = ", ".join([registered, *ignoring])
        raise Malformed(f"event {kind[:100]!r} of {of} is not understood; understood are {known}", event.where)
    return None


def registration(
    event: Event, registry: str, model: tuple[str, str], version: tuple[str, str | int], tags: Mapping[str, str]
) -> ModelRegistered:
    """The fact that the event tells; `model` and `version` come after the names of their members in the event's data.

    Its `body` is the event's own digest, not that of its batch. Raises Malformed for what can be no name or version.
    """
    return ModelRegistered(
        id=fact_id(event.source, event.id),
        at=event.time,
        body=event.digest,
        actor=event.source,
        registry=registry,
        model=matching(MODEL, model[1], "model name", f"{event.where}.data.{model[0]}"),
        version=matching(VERSION, str(version[1]), "model version", f"{event.where}.data.{version[0]}"),
        tags=dict(tags),
    )
