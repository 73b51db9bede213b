"""How the host starts, refuses to start, and stops."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from local.host.config import HostConfig, connection_string, read_host_config, resolve
from local.host.failures import StartError
from tests.host.harness import App, eventually

TINY = """
@app.route()
def slow(req: func.HttpRequest) -> func.HttpResponse:
    note(started=True)
    time.sleep(0.3)
    return func.HttpResponse("finished")
"""


def run_host(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.host", "--app", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, stdin=subprocess.PIPE, check=False)


def refusal(folder: Path, source: str) -> str:
    (folder / "function_app.py").write_text(f"import azure.functions as func\napp = func.FunctionApp()\n{source}")
    ended = run_host(folder)
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr


def test_an_app_that_cannot_be_imported_ends_with_its_error(tmp_path: Path) -> None:
    assert "No module named 'not_installed'" in refusal(tmp_path, "import not_installed")


def test_a_folder_without_an_app_is_named(tmp_path: Path) -> None:
    ended = run_host(tmp_path)
    assert ended.returncode == 1
    assert f"no function_app.py in {tmp_path}" in ended.stderr


def test_an_output_binding_is_refused_with_the_functions_name(tmp_path: Path) -> None:
    source = """
@app.timer_trigger(arg_name="t", schedule="0 0 * * * *")
@app.queue_output(arg_name="o", queue_name="q", connection="C")
def writes(t: func.TimerRequest, o: func.Out[str]) -> None: ...
"""
    assert "Function writes has the bindings" in refusal(tmp_path, source)


def test_a_connection_that_is_not_set_is_named(tmp_path: Path) -> None:
    source = """
@app.service_bus_queue_trigger(arg_name="m", queue_name="facts", connection="NoSuchConnection")
def takes(m: func.ServiceBusMessage) -> None: ...
"""
    assert "Connection NoSuchConnection: no setting of that name" in refusal(tmp_path, source)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, None])
def test_the_host_finishes_its_invocations_and_ends_with_0(tmp_path: Path, how: signal.Signals | None) -> None:
    app = App(tmp_path, TINY)
    answers: list[str] = []
    call = threading.Thread(target=lambda: answers.append(requests.get(f"{app.url}/api/slow", timeout=5).text))
    call.start()
    app.await_seen(1)
    if how is None:
        app.child.end_input()
    else:
        app.child.send_signal(how)
    assert eventually(lambda: not app.child.alive)
    call.join()
    assert (answers, app.child.exit_code) == (["finished"], 0)
    app.child.stop()


def test_an_idle_http_host_stops_within_a_second(tmp_path: Path) -> None:
    app = App(tmp_path, TINY)
    began = time.monotonic()
    app.child.stop()
    assert (app.child.exit_code, time.monotonic() - began < 1) == (0, True)


def test_host_json_gives_its_limits_in_seconds_and_counts(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text(
        '{"extensions": {"http": {"routePrefix": ""}, "serviceBus": {"maxConcurrentCalls": 3,'
        ' "maxAutoLockRenewalDuration": "00:01:30"}, "eventHubs": {"maxEventBatchSize": 7}}}'
    )
    expected = HostConfig(route_prefix="", max_concurrent_calls=3, max_lock_renewal=90.0, max_event_batch_size=7)
    assert read_host_config(tmp_path) == expected


def test_a_percent_setting_is_replaced_and_an_absent_one_is_named() -> None:
    assert resolve("%A%-%B%", {"A": "x", "B": "y"}) == "x-y"
    with pytest.raises(StartError, match="the setting B is not in the environment"):
        resolve("%A%-%B%", {"A": "x"})


def test_an_identity_based_connection_is_refused_with_what_to_set() -> None:
    with pytest.raises(StartError, match="needs a connection string in the setting Bus"):
        connection_string("Bus", {"Bus__fullyQualifiedNamespace": "x.servicebus.windows.net"})


@pytest.mark.parametrize("schedule", ["every day", "0 0 0 30 2 *"])
def test_a_timer_that_is_never_due_is_refused(tmp_path: Path, schedule: str) -> None:
    source = f"""
@app.timer_trigger(arg_name="t", schedule="{schedule}")
def never(t: func.TimerRequest) -> None: ...
"""
    assert f"Timer never: '{schedule}' is not an NCRONTAB expression" in refusal(tmp_path, source)
