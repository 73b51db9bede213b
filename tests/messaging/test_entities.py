"""Claims about the configuration files of the official emulators."""

import json
from pathlib import Path

import pytest

from local.messaging.entities import Entities, HubRules, duration_ms, load
from local.messaging.queue_entry import NEVER, QueueRules

ROOT = Path(__file__).parents[2]


def queues_file(folder: Path, *queues: dict[str, object]) -> Path:
    path = folder / "servicebus.json"
    path.write_text(json.dumps({"UserConfig": {"Namespaces": [{"Name": "n", "Queues": list(queues)}]}}))
    return path


def test_the_projects_own_files_name_its_queues_and_hubs() -> None:
    entities = load(ROOT / "local/servicebus.json", ROOT / "local/eventhubs.json")
    rules = {queue.name: queue for queue in entities.queues}
    assert rules["facts"].duplicate_window_ms == 300_000
    assert rules["scan-results"].duplicate_window_ms is None
    assert (rules["rollback"].lock_ms, rules["rollback"].ttl_ms) == (60_000, 3_600_000)
    assert HubRules("data-arrivals", 2, ("gatehouse",)) in entities.hubs


def test_a_queue_without_properties_gets_the_services_defaults(tmp_path: Path) -> None:
    assert load(queues_file(tmp_path, {"Name": "q"}), None).queues == (QueueRules("q", ttl_ms=NEVER),)


@pytest.mark.parametrize(("text", "expected"), [("PT1M", 60_000), ("P1DT2H", 93_600_000), ("PT0.5S", 500)])
def test_durations_are_read_to_the_millisecond(text: str, expected: int) -> None:
    assert duration_ms(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "1M", "PT1X"])
def test_what_is_no_duration_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO-8601 duration"):
        duration_ms(text)


def test_a_queue_that_wants_sessions_is_refused_with_file_and_name(tmp_path: Path) -> None:
    path = queues_file(tmp_path, {"Name": "ordered", "Properties": {"RequiresSession": True}})
    with pytest.raises(ValueError, match=r"servicebus\.json: entity 'ordered': sessions are not emulated"):
        load(path, None)


def test_a_name_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="more than one queue or hub: facts"):
        Entities(queues=(QueueRules("facts"),), hubs=(HubRules("Facts"),))
