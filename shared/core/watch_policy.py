"""How a live model is watched: how often, how surely, what harm is too much, and what may be done about it."""

from dataclasses import dataclass, field

from shared.core.limits import need

HOUR = 3600.0
DAY = 24 * HOUR
QUARTER = 91.3125 * DAY
LARGEST_ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTemplate:
    """What an action runs: a command component `name:version` of the users, and where; no `job` means nothing."""

    job: str = ""
    compute: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPolicy:
    """What one wrong answer and one action cost, in the same `currency`; 0 where nobody knows."""

    per_error: float = 0.0
    per_action: float = 0.0
    currency: str = "EUR"

    def __post_init__(self) -> None:
        need(self.per_error >= 0, "per_error must be 0 or more")
        need(self.per_action >= 0, "per_action must be 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPolicy:
    """How a live model is tested for drift, and what harm leads to.

    A test every `test_every_hours` looks at the window since the last one, if that has `minimum_rows`. It tells a
    change of at least `minimum_effect` (a share of rows, 0–1) with `false_alarms_per_quarter`. Accuracy may be
    `maximum_accuracy_drop` (0–1) below the reference's and not below `minimum_accuracy` (0–1); `harm_alpha` (0–1) is
    the chance of seeing harm where there is none. An action begins at most `budget_per_quarter` times in a quarter,
    `cool_down_hours` after the one before, and has `action_hours`. `update` is online or offline: how a model that
    had no new version for `update_every_hours` (0 for never) is late. Labels are wanted for `label_items` in
    `label_hours`; a model without any request for `unused_days` (0 for never) is unused.
    """

    test_every_hours: float = 24.0
    minimum_rows: int = 300
    minimum_effect: float = 0.02
    false_alarms_per_quarter: float = 1.0
    minimum_accuracy: float = 0.0
    maximum_accuracy_drop: float = 0.05
    harm_alpha: float = 0.01
    cool_down_hours: float = 72.0
    budget_per_quarter: int = 6
    action_hours: float = 24.0
    update: str = "offline"
    update_every_hours: float = 0.0
    label_items: int = 200
    label_hours: float = 336.0
    unused_days: float = 30.0
    costs: CostPolicy = CostPolicy()
    retrain: JobTemplate = field(default_factory=JobTemplate)
    reindex: JobTemplate = field(default_factory=JobTemplate)
    reevaluate: JobTemplate = field(default_factory=JobTemplate)

    def __post_init__(self) -> None:
        need(self.update in ("online", "offline"), "update must be online or offline")
        need(self.test_every_hours > 0, "test_every_hours must be above 0")
        need(self.minimum_rows >= 100, "minimum_rows must be 100 or more, since smaller windows show nothing")
        need(self.label_items >= 1, "label_items must be 1 or more")
        need(self.false_alarms_per_quarter > 0, "false_alarms_per_quarter must be above 0")
        need(self.action_hours > 0, "action_hours must be above 0")
        need(self.label_hours > 0, "label_hours must be above 0")
        for share in ("minimum_effect", "minimum_accuracy", "maximum_accuracy_drop"):
            need(0 <= getattr(self, share) <= 1, f"{share} must be 0–1")
        need(0 < self.harm_alpha < 1, "harm_alpha must be above 0 and below 1")
        for count in ("cool_down_hours", "budget_per_quarter", "update_every_hours", "unused_days"):
            need(getattr(self, count) >= 0, f"{count} must be 0 or more")

    @property
    def alpha(self) -> float:
        """The chance of a false alarm (0–0.05) that one test for change may have within a quarter's budget."""
        return min(LARGEST_ALPHA, self.false_alarms_per_quarter * self.test_every_hours * HOUR / QUARTER)

    @property
    def online(self) -> bool:
        """Whether a late update is an incident."""
        return self.update == "online"
