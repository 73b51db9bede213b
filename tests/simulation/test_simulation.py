"""The simulator's own share of the suite: fixed seeds of all modes, every seed that ever failed, and its honesty."""

import json
import os
import subprocess
import sys

import pytest

from tests.simulation.campaign import MIXED, Task, campaign, mixed
from tests.simulation.hunting import hunt
from tests.simulation.mutants import MUTANTS
from tests.simulation.planting import ROOT, sources
from tests.simulation.saved import saved
from tests.simulation.schedule import JOURNEYS, Mode
from tests.simulation.tables import noted

SEEDS = 50


@pytest.mark.parametrize("first", [0, 50, 100])
def test_fixed_seeds_of_every_mode_violate_nothing(first: int) -> None:
    total = campaign(mixed(first, SEEDS), 1)
    assert [(task, problem) for task, problem in total.failed] == []
    assert set(total.modes) == {mode.name for mode in MIXED}
    assert total.faults.total() > SEEDS * 10, "schedules without trouble show little"
    assert total.stages["live"] > SEEDS / 3, "schedules in which nothing goes live show little"


@pytest.mark.parametrize("task", saved(), ids=str)
def test_a_schedule_that_once_failed_does_so_no_more(task: Task) -> None:
    assert task.run().problem == ""


@pytest.mark.parametrize("journey", range(JOURNEYS))
def test_the_reference_journeys_end_by_themselves(journey: int) -> None:
    run = Task(Mode.D.name, journey).run()
    assert (run.problem, run.faults) == ("", {})


def test_a_seed_gives_the_same_run_whatever_python_hashes_with() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "312", "--mode", "A", "--json"]
    runs = [
        json.loads(subprocess.check_output(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}))
        for seed in ("1", "2")
    ]
    assert runs[0]["digest"] == runs[1]["digest"]
    assert runs[0]["calls"] > 200


def test_another_seed_gives_another_run() -> None:
    assert Task(Mode.A.name, 7).run(aloud=True).digest != Task(Mode.A.name, 8).run(aloud=True).digest


@pytest.mark.parametrize("name", MUTANTS)
def test_each_planted_bug_still_fits_the_code(name: str) -> None:
    for module, source in sources(MUTANTS[name]).items():
        compile(source, module, "exec")


def test_the_table_of_planted_bugs_has_each_of_them_once() -> None:
    assert list(noted()) == list(MUTANTS)


@pytest.mark.parametrize("name", ["no conditional write", "approval of another digest"])
def test_a_planted_bug_is_found(name: str) -> None:
    ended = hunt(name, 300)
    assert ended.found, f"{name} survived {ended.schedules} schedules"
