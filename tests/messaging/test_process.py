"""Claims about the broker as a process: how it says it is ready and how it ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage

from local.messaging import connection_string

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "local.messaging")


@contextmanager
def process() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The broker as the platform starts it, and the port it says it listens on."""
    pipe = subprocess.PIPE
    with subprocess.Popen(COMMAND, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stdout is not None
        try:
            ready = json.loads(running.stdout.readline())
            assert ready == {"ready": True, "port": ready["port"]}
            yield running, ready["port"]
        finally:
            running.kill()


def test_a_ready_process_serves_the_projects_queues() -> None:
    with (
        process() as (_, port),
        ServiceBusClient.from_connection_string(connection_string(port)) as client,
        client.get_queue_sender("facts") as sender,
    ):
        sender.send_messages(ServiceBusMessage("x"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_cleanly(number: signal.Signals) -> None:
    with process() as (running, _):
        running.send_signal(number)
        assert (running.wait(5), running.stderr.read() if running.stderr else "") == (0, "")


def test_the_process_ends_when_its_parent_lets_go_of_stdin() -> None:
    with process() as (running, _):
        assert running.stdin is not None
        running.stdin.close()
        assert running.wait(5) == 0


def test_a_missing_configuration_file_is_named() -> None:
    ended = subprocess.run(
        [*COMMAND, "--servicebus", "missing.json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "cannot start" in ended.stderr
    assert "missing.json" in ended.stderr
