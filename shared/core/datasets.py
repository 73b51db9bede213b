"""What is known of one dataset: what waits to be judged, its accepted versions, and how far it is from its bar."""

from dataclasses import dataclass
from enum import StrEnum

from shared.core.facts import BlobVersion, RowReason
from shared.core.identity import dataset_key
from shared.core.record import Record

KEPT_VERSIONS, KEPT_REFUSED, KEPT_POINTS, KEPT_MALICIOUS = 500, 50, 400, 200


class DatasetStage(StrEnum):
    """What became of the data that was dealt with last."""

    EXPECTED = "expected"
    JUDGING = "judging"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Data on its way: `policy` judges it, `version` is 0 until it is accepted, `reason` says why it is refused.

    The rest is what the judgement said, "" and 0 before it; `arrived_at` is in seconds since the epoch.
    """

    arrival: str
    blob: BlobVersion
    policy: str
    arrived_at: float
    version: int = 0
    reason: str = ""
    rows: int = 0
    distance: float = 0.0
    profile: str = ""
    reference: str = ""
    worst: tuple[RowReason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataVersion:
    """An accepted version with its lineage: which content it was, where it lies, who judged it by what.

    `policy`, `profile` and `reference` are SHA-256 of kept documents. `withdrawn` says why it must not be used any
    more, "" while it may. `asset` is the data asset that it became, "" for none.
    """

    version: int
    source: BlobVersion
    blob: BlobVersion
    policy: str
    profile: str
    reference: str
    rows: int
    distance: float
    accepted_at: float
    asset: str = ""
    withdrawn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedData:
    """Data that was not accepted: why, which rows (20 at most), and the `place` where it lies now."""

    blob: BlobVersion
    reason: str
    at: float
    worst: tuple[RowReason, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPoint:
    """How far one arrival was from the quality bar, at a time in seconds since the epoch."""

    at: float
    distance: float
    rows: int
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(Record):
    """The dataset: `numbered` is the greatest version ever given, `current` the one to use, 0 for none.

    `reference` is the SHA-256 of what tolerances are learned from, "" before the first version. The newest 500
    versions, 50 refused arrivals, 400 points of the bar and 200 malicious contents are kept; the ledger has them all.
    """

    stage: DatasetStage = DatasetStage.EXPECTED
    name: str
    policy: str = ""
    reference: str = ""
    numbered: int = 0
    current: int = 0
    pending: tuple[Pending, ...] = ()
    versions: tuple[DataVersion, ...] = ()
    refused: tuple[RefusedData, ...] = ()
    bar: tuple[BarPoint, ...] = ()
    malicious: tuple[BlobVersion, ...] = ()

    @property
    def key(self) -> str:
        """Where the dataset is kept."""
        return dataset_key(self.name)

    def waiting(self, arrival: str) -> Pending | None:
        """The data that arrived as `arrival`, None when it is dealt with or unknown."""
        return next((each for each in self.pending if each.arrival == arrival), None)

    def version(self, number: int) -> DataVersion | None:
        """The version of that number, None when it is unknown or too old to be kept."""
        return next((each for each in self.versions if each.version == number), None)

    def has_met(self, blob: BlobVersion) -> bool:
        """Whether exactly this content was accepted or refused before."""
        met = (*(each.source for each in self.versions), *(each.blob for each in self.refused))
        return bool(blob.etag) and blob.etag in {each.etag for each in met if each.same_place(blob)}

    def is_malicious(self, blob: BlobVersion) -> bool:
        """Whether a scan found malware in this content."""
        return any(blob.is_content_of(each) for each in self.malicious)
