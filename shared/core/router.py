"""What harm leads to: by scenario a training job, items to label or a new index, where nothing forbids it."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.core import orders as do
from shared.core.facts import Action
from shared.core.orders import Order
from shared.core.verdicts import Number, Outcome, Verdict
from shared.core.watch import Acted, Watch
from shared.core.watch_policy import HOUR, QUARTER, JobTemplate

ACTIONS: dict[str, Action] = {
    "classical": Action.RETRAIN,
    "vision": Action.LABEL,
    "language": Action.LABEL,
    "generative": Action.REINDEX,
}
"""Vision and language models are not retrained by themselves: people look at what the model does badly on first."""

LEARNS_FROM_DATA = frozenset({Action.RETRAIN, Action.REINDEX})

_ORDERS: dict[Action, Callable[..., Order]] = {
    Action.RETRAIN: do.Retrain,
    Action.LABEL: do.QueueForLabels,
    Action.REINDEX: do.Reindex,
    Action.REEVALUATE: do.Reevaluate,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What harm leads to: an action that is ordered, or the reason why none is; `because` is a sentence part."""

    action: Action | None
    because: str


def route(watch: Watch, contract: Verdict, now: float) -> Route:
    """The action for a live version that does harm; one at a time, cooled down, within budget, on sound data."""
    action = ACTIONS.get(watch.scenario)
    if action is None:
        return Route(action=None, because=f"no action is known for the scenario {watch.scenario!r}; a person decides")
    hindered = _hindered(watch, action, contract, now)
    return Route(action=None if hindered else action, because=hindered or f"the scenario is {watch.scenario}")


def _hindered(watch: Watch, action: Action, contract: Verdict, now: float) -> str:
    """Why `action` must not begin now, "" when it may."""
    policy = watch.policy
    if watch.active:
        return f"the action {watch.active.action} is under way already"
    if action in LEARNS_FROM_DATA and contract.outcome is Outcome.FAIL:
        return f"{action} would learn from data that broke its contract; repair the data first"
    if not may_run(watch, action):
        return f"the policy names no job for {action}; set watch.{action}.job"
    if now < watch.cool_at():
        return f"the last action ended less than {policy.cool_down_hours:g} h ago"
    if watch.triggered(now) >= policy.budget_per_quarter:
        return f"{policy.budget_per_quarter} action(s) began in this quarter, which is all its budget"
    return ""


def may_run(watch: Watch, action: Action) -> bool:
    """Whether the policy says what to run for the action; labels need no job."""
    template: JobTemplate | None = getattr(watch.policy, action, None)
    return template is None or bool(template.job)


def begun(watch: Watch, action: Action, why: str, now: float, *, follows: bool = False) -> tuple[Acted, Order]:
    """The action as it is ordered now, and the order."""
    hours = watch.policy.label_hours if action is Action.LABEL else watch.policy.action_hours
    acted = Acted(action=action, version=watch.version, ordered=now, deadline=now + hours * HOUR, follows=follows)
    return acted, _ORDERS[action](version=watch.version, why=why)


def worth(watch: Watch, harm: Verdict, rows: int, seconds: float) -> Verdict:
    """What the harm costs in a quarter beside what an action costs; numbers for people, which stop nothing.

    `rows` were served in `seconds`. Inconclusive where the policy names no costs or the harm no share of errors.
    """
    costs, share = watch.policy.costs, _lost(harm)
    errors = share * rows * QUARTER / seconds if seconds > 0 else 0.0
    loss = errors * costs.per_error
    numbers: dict[str, Number] = {
        "lost_accuracy": share,
        "errors_per_quarter": errors,
        "loss_per_quarter": loss,
        "cost_of_action": costs.per_action,
        "currency": costs.currency,
    }
    outcome, reason = _weighed(loss, costs.per_action, costs.currency)
    return Verdict(gate="worth", outcome=outcome, reason=reason, about=harm.about, numbers=numbers)


def _weighed(loss: float, cost: float, currency: str) -> tuple[Outcome, str]:
    if not (loss and cost):
        return Outcome.INCONCLUSIVE, "what harm and action cost is not known; set watch.costs"
    said = f"a quarter of this harm costs about {loss:.0f} {currency}, the action {cost:.0f} {currency}"
    return (Outcome.PASS if loss >= cost else Outcome.FAIL), said


def _lost(harm: Verdict) -> float:
    """The share of answers (0–1) that became wrong: by the labels, or by how far the estimate is below the bar."""
    pairs = (("loss", "usual_loss"), ("bar", "estimate"))
    found = [(harm.numbers.get(above), harm.numbers.get(below)) for above, below in pairs]
    shares = [a - b for a, b in found if isinstance(a, int | float) and isinstance(b, int | float)]
    return max(0.0, *shares) if shares else 0.0
