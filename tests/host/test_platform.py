"""The platform as a whole: everything starts in order, reaches everything else, and nothing outlives it."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from azure.storage.blob import BlobServiceClient

from local.platform import Platform
from local.processes import Child, ChildError
from local.storage import CONTAINERS
from tests.host.harness import HEADER, eventually

ROOT = Path(__file__).parent.parent.parent
SOURCE = """
@app.route()
def variable(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ.get(req.params["name"], "absent"))
"""


def app_folder(parent: Path) -> Path:
    folder = parent / "app"
    folder.mkdir()
    (folder / "function_app.py").write_text(HEADER + SOURCE)
    return folder


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    parent = tmp_path_factory.mktemp("platform")
    with Platform({"EXTRA": "of the test"}, root=parent / "local", app=app_folder(parent)) as platform:
        yield platform


def seen_by_app(platform: Platform, name: str) -> str:
    return requests.get(f"{platform.url}/api/variable", params={"name": name}, timeout=5).text


@pytest.mark.parametrize(
    "name",
    ["AzureWebJobsStorage", "StateStorage", "ModelStorage", "ServiceBusConnection", "EventHubConnection", "EXTRA"],
)
def test_the_app_has_every_variable_of_the_platform(platform: Platform, name: str) -> None:
    assert seen_by_app(platform, name) == platform.env[name]


def test_the_variables_are_the_platforms_alone(platform: Platform) -> None:
    assert "PATH" not in platform.env
    assert (platform.env["WEBSITE_AUTH_ENABLED"], platform.env["EXTRA"]) == ("true", "of the test")


def test_the_containers_of_the_app_are_there(platform: Platform) -> None:
    with BlobServiceClient.from_connection_string(platform.env["StateStorage"]) as blobs:
        assert {container.name for container in blobs.list_containers()} >= set(CONTAINERS)


def test_the_cloud_answers_where_the_variables_say(platform: Platform) -> None:
    url, bundle = platform.env["AZUREML_DEV_URL_MFE"], platform.env["REQUESTS_CA_BUNDLE"]
    assert requests.get(f"{url}/witness", verify=bundle, timeout=5).json() == []


def test_a_killed_app_starts_again(platform: Platform) -> None:
    before = platform.pids()["app"]
    platform.kill_app()
    platform.start_app()
    assert platform.pids()["app"] != before
    assert seen_by_app(platform, "EXTRA") == "of the test"


def test_an_app_that_does_not_start_is_named_with_its_log(platform: Platform, tmp_path: Path) -> None:
    broken = Platform(root=tmp_path, app=tmp_path)
    with pytest.raises(ChildError, match=r"app ended with exit code 1\.(.|\n)*no function_app.py in"):
        broken.start_app()


def test_a_part_that_ends_by_itself_is_named(platform: Platform) -> None:
    platform.check()
    os.kill(platform.pids()["app"], signal.SIGKILL)
    with pytest.raises(ChildError, match="app ended with exit code -9"):
        eventually(platform.check)
    platform.restart_app()
    platform.check()


class Up:
    """`up` in a process of its own, as a person runs it in a terminal."""

    def __init__(self, folder: Path) -> None:
        self.env_file = folder / "local" / "env"
        folders = [str(folder / "local"), str(app_folder(folder))]
        code = "import sys; from pathlib import Path; from local.up import run; sys.exit(run(*map(Path, sys.argv[1:])))"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (folder / "up.out").open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, *folders], env=environment, stdout=out, start_new_session=True
            )
        eventually(lambda: self.env_file.exists() and "GATEHOUSE_URL" in self.env_file.read_text(), 20)
        self.family = descendants(self.process.pid)

    def variables(self) -> dict[str, str]:
        lines = [shlex.split(line)[1] for line in self.env_file.read_text().splitlines()]
        return dict(line.split("=", 1) for line in lines)


def descendants(ancestor: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    family = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family - {ancestor}


def running(pids: set[int]) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    states = dict(line.split() for line in listed.splitlines())
    return {pid for pid in pids if not states.get(str(pid), "Z").startswith("Z")}


def test_ctrl_c_stops_up_cleanly_and_takes_everything_with_it(tmp_path: Path) -> None:
    up = Up(tmp_path)
    variables = up.variables()
    assert requests.get(f"{variables['GATEHOUSE_URL']}/api/variable?name=GATEHOUSE_URL", timeout=5).text == "absent"
    assert len(up.family) == 5  # storage and its node, messaging, cloud, app
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(15) == 0
    assert running(up.family) == set()
    assert not up.env_file.exists()


@pytest.mark.parametrize("module", ["local.storage", "local.messaging"])
def test_a_part_does_not_outlive_a_killed_parent(tmp_path: Path, module: str) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from local.processes import Child\n"
        "Child('part', [sys.executable, '-m', sys.argv[1]], os.environ, Path(sys.argv[2])).ready(20)\n"
        "print('{}', flush=True); time.sleep(60)"
    )
    parent = Child(
        "parent", [sys.executable, "-c", code, module, str(tmp_path)], {**os.environ, "PYTHONPATH": str(ROOT)}, tmp_path
    )
    parent.ready(20)
    family = descendants(parent.pid)
    assert family
    parent.kill()
    assert eventually(lambda: not running(family))
