"""What every side of the port for jobs does."""

import time
from typing import TYPE_CHECKING

import pytest
from azure.ai.ml import Input

from shared.ports import Impossible, JobSpec, JobState, JobView
from tests.ports.side import Side, unique

if TYPE_CHECKING:
    from tests.ports.real_side import RealSide

WORDS = {"word": "string", "times": "integer"}


def spec(template: str, **parameters: str) -> JobSpec:
    """A job of a name of its own."""
    return JobSpec(
        name=unique("job-"),
        template=template,
        compute="cpu-cluster",
        parameters=parameters,
        offered={"word": "offered", "unasked": "never given"},
        tags={"action": "retrain"},
    )


def ended(side: Side, name: str) -> JobView:
    """The job once it runs no more, 20 seconds from now at most."""
    deadline = time.monotonic() + 20
    while (view := side.jobs.look(name)) is None or view.state is JobState.RUNNING:
        assert time.monotonic() < deadline, f"job {name} is still {view}"
        side.wait_for_job()
    return view


def test_a_job_that_nobody_submitted_is_none(side: Side) -> None:
    assert side.jobs.look(unique("job-")) is None


def test_a_submitted_job_runs_and_succeeds(side: Side) -> None:
    job = spec(side.put_component(WORDS, "print(1)"), times="3")

    side.jobs.submit(job)

    view = ended(side, job.name)
    assert (view.state, view.word) == (JobState.SUCCEEDED, "Completed")


def test_a_job_whose_program_fails_has_failed(side: Side) -> None:
    job = spec(side.put_component(WORDS, "raise SystemExit(3)"), times="3")

    side.jobs.submit(job)

    assert ended(side, job.name).state is JobState.FAILED


def test_a_job_that_is_cancelled_is_cancelled_and_stays_so(side: Side) -> None:
    job = spec(side.put_component(WORDS, "import time; time.sleep(60)"), times="3")
    side.jobs.submit(job)

    side.jobs.cancel(job.name)

    assert ended(side, job.name).state is JobState.CANCELLED
    side.jobs.cancel(job.name)
    side.jobs.submit(job)
    view = side.jobs.look(job.name)
    assert view is not None
    assert view.state is JobState.CANCELLED


def test_cancelling_a_job_that_is_not_there_is_fine(side: Side) -> None:
    side.jobs.cancel(unique("job-"))


def test_a_job_submitted_twice_runs_once(side: Side) -> None:
    job = spec(side.put_component(WORDS, "print(1)"), times="3")

    side.jobs.submit(job)
    side.jobs.submit(job)
    ended(side, job.name)
    side.jobs.submit(job)

    assert side.runs_of(job.name) == 1


def test_a_job_of_an_unknown_component_is_impossible_and_named(side: Side) -> None:
    with pytest.raises(Impossible, match="nowhere:1"):
        side.jobs.submit(spec("azureml:nowhere:1"))


def test_a_parameter_that_is_no_input_is_impossible_and_named(side: Side) -> None:
    component = side.put_component(WORDS, "print(1)")

    with pytest.raises(Impossible, match="no input epochs"):
        side.jobs.submit(spec(component, times="3", epochs="5"))


def test_an_input_that_nobody_gives_is_impossible_and_named(side: Side) -> None:
    component = side.put_component(WORDS, "print(1)")

    with pytest.raises(Impossible, match="needs the input times"):
        side.jobs.submit(spec(component))


def test_a_parameter_of_another_type_is_impossible_and_named(side: Side) -> None:
    component = side.put_component(WORDS, "print(1)")

    with pytest.raises(Impossible, match=r"times .* is 'many', which is no integer"):
        side.jobs.submit(spec(component, times="many"))


def test_a_job_without_a_version_is_impossible_and_says_how_it_is_written(real: "RealSide") -> None:
    with pytest.raises(Impossible, match="name:version"):
        real.jobs.submit(spec("azureml:retrain"))


def test_a_job_gets_the_content_of_its_data_and_what_it_writes_is_kept(real: "RealSide") -> None:
    name = unique("rows")
    real.container("models").upload_blob(f"{name}/rows.csv", b"1,2\n")
    real.put_data(name, "4", f"{name}/rows.csv")
    program = "import sys,pathlib; pathlib.Path(sys.argv[2],'copy').write_bytes(pathlib.Path(sys.argv[1]).read_bytes())"
    component = real.put_component({"rows": "uri_file"}, program, output="made")
    job = spec(component, rows=f"azureml:{name}:4")

    real.jobs.submit(job)

    view = ended(real, job.name)
    assert view.state is JobState.SUCCEEDED, view
    folder = view.outputs["made"].partition("/paths/")[2]
    assert real.container("models").download_blob(f"{folder}copy").readall() == b"1,2\n"


def test_inputs_that_are_left_out_have_their_defaults_or_leave_their_part_of_the_command_out(real: "RealSide") -> None:
    program = "import sys,pathlib; pathlib.Path(sys.argv[1],'words').write_text(' '.join(sys.argv[2:]))"
    more = "${{inputs.rounds}} $[[--rate ${{inputs.rate}}]] $[[--seed ${{inputs.seed}}]]"
    inputs = {
        "rounds": Input(type="integer", default=7),
        "rate": Input(type="number", optional=True),
        "seed": Input(type="integer", optional=True),
    }
    job = spec(real.put_component({}, program, "made", more, **inputs), seed="3")

    real.jobs.submit(job)

    folder = ended(real, job.name).outputs["made"].partition("/paths/")[2]
    assert real.container("models").download_blob(f"{folder}words").readall() == b"7 --seed 3"
