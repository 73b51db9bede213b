"""What to do with data that arrived; its Dataset holds the rest."""

from dataclasses import dataclass

from shared.core.facts import BlobVersion
from shared.core.orders.order import LONG_WORK, Lane, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOrder(Order):
    """Something to do for a dataset."""

    lane = Lane.DATA
    lasting = True
    patience = LONG_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeData(DataOrder):
    """Read the data that arrived, profile it, and judge it."""

    arrival: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteData(DataOrder):
    """Copy accepted data to the next layer, as version `version`."""

    arrival: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineData(DataOrder):
    """Take exactly this content out of the way, and lay its reasons beside it."""

    arrival: str
    blob: BlobVersion
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDataAsset(DataOrder):
    """Register an accepted version as a data asset, where the policy names one."""

    version: int


DATA_ORDERS: tuple[type[Order], ...] = (JudgeData, PromoteData, QuarantineData, RegisterDataAsset)
