"""What to do for a live model; its Watch holds the rest: version, endpoint, policy, the last verdicts."""

from dataclasses import dataclass

from shared.core.facts import Action
from shared.core.orders.order import LONG_WORK, Lane, Order
from shared.core.watch_policy import HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOrder(Order):
    """Something to do for one model's live `version`; `why` is a sentence part for people."""

    lane = Lane.MAINTENANCE
    lasting = True
    patience = LONG_WORK

    version: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDrift(WatchOrder):
    """Test what the version served since `since` (seconds since the epoch): contract, change and harm."""

    __test__ = False  # its name would make pytest take it for a test

    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrain(WatchOrder):
    """Start the policy's retraining job once; the version it makes enters at registration like any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueForLabels(WatchOrder):
    """Lay the worst and most uncertain items out for people to label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindex(WatchOrder):
    """Start the policy's job that builds the index anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reevaluate(WatchOrder):
    """Start the policy's job that evaluates the model again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtJob(WatchOrder):
    """Look until the job `reference` of the action ended; cancel it after `deadline` (seconds since the epoch)."""

    patience = 2 * HOUR

    action: Action
    reference: str
    deadline: float


WATCH_ORDERS: tuple[type[Order], ...] = (TestDrift, Retrain, QueueForLabels, Reindex, Reevaluate, LookAtJob)
