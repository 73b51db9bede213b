"""What versions of one model are to each other: champion, successor, next in line."""

from dataclasses import dataclass

from shared.core.facts.release import ReleaseFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted(ReleaseFact):
    """The release is the model's champion; `previous` is the version that was, "" when there was none."""

    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(ReleaseFact):
    """A newer version went live in this one's place, which stays deployed `until` (seconds since the epoch)."""

    by: str
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken(ReleaseFact):
    """The newer version `by` of the same model reached the people while this one still waited."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinstated(ReleaseFact):
    """The version that had gone live in this one's place left production, so this one serves again."""

    instead_of: str
