"""What a dataset must be like: where it arrives, what its columns may hold, and where it goes, good or bad."""

from dataclasses import dataclass, field

from shared.core.limits import need

FORMATS = ("csv", "jsonl", "parquet", "images")
TYPES = ("number", "category", "text")
MIB = 1024**2
WILDCARDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRule:
    """Which blobs are arrivals: those of `container` whose path matches the glob `path`.

    * and ? stay inside a folder, ** goes through any.
    """

    container: str
    path: str

    def __post_init__(self) -> None:
        need(bool(self.container), "container must name the container that the data comes into")
        need(bool(self.path), "path must be a pattern such as wine/*.csv")
        need(self.path.count("*") + self.path.count("?") <= WILDCARDS, f"path has more than {WILDCARDS} wildcards")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What one column may hold; None and () leave a limit open. Text is free, only its absence can be wrong."""

    type: str = "number"
    nullable: bool = True
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        need(self.type in TYPES, f"type must be one of {', '.join(TYPES)}")
        limited = self.minimum is not None or self.maximum is not None
        need(self.type == "number" or not limited, "minimum and maximum are for numbers")
        need(self.type == "category" or not self.categories, "categories are for a column of the type category")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPolicy:
    """How much of what the columns may not hold is too much.

    `tolerance` is the share of rows, 0–1, that may break a limit while there is no reference to learn it from; with
    `learn`, the first accepted version teaches the tolerances. `false_alarm` is the chance, 0–1, that sound data is
    called bad. Fewer than `minimum_rows` show nothing.
    """

    tolerance: float = 0.01
    false_alarm: float = 0.01
    minimum_rows: int = 30
    learn: bool = True

    def __post_init__(self) -> None:
        need(0 < self.tolerance < 1, "tolerance must be above 0 and below 1, since perfect data is never seen")
        need(0 < self.false_alarm < 1, "false_alarm must be above 0 and below 1")
        need(self.minimum_rows >= 1, "minimum_rows must be 1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundsPolicy:
    """What is read at most: bytes of a file, rows, columns, and bytes of one row of text.

    Text is read at some 10 MB a second of one core, and a function has the time that host.json gives it.
    """

    bytes: int = 512 * MIB
    rows: int = 100_000_000
    columns: int = 1000
    row_bytes: int = 1_048_576

    def __post_init__(self) -> None:
        for name in ("bytes", "rows", "columns", "row_bytes"):
            need(getattr(self, name) >= 1, f"{name} must be 1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Where accepted data goes: each version into a folder of its own below `path` in `container`."""

    container: str
    path: str

    def __post_init__(self) -> None:
        need(bool(self.container and self.path), "accepted needs a container and a path")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPolicy:
    """How the data that arrives for the dataset `name` is judged and what becomes of it.

    Bad data is moved to the container `quarantine`, or left where it lies when `when_bad` is hold. `asset` names the
    Azure ML data asset whose versions the accepted ones become, "" for none; `datastore` is the Azure ML datastore of
    the accepted container, "" to register by address. With `unknown_columns` refuse, a column without a rule is bad.
    """

    name: str
    arrives: ArrivalRule
    format: str
    columns: dict[str, ColumnRule]
    accepted: Layer
    quality: QualityPolicy = field(default_factory=QualityPolicy)
    bounds: BoundsPolicy = field(default_factory=BoundsPolicy)
    unknown_columns: str = "ignore"
    when_bad: str = "quarantine"
    quarantine: str = "data-quarantine"
    asset: str = ""
    datastore: str = ""
    reverter_roles: tuple[str, ...] = ("Gatehouse.DataEngineer", "Gatehouse.Operator")

    def __post_init__(self) -> None:
        need(self.format in FORMATS, f"format must be one of {', '.join(FORMATS)}")
        need(bool(self.columns), "columns must have at least one, or nothing would be judged")
        need(self.unknown_columns in ("ignore", "refuse"), "unknown_columns must be ignore or refuse")
        need(self.when_bad in ("quarantine", "hold"), "when_bad must be quarantine or hold")
        same = self.accepted.container == self.arrives.container
        need(not same, "accepted must be another container, or what is accepted would arrive again")
