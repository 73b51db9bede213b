"""What happened to a live model: it went live, was tested, harmed, and was acted upon."""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.facts.fact import Fact
from shared.core.identity import watch_key
from shared.core.verdicts import Number, Verdict
from shared.core.watch_policy import WatchPolicy


class Action(StrEnum):
    """What can be done about harm."""

    RETRAIN = "retrain"
    LABEL = "label"
    REINDEX = "reindex"
    REEVALUATE = "reevaluate"


class Ending(StrEnum):
    """How an action ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFact(Fact):
    """A fact about what is watched of one model, whatever version is live."""

    model: str

    @property
    def document(self) -> str:
        return watch_key(self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchBegun(ModelFact):
    """A version went live, or serves again: from now on it is the one that is watched, under this policy.

    `turn` grows with every change of what is live.
    """

    version: str
    turn: int
    endpoint: str
    deployment: str
    scenario: str
    policy: WatchPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded(ModelFact):
    """The live version left production, and no other one serves in its place; `turn` as in WatchBegun."""

    version: str
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDue(ModelFact):
    """The timer saw that something of the watch was `due` (seconds since the epoch)."""

    due: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSignalled(ModelFact):
    """Somebody else's monitor (`source`) said that `signal` changed, or, when `resolved`, that it is over."""

    source: str
    signal: str
    features: tuple[str, ...] = ()
    observed: dict[str, Number] = field(default_factory=dict)
    resolved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftTested(ModelFact):
    """What the three tiers made of the `rows` that a version served in `window` (from, until).

    `contract` and `change` fail where the data broke it or changed, `harm` where the model does worse than allowed.
    The numbers of `harm` have `estimate`, `labels` or neither, by what could tell of it. `profile` is the SHA-256 of
    the window's kept profile and `reference` that of what it was compared with, "" where there was none.
    """

    version: str
    window: tuple[float, float]
    rows: int
    contract: Verdict
    change: Verdict
    harm: Verdict
    profile: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionBegun(ModelFact):
    """An action is under way outside, known there as `reference` (a job, a queue of items to label)."""

    action: Action
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEnded(ModelFact):
    """An action is over; `detail` says what came of it or why nothing did."""

    action: Action
    reference: str
    outcome: Ending
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsCompleted(ModelFact):
    """The items of the queue `reference` have labels: `dataset` names the new data version, `name` who said so."""

    reference: str
    dataset: str
    items: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOrderDone(ModelFact):
    """An order about the model, without news of its own, was carried out."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOrderAbandoned(ModelFact):
    """An order about the model can never be carried out."""

    order: str
    reason: str


MODEL_FACTS: tuple[type[ModelFact], ...] = (
    WatchBegun,
    WatchEnded,
    WatchDue,
    DriftSignalled,
    DriftTested,
    ActionBegun,
    ActionEnded,
    LabelsCompleted,
    WatchOrderDone,
    WatchOrderAbandoned,
)
