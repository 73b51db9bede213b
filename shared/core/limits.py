"""What the limits of a policy are made of: what must hold of them, and exceptions that end by themselves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime


def need(condition: bool, problem: str) -> None:
    """Nothing where the condition holds; raises ValueError with the problem where it does not."""
    if not condition:
        raise ValueError(problem)


def need_time(hours: float) -> None:
    """Nothing for a time above 0; raises ValueError."""
    need(hours > 0, "deadline_hours must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedId:
    """A vulnerability that does not count up to and including the day `until` (YYYY-MM-DD, UTC), and why."""

    id: str
    until: str
    reason: str

    def __post_init__(self) -> None:
        need(bool(self.id and self.reason), "an allowed id needs an id and a reason")
        try:
            date.fromisoformat(self.until)
        except ValueError:
            raise ValueError(f"until must be a day such as 2027-01-31, not {self.until[:40]!r}") from None

    def counts_at(self, now: float) -> bool:
        """Whether it is not over at `now` (seconds since the epoch)."""
        return datetime.fromtimestamp(now, UTC).date() <= date.fromisoformat(self.until)
