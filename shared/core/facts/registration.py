"""What happened as a model version came in and was looked at."""

from dataclasses import dataclass, field

from shared.core.evidence import Inspection
from shared.core.facts.release import ReleaseFact


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRegistered(ReleaseFact):
    """A model version appeared in a registry."""

    registry: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInspected(ReleaseFact):
    """The model was read from its registry and its storage."""

    inspection: Inspection


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMissing(ReleaseFact):
    """The registry does not know the model."""

    reason: str
