"""The commands of `python -m local`: sending files, and saying who a person is."""

import base64
import json
from pathlib import Path

import pytest
from azure.eventhub import EventHubConsumerClient
from azure.servicebus import ServiceBusClient

from local import send as sending
from local.__main__ import main
from local.principal import principal
from local.up import exports


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "a.json").write_bytes(b'{"a": 1}')
    (tmp_path / "b.bin").write_bytes(b"\x00\xff")
    return [str(tmp_path / "a.json"), str(tmp_path / "b.bin")]


def test_files_sent_to_a_queue_arrive_byte_for_byte(
    broker: str, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ServiceBusConnection", broker)
    assert main(["send", "scan-results", *files]) == 0
    assert capsys.readouterr().out == "sent 2 to scan-results\n"
    with (
        ServiceBusClient.from_connection_string(broker) as client,
        client.get_queue_receiver("scan-results") as receiver,
    ):
        received = [b"".join(message.body) for message in receiver.peek_messages(max_message_count=5)]
    assert received == [b'{"a": 1}', b"\x00\xff"]


def test_files_sent_to_a_hub_arrive(broker: str, files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EventHubConnection", broker)
    assert main(["send", "data-arrivals", *files]) == 0
    with EventHubConsumerClient.from_connection_string(broker, "group", eventhub_name="data-arrivals") as client:
        partitions = [client.get_partition_properties(name) for name in client.get_partition_ids()]
    assert sum(partition["last_enqueued_sequence_number"] + 1 for partition in partitions) == 2


def test_an_unknown_destination_lists_the_names(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "nowhere", *files]) == 1
    complaint = capsys.readouterr().err
    assert "no queue or event hub 'nowhere'" in complaint
    assert "scan-results" in complaint
    assert "inference-telemetry" in complaint


def test_sending_without_a_platform_says_how_to_get_one(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ServiceBusConnection", raising=False)
    assert main(["send", "facts", *files]) == 1
    assert "run `python -m local up`, and `source .local/env`" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "facts", "no-such-file"]) == 1
    assert "no-such-file" in capsys.readouterr().err


def test_queues_and_hubs_are_those_of_the_brokers_configuration() -> None:
    assert {"facts", "rollback"} <= set(sending.queues())
    assert sending.hubs() == ["data-arrivals", "inference-telemetry", "monitoring-alerts"]


def test_a_principal_is_what_easy_auth_hands_over() -> None:
    document = json.loads(base64.b64decode(principal("Ada", "00000000-0000-0000-0000-00000000000a", ["A", "B"])))
    claims = [(claim["typ"].rsplit("/", maxsplit=1)[-1], claim["val"]) for claim in document["claims"]]
    assert (document["auth_typ"], document["name_typ"], document["role_typ"]) == ("aad", "name", "roles")
    assert claims == [
        ("objectidentifier", "00000000-0000-0000-0000-00000000000a"),
        ("tenantid", "00000000-0000-0000-0000-0000000000ff"),
        ("name", "Ada"),
        ("roles", "A"),
        ("roles", "B"),
    ]


def test_exported_values_are_quoted_for_the_shell() -> None:
    assert exports({"B": "a;b c", "A": "x"}) == "export A=x\nexport B='a;b c'\n"
