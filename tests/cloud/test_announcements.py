"""What the cloud tells others: registered models on the queue, scored requests on the hub."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from shared.contracts.collector import Collected
from shared.contracts.telemetry import parse_telemetry
from tests.cloud.things import (
    Cloud,
    Served,
    begin_deployment,
    collected,
    create_endpoint,
    onnx_model,
    random_rows,
    register,
    set_traffic,
    upload,
)


@pytest.fixture(scope="module")
def announced(broker: str) -> Iterator[Any]:
    """A receiver of the queue of registered models."""
    from azure.servicebus import ServiceBusClient

    with ServiceBusClient.from_connection_string(broker) as client, client.get_queue_receiver("model-events") as queue:
        yield queue


@pytest.fixture(scope="module")
def events(broker: str) -> Iterator[Any]:
    """What comes to the telemetry hub."""
    with collected(broker, "inference-telemetry") as waiting:
        yield waiting


class Caller:
    """Posts rows to the shared endpoint, and finds again what the telemetry says of its own requests."""

    def __init__(self, cloud: Cloud, key: str, events: Any, name: str) -> None:
        self._address = f"{cloud.url}/endpoints/shared/score"
        self._events = events
        self._name = name
        self._session = requests.Session()
        self._session.verify = cloud.ready["bundle"]
        self._session.headers.update({"Authorization": f"Bearer {key}", "x-ms-client-request-id": name})

    def __call__(self, rows: list[list[float]]) -> requests.Response:
        return self._session.post(self._address, json={"input_data": rows}, timeout=10)

    def records(self, count: int) -> list[tuple[Any, Any]]:
        """Waits for at least so many records of this caller; each with the event it came in."""
        return self._own(self._events(lambda received: len(self._own(received)) >= count))

    def _own(self, received: list[Any]) -> list[tuple[Any, Any]]:
        pairs = [(event, record) for event in received for record in json.loads(event.body_as_str())["records"]]
        return [(event, record) for event, record in pairs if _caller_of(record) == self._name]

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def caller(cloud: Cloud, workspace: Any, served: Served, events: Any, unique: str) -> Iterator[Caller]:
    """A caller of the shared endpoint no other test uses."""
    key = workspace.online_endpoints.get_keys(served.endpoint).primary_key
    made = Caller(cloud, key, events, unique)
    yield made
    made.close()


def test_a_new_model_version_is_announced_once(workspace: Any, announced: Any, unique: str) -> None:
    for description in ("first", "said again"):
        register(workspace, unique, "5", tags={"scenario": "classical"}, description=description)
    register(workspace, unique, "6")

    events = [event for event in _received(announced, f"{unique}:6") if unique in event["subject"]]

    assert [event["data"]["modelVersion"] for event in events] == ["5", "6"]
    assert events[0]["eventType"] == "Microsoft.MachineLearningServices.ModelRegistered"
    assert events[0]["data"]["modelTags"] == {"scenario": "classical"}


def test_every_scored_request_is_recorded(workspace: Any, served: Served, caller: Caller) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})
    for rows in ([[1.0, 2.0, 3.0]], [[1.0]]):
        caller(rows)

    good, bad = (record for _, record in caller.records(2))

    assert good["category"] == "AmlOnlineEndpointTrafficLog"
    properties = good["properties"]
    assert (properties["EndpointName"], properties["DeploymentName"]) == ("shared", "one")
    assert (properties["ResponseCode"], properties["ModelStatusCode"], properties["ModelOutputs"]) == (200, 200, [2])
    assert properties["TotalDurationMs"] > 0
    assert (bad["properties"]["ResponseCode"], bad["properties"]["ModelStatusCode"]) == (424, 500)


def test_many_records_travel_in_few_events_of_one_endpoint(workspace: Any, served: Served, caller: Caller) -> None:
    set_traffic(workspace, served.endpoint, {"one": 50, "two": 50})
    for row in random_rows(100):
        caller([row])

    records = caller.records(100)

    assert len(records) == 100
    assert len({event.sequence_number for event, _ in records}) < 50
    assert {event.partition_key for event, _ in records} == {b"shared"}
    assert len({record["properties"]["XRequestId"] for _, record in records}) == 100


def test_mirrored_traffic_is_recorded_but_not_answered(workspace: Any, served: Served, caller: Caller) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100}, {"two": 50})
    answers = {tuple(caller([[9.0, 1.0, 1.0]]).json()) for _ in range(40)}

    shadows = [record for _, record in caller.records(45) if record["properties"]["DeploymentName"] == "two"]

    assert answers == {(0,)}
    assert shadows[0]["properties"]["ModelOutputs"] == [10]


def test_a_model_that_collects_tells_what_it_was_asked_and_answered(
    workspace: Any, cloud: Cloud, storage: str, served: Served, events: Any, unique: str
) -> None:
    upload(storage, f"{unique}/1/model.onnx", onnx_model(collected=["a", "b", "c"]))
    create_endpoint(workspace, unique)
    begin_deployment(workspace, unique, "one", register(workspace, unique), served.image).result()
    set_traffic(workspace, unique, {"one": 100})
    key = workspace.online_endpoints.get_keys(unique).primary_key
    address, headers = f"{cloud.url}/endpoints/{unique}/score", {"Authorization": f"Bearer {key}"}
    requests.post(address, json={"input_data": [[0.5, 0.25, 0.25]]}, headers=headers, verify=cloud.ready["bundle"])

    def told(received: list[Any]) -> list[Collected]:
        every = [record for event in received for record in parse_telemetry(event.body_as_str().encode()).collected]
        return [record for record in every if record.endpoint == unique]

    inputs, outputs = told(events(lambda received: len(told(received)) == 2))

    assert (inputs.collection, list(inputs.rows)) == ("inputs", [{"a": 0.5, "b": 0.25, "c": 0.25}])
    assert list(outputs.rows) == [{"prediction": 0, "probabilities": [0.5, 0.25, 0.25]}]
    assert (outputs.deployment, outputs.correlation) == ("one", inputs.correlation)


def _caller_of(record: dict[str, Any]) -> str | None:
    """Who sent the request, as its resource log says."""
    caller: str | None = record.get("properties", {}).get("XMSClientRequestId")
    return caller


def _received(queue: Any, last: str) -> list[dict[str, Any]]:
    """Events up to the one whose subject ends so; older ones of other tests included."""
    events: list[dict[str, Any]] = []
    while not events or not events[-1]["subject"].endswith(last):
        messages = queue.receive_messages(100, max_wait_time=5)
        assert messages, f"No event about {last} came within 5 seconds; {len(events)} others did."
        for message in messages:
            queue.complete_message(message)
            events += json.loads(str(message))
    return events
