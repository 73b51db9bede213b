"""The command line: how it starts, what it says and how it ends."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from local.cloud import environment
from local.cloud.certificates import prepare
from tests.cloud.conftest import process, python_module

HEADERS = {"X-IDENTITY-HEADER": "local"}


def _started(folder: Path, *options: str) -> Any:
    silent = {"ServiceBusConnection": "", "EventHubConnection": "", "ModelStorage": ""}
    return process(*python_module("local.cloud", "--certificates", str(folder), *options), env=silent)


@pytest.mark.parametrize("end", ["SIGTERM", "SIGINT", "end of input"])
def test_it_ends_cleanly(tmp_path: Path, end: str) -> None:
    with _started(tmp_path) as child:
        child.stdout.readline()
        if end == "end of input":
            child.stdin.close()
        else:
            child.send_signal(signal.Signals[end])
        assert child.wait(5) == 0


def test_a_second_start_keeps_the_authority(tmp_path: Path) -> None:
    first, second = (prepare(tmp_path)[1].read_bytes() for _ in range(2))

    assert first == second
    assert (tmp_path / "ca.pem").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_an_error(cloud: Any, tmp_path: Path) -> None:
    port = str(cloud.ready["port"])
    command = python_module("local.cloud", "--certificates", str(tmp_path), "--port", port)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    assert ended.returncode == 1
    assert "address already in use" in ended.stderr.lower()


def test_an_identity_s_token_is_for_the_resource_asked_for(cloud: Any) -> None:
    address = environment(cloud.ready)["IDENTITY_ENDPOINT"]
    query = {"api-version": "2019-08-01", "resource": "https://vault.azure.net"}

    answer = requests.get(address, params=query, headers=HEADERS, timeout=5).json()

    assert answer["resource"] == "https://vault.azure.net"
    assert requests.get(address, params=query, timeout=5).status_code == 401


def test_the_workspace_is_closed_to_callers_without_a_token(cloud: Any) -> None:
    address = f"{cloud.url}/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"

    assert requests.get(address, verify=cloud.ready["bundle"], timeout=5).status_code == 401


def test_the_environment_names_only_this_cloud(cloud: Any) -> None:
    variables = environment(cloud.ready)

    assert variables["CONTAINER_REGISTRY"] == f"localhost:{cloud.ready['port']}"
    assert os.environ["AZUREML_DEV_URL_MFE"] == variables["AZUREML_DEV_URL_MFE"]
