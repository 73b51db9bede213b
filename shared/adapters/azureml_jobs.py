"""Azure Machine Learning's jobs, each made of a command component that the users registered."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from azure.ai.ml.exceptions import UserErrorException, ValidationException

from shared.adapters.azureml_models import ml_client
from shared.adapters.errors import found, reaching
from shared.ports import Conflict, Impossible, JobSpec, JobState, JobView
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

EXPERIMENT = "gatehouse"
OPTIONAL, INPUT = re.compile(r"\$\[\[(?P<words>.*?)\]\]", re.DOTALL), re.compile(r"\$\{\{inputs\.([^}]+)\}\}")
ENDED = {"Completed": JobState.SUCCEEDED, "Failed": JobState.FAILED, "Canceled": JobState.CANCELLED}
LITERALS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": lambda text: {"true": True, "false": False}[text.lower()],
}


class AzureMLJobs:
    """Jobs of one workspace."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _client(self) -> "MLClient":
        return ml_client(self._settings)

    def submit(self, spec: JobSpec) -> None:
        """Start the job once, however often it is submitted; raises Impossible, Unavailable."""
        if self.look(spec.name) is not None:
            return
        job = self._job(spec)
        try:
            with reaching(f"submitting job {spec.name}"), _valid(spec):
                self._client.jobs.create_or_update(job)
        except (Conflict, Impossible):
            if self.look(spec.name) is None:
                raise

    def _job(self, spec: JobSpec) -> Any:
        """The component as a job of its own: alone, the SDK would submit it without its environment."""
        from azure.ai.ml import Output, command

        component = self._component(spec.template)
        inputs = _inputs(component.inputs, spec)
        with _valid(spec):
            return command(
                name=spec.name,
                experiment_name=EXPERIMENT,
                tags=dict(spec.tags),
                compute=spec.compute or None,
                command=_command(component.command, inputs),
                code=component.code,
                environment=component.environment,
                inputs=inputs,
                outputs={name: Output(type=each.type) for name, each in component.outputs.items()},
            )

    def _component(self, template: str) -> Any:
        name, _, version = template.removeprefix("azureml:").partition(":")
        if not (name and version):
            raise Impossible(f"the job {template!r} must be a component as name:version")
        components = self._client.components
        component = found(f"reading component {template}", lambda: components.get(name=name, version=version))
        if component is None:
            raise Impossible(f"there is no component {template}; register it, or name another one in the policy")
        if component.type != "command":
            raise Impossible(f"component {template} is a {component.type} component; only command components are run")
        return component

    def look(self, name: str) -> JobView | None:
        """The job as it is now, or None; raises Unavailable."""
        job = found(f"reading job {name}", lambda: self._client.jobs.get(name))
        if job is None:
            return None
        outputs = {each: str(output.path) for each, output in (job.outputs or {}).items() if output.path}
        word = str(getattr(job.status, "value", job.status))  # an enumeration in some versions of the SDK
        return JobView(name=name, state=ENDED.get(word, JobState.RUNNING), word=word, outputs=outputs)

    def cancel(self, name: str) -> None:
        """Ask for the end of the job; one that has ended or is not there is fine. Raises Unavailable."""
        view = self.look(name)
        if view is not None and view.state is JobState.RUNNING:
            found(f"cancelling job {name}", lambda: self._client.jobs.begin_cancel(name))


def _command(line: str, inputs: Mapping[str, Any]) -> str:
    """The component's command with its optional parts, $[[…]], written out or left out: only components know those."""

    def chosen(part: re.Match[str]) -> str:
        return part["words"] if set(INPUT.findall(part["words"])) <= inputs.keys() else ""

    return OPTIONAL.sub(chosen, line)


def _inputs(declared: Mapping[str, Any], spec: JobSpec) -> dict[str, Any]:
    """The inputs of the component by name; raises Impossible for one that is missing, unknown or of another type."""
    if unknown := sorted(spec.parameters.keys() - declared.keys()):
        raise Impossible(
            f"component {spec.template} has no input {', '.join(unknown)}; correct the policy's parameters"
        )
    usual = {name: str(each.default) for name, each in declared.items() if each.default is not None}
    given = {**usual, **spec.offered, **spec.parameters}
    values = {name: value for name, value in given.items() if name in declared}
    if missing := sorted({name for name, each in declared.items() if not each.optional} - values.keys()):
        raise Impossible(f"component {spec.template} needs the input {', '.join(missing)}; add it to the parameters")
    return {name: _input(name, declared[name].type, value, spec) for name, value in values.items()}


def _input(name: str, kind: str, value: str, spec: JobSpec) -> Any:
    from azure.ai.ml import Input

    if kind not in LITERALS:
        return Input(type=kind, path=value)
    try:
        return LITERALS[kind](value)
    except (ValueError, KeyError):
        raise Impossible(
            f"the input {name} of component {spec.template} is {value[:80]!r}, which is no {kind}"
        ) from None


@contextmanager
def _valid(spec: JobSpec) -> Iterator[None]:
    """Turn what the SDK finds wrong with the job itself into Impossible."""
    try:
        yield
    except (ValidationException, UserErrorException) as error:
        raise Impossible(f"job {spec.name} of component {spec.template} is not valid: {error}") from error
