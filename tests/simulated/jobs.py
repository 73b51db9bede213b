"""Jobs in memory: each takes its time, and ends as it was told to."""

from dataclasses import dataclass

from shared.ports import Clock, Impossible, JobSpec, JobState, JobView
from tests.simulated.faults import Faults

JOB_SECONDS = 60.0
WORDS = {
    JobState.RUNNING: "Running",
    JobState.SUCCEEDED: "Completed",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Canceled",
}


@dataclass(slots=True)
class Submitted:
    """A job, and when it is over; `cancelled` is whether that was asked for before."""

    spec: JobSpec
    over_at: float
    cancelled: bool = False


class SimulatedJobs:
    """Jobs of any component in `components`, by its inputs' types, of which `failing` fail and `hanging` never end.

    Each takes `seconds`. `submitted` is every job ever started, in order.
    """

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock, self._faults = clock, faults
        self._jobs: dict[str, Submitted] = {}
        self.components: dict[str, dict[str, str]] = {}
        self.failing: set[str] = set()
        self.hanging: set[str] = set()
        self.seconds = JOB_SECONDS
        self.submitted: list[JobSpec] = []

    def submit(self, spec: JobSpec) -> None:
        """Start the job once; raises Impossible for an unknown component or input."""
        with self._faults.around("jobs.submit"):
            if spec.name in self._jobs:
                return
            self._refuse(spec)
            self.submitted.append(spec)
            self._jobs[spec.name] = Submitted(spec, self._clock.now() + self.seconds)

    def _refuse(self, spec: JobSpec) -> None:
        inputs = self.components.get(spec.template.removeprefix("azureml:"))
        if inputs is None:
            raise Impossible(f"there is no component {spec.template}")
        if unknown := sorted(spec.parameters.keys() - inputs.keys()):
            raise Impossible(f"component {spec.template} has no input {', '.join(unknown)}")
        if missing := sorted(inputs.keys() - spec.parameters.keys() - spec.offered.keys()):
            raise Impossible(f"component {spec.template} needs the input {', '.join(missing)}")
        for name, kind in inputs.items():
            value = {**spec.offered, **spec.parameters}[name]
            if kind == "integer" and not value.removeprefix("-").isdecimal():
                raise Impossible(f"the input {name} of component {spec.template} is {value!r}, which is no {kind}")

    def look(self, name: str) -> JobView | None:
        """The job as it is now, or None."""
        with self._faults.around("jobs.look"):
            job = self._jobs.get(name)
            if job is None:
                return None
            state = self._state(job)
            return JobView(name=name, state=state, word=WORDS[state])

    def _state(self, job: Submitted) -> JobState:
        template = job.spec.template.removeprefix("azureml:")
        if job.cancelled:
            return JobState.CANCELLED
        if template in self.hanging or self._clock.now() < job.over_at:
            return JobState.RUNNING
        return JobState.FAILED if template in self.failing else JobState.SUCCEEDED

    def cancel(self, name: str) -> None:
        """End the job, if it is there and runs."""
        with self._faults.around("jobs.cancel"):
            job = self._jobs.get(name)
            if job is not None and self._state(job) is JobState.RUNNING:
                job.cancelled = True

    def lose(self, name: str) -> None:
        """Let somebody delete the job."""
        del self._jobs[name]
