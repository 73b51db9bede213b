"""Jobs that train, index and evaluate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Where a job is, whatever its service calls that."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """A job to run: the command component `template` (`name:version`) on `compute`, "" for the service's own.

    Every one of `parameters` must be an input of the component; of what is `offered` it gets the inputs that it has.
    A value for an input of data or a model is `azureml:name:version` or a path.
    """

    name: str
    template: str
    compute: str
    parameters: Mapping[str, str]
    offered: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it is now; `word` is the service's own for its state, `outputs` are paths by name."""

    name: str
    state: JobState
    word: str
    outputs: Mapping[str, str] = field(default_factory=dict)


class Jobs(Protocol):
    """Jobs that train, index and evaluate; they only start here, and are looked at again later."""

    def submit(self, spec: JobSpec) -> None:
        """Start the job; one of that name that was started before is fine. Raises Impossible, Unavailable."""

    def look(self, name: str) -> JobView | None:
        """The job as it is now, or None; raises Unavailable."""

    def cancel(self, name: str) -> None:
        """Ask for the end of the job; one that has ended or is not there is fine. Raises Unavailable."""
