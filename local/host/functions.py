"""What the host knows of an indexed function: its trigger, its retry policy, its id in the worker's core."""

import json
from dataclasses import dataclass
from random import uniform
from typing import Any

from local.host.failures import StartError

TRIGGERS = frozenset({"httpTrigger", "serviceBusTrigger", "eventHubTrigger", "timerTrigger"})


@dataclass(frozen=True)
class RetryPolicy:
    """How often (-1: for ever) and after how many seconds the host invokes a failed function again."""

    limit: int
    minimum: float
    maximum: float
    exponential: bool

    def allows(self, retry: int) -> bool:
        """Whether retry number `retry` (1 is the first) may be made."""
        return self.limit < 0 or retry <= self.limit

    def delay(self, retry: int) -> float:
        """Seconds to wait before retry number `retry` (1 is the first); exponential delays carry 20 % jitter."""
        if not self.exponential:
            return self.minimum
        doubled = self.minimum * 2.0 ** min(retry - 1, 30)
        return min(self.maximum, doubled * uniform(0.8, 1.2))


@dataclass(frozen=True)
class Function:
    """One function of the app. `trigger` is its trigger binding as the app declared it (camelCase members)."""

    name: str
    id: str
    trigger: dict[str, Any]
    retry: RetryPolicy | None

    @property
    def kind(self) -> str:
        """The trigger's type, one of TRIGGERS."""
        return str(self.trigger["type"])

    @property
    def argument(self) -> str:
        """The name of the argument that receives the trigger's data."""
        return str(self.trigger["name"])

    @property
    def data_type(self) -> str | None:
        """`binary`, `string` or None when absent."""
        value = self.trigger.get("dataType")
        return None if value is None else str(value).lower()

    @property
    def many(self) -> bool:
        """Whether one invocation takes a batch."""
        return str(self.trigger.get("cardinality", "ONE")).upper() == "MANY"


def function_of(metadata: Any) -> Function:
    """Make a Function of the metadata the core returned.

    Raises StartError when the function has a trigger or another binding this host does not have.
    """
    bindings = [json.loads(raw) for raw in metadata.raw_bindings]
    triggers = [binding for binding in bindings if binding["type"] in TRIGGERS]
    others = [binding["type"] for binding in bindings if binding not in triggers and binding["type"] != "http"]
    if len(triggers) != 1 or others:
        raise StartError(
            f"Function {metadata.name} has the bindings {[binding['type'] for binding in bindings]}: "
            f"this host takes exactly one trigger of {sorted(TRIGGERS)} and no other input or output binding."
        )
    return Function(metadata.name, metadata.function_id, triggers[0], _retry_of(metadata.retry_options))


def _retry_of(options: Any) -> RetryPolicy | None:
    if options is None:
        return None
    if options.retry_strategy == "fixed_delay":
        seconds = options.delay_interval.total_seconds()
        return RetryPolicy(options.max_retry_count, seconds, seconds, exponential=False)
    bounds = (options.minimum_interval.total_seconds(), options.maximum_interval.total_seconds())
    return RetryPolicy(options.max_retry_count, *bounds, exponential=True)
