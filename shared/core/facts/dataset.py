"""What happened to a dataset: data arrived, was judged, and was accepted or taken out of the way."""

from dataclasses import dataclass

from shared.core.facts.fact import Fact
from shared.core.identity import dataset_key, digest_of
from shared.core.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobVersion:
    """One content of one blob: its storage account, container and path, and the `etag` (without quotes) of the content.

    "" and 0 stand for an etag and a size in bytes that nobody said.
    """

    account: str
    container: str
    path: str
    etag: str = ""
    size: int = 0

    @property
    def name(self) -> str:
        """The blob as people write it."""
        return f"{self.container}/{self.path}"

    def same_place(self, other: "BlobVersion") -> bool:
        """Whether both are contents of one blob."""
        return (self.account, self.container, self.path) == (other.account, other.container, other.path)

    def is_content_of(self, other: "BlobVersion") -> bool:
        """Whether both are the same content of one blob, as far as the etags are known."""
        return self.same_place(other) and (not self.etag or not other.etag or self.etag == other.etag)


def arrival_id(blob: BlobVersion, event: str) -> str:
    """The id (32 hex characters) of the arrival of a content; `event` stands in for an etag that is not known."""
    return digest_of(["arrival", blob.account, blob.container, blob.path, blob.etag or event])[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReason:
    """Why one row is bad: `row` counts from 0 in the file; `column` is "" for the row as a whole."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFact(Fact):
    """A fact about one dataset."""

    dataset: str

    @property
    def document(self) -> str:
        return dataset_key(self.dataset)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataArrived(DatasetFact):
    """A blob was written and closed; `policy` is the SHA-256 of the kept dataset policy that it is judged by.

    `sequencer` orders the events of one blob, as text, "" when the source has none.
    """

    arrival: str
    blob: BlobVersion
    policy: str
    sequencer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataJudged(DatasetFact):
    """The data was read as far as its bounds allow, and judged.

    `distance` to the quality bar is 1 for faultless data, 0 for the least that is refused, and below that 0. `worst`
    are 20 rows at most; `profile` is the SHA-256 of the kept profile, "" for unreadable data; `reference` that of what
    it was compared with, "" for none. `learned` is that of a reference made of this data, which shall take the place
    of the reference `replaces`.
    """

    arrival: str
    blob: BlobVersion
    verdict: Verdict
    distance: float
    rows: int
    worst: tuple[RowReason, ...] = ()
    profile: str = ""
    reference: str = ""
    learned: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAbsent(DatasetFact):
    """The content that arrived is not there any more: the blob was deleted, or written again."""

    arrival: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPromoted(DatasetFact):
    """The accepted data lies in the next layer, as the version `version` (1 or more) of the dataset."""

    arrival: str
    version: int
    blob: BlobVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQuarantined(DatasetFact):
    """The bad data is out of the way, at `place` (container/path), with a document of the reasons beside it."""

    arrival: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMalicious(DatasetFact):
    """A scan found `malware` in a blob."""

    blob: BlobVersion
    malware: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAssetRegistered(DatasetFact):
    """A version became the data asset `asset` (name:version)."""

    version: int
    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReverted(DatasetFact):
    """A person made an earlier version the current one: who, by directory object id, tenant and name, and why."""

    version: int
    person: str
    tenant: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOrderDone(DatasetFact):
    """An order about a dataset, without news of its own, was carried out."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOrderAbandoned(DatasetFact):
    """An order about a dataset can never be carried out."""

    order: str
    reason: str


DATASET_FACTS: tuple[type[DatasetFact], ...] = (
    DataArrived,
    DataJudged,
    DataAbsent,
    DataPromoted,
    DataQuarantined,
    DataMalicious,
    DataAssetRegistered,
    DatasetReverted,
    DatasetOrderDone,
    DatasetOrderAbandoned,
)
