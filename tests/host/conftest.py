"""Real storage and messaging for the tests of the host, once per session."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.host.harness import App, spawn
from tests.host.workers import SOURCE, Bus, Hubs


def queue_config(lock_durations: Mapping[str, str]) -> dict[str, Any]:
    """Queues by name, each with its lock duration (ISO 8601), in the official emulator's format."""
    queues = [
        {"Name": name, "Properties": {"LockDuration": lock, "MaxDeliveryCount": 10, "DefaultMessageTimeToLive": "PT1H"}}
        for name, lock in lock_durations.items()
    ]
    return {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": queues}]}}


def hub_config(partitions: Mapping[str, int]) -> dict[str, Any]:
    """Event hubs by name, each with its number of partitions, in the official emulator's format."""
    hubs = [
        {"Name": name, "PartitionCount": str(count), "ConsumerGroups": [{"Name": "group"}]}
        for name, count in partitions.items()
    ]
    return {"UserConfig": {"NamespaceConfig": [{"Type": "EventHub", "Name": "emulatorNs1", "Entities": hubs}]}}


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from local.storage import storage_connection_string

    child = spawn("storage", ["local.storage"], tmp_path_factory.mktemp("storage"))
    yield storage_connection_string(child.ready(20)["port"])
    child.stop()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from local.messaging import connection_string

    folder = tmp_path_factory.mktemp("messaging")
    queues, hubs = folder / "servicebus.json", folder / "eventhubs.json"
    # "scan-results" and "data-arrivals" are Gatehouse's own names, which `send` knows.
    queues.write_text(
        json.dumps(queue_config({"words": "PT30S", "batches": "PT30S", "brief": "PT1S", "scan-results": "PT30S"}))
    )
    hubs.write_text(json.dumps(hub_config({"ones": 1, "manys": 1, "mixed": 1, "retried": 1, "data-arrivals": 2})))
    arguments = ["local.messaging", "--servicebus", str(queues), "--eventhubs", str(hubs)]
    child = spawn("messaging", arguments, folder)
    yield connection_string(child.ready(20)["port"])
    child.stop()


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory, broker: str, storage: str) -> Iterator[App]:
    settings = {"Bus": broker, "Hubs": broker, "WORDS": "words", "AzureWebJobsStorage": storage}
    app = App(tmp_path_factory.mktemp("workers"), SOURCE, **settings)
    yield app
    app.child.stop()


@pytest.fixture(scope="session")
def bus(broker: str) -> Iterator[Bus]:
    bus = Bus(broker)
    yield bus
    bus.close()


@pytest.fixture(scope="session")
def hubs(broker: str) -> Iterator[Hubs]:
    hubs = Hubs(broker)
    yield hubs
    hubs.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The embedded host waits for real timers, locks and processes: CI runs its suite apart."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)
