"""What the cloud refuses of jobs, and what it says of those that fail, as Azure ML would."""

import shlex
import time
from typing import Any

import pytest
from azure.ai.ml import command
from azure.ai.ml.dsl import pipeline
from azure.ai.ml.entities import Environment
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError


@pytest.fixture
def environment(workspace: Any, unique: str) -> str:
    """A registered environment."""
    workspace.environments.create_or_update(Environment(name=unique, version="1", image="training:1"))
    return f"azureml:{unique}:1"


def job(name: str, environment: str, program: str) -> Any:
    """A job that runs a program."""
    line = f"python -c {shlex.quote(program)}"
    return command(name=name, command=line, environment=environment, compute="cpu", inputs={})


def status(workspace: Any, name: str) -> str:
    """How the job ended, 15 seconds from now at most."""
    deadline = time.monotonic() + 15
    while (found := workspace.jobs.get(name).status) not in {"Completed", "Failed", "Canceled"}:
        assert time.monotonic() < deadline, f"{name} is still {found}"
        time.sleep(0.05)
    return str(found.value)


def test_the_same_job_put_again_is_the_same_run(workspace: Any, environment: str, unique: str) -> None:
    for _ in range(2):
        workspace.jobs.create_or_update(job(unique, environment, "print(1)"))

    assert status(workspace, unique) == "Completed"


def test_another_job_of_the_same_name_is_refused(workspace: Any, environment: str, unique: str) -> None:
    workspace.jobs.create_or_update(job(unique, environment, "print(1)"))

    with pytest.raises(HttpResponseError, match="exists with another command"):
        workspace.jobs.create_or_update(job(unique, environment, "print(2)"))


def test_an_unknown_job_is_not_found(workspace: Any, unique: str) -> None:
    with pytest.raises(ResourceNotFoundError):
        workspace.jobs.get(unique)


def test_a_pipeline_is_refused_because_nothing_here_runs_it(workspace: Any, environment: str, unique: str) -> None:
    step = command(name="step", command="python -c 1", environment=environment, compute="cpu")

    @pipeline(name=unique, compute="cpu")
    def steps() -> None:
        step()

    with pytest.raises(HttpResponseError, match="only jobs of the type Command"):
        workspace.jobs.create_or_update(steps())
