"""Endpoints, deployments and traffic through the unmodified MLClient, with the rules of the real service."""

import time
from typing import Any

import pytest
from azure.ai.ml.entities import ManagedOnlineEndpoint
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.cloud.things import (
    Cloud,
    Served,
    begin_deployment,
    create_endpoint,
    push_image,
    register,
    set_traffic,
    upload,
)


def test_a_new_endpoint_has_no_traffic_and_an_address(workspace: Any, unique: str) -> None:
    create_endpoint(workspace, unique)

    found = workspace.online_endpoints.get(unique)

    assert (found.traffic, found.provisioning_state) == ({}, "Succeeded")
    assert found.scoring_uri.endswith(f"/endpoints/{unique}/score")
    assert unique in [endpoint.name for endpoint in workspace.online_endpoints.list()]


@pytest.mark.parametrize("name", ["Ab-c", "ab--c", "1abc", "ab", "a" * 33])
def test_an_endpoint_name_the_service_forbids_is_refused(workspace: Any, name: str) -> None:
    """Asked of the generated client, because the SDK's own check refuses some names before it sends them."""
    body = ManagedOnlineEndpoint(name="allowed", auth_mode="key")._to_rest_online_endpoint("westeurope")
    operation = workspace.online_endpoints._online_operation
    with pytest.raises(HttpResponseError, match="is not allowed") as refused:
        operation.begin_create_or_update("rg", "ws", name, body)
    assert refused.value.status_code == 400


def test_traffic_is_what_was_written_last(workspace: Any, served: Served) -> None:
    for traffic in ({"one": 90, "two": 10}, {"one": 0, "two": 100}):
        set_traffic(workspace, served.endpoint, traffic)
        assert workspace.online_endpoints.get(served.endpoint).traffic == traffic


@pytest.mark.parametrize(
    ("traffic", "mirror"),
    [
        ({"one": 60, "two": 30}, {}),
        ({"one": 60, "nowhere": 40}, {}),
        ({"one": 150, "two": -50}, {}),
        ({"one": 100}, {"two": 60}),
        ({"one": 100}, {"one": 10}),
    ],
)
def test_traffic_that_breaks_a_rule_is_refused_and_changes_nothing(
    workspace: Any, served: Served, traffic: dict[str, int], mirror: dict[str, int]
) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})

    with pytest.raises(HttpResponseError) as refused:
        set_traffic(workspace, served.endpoint, traffic, mirror)

    assert refused.value.status_code == 400
    assert workspace.online_endpoints.get(served.endpoint).traffic == {"one": 100, "two": 0}


def test_an_endpoint_put_without_traffic_loses_it(workspace: Any, served: Served) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})

    create_endpoint(workspace, served.endpoint)

    assert workspace.online_endpoints.get(served.endpoint).traffic == {"one": 0, "two": 0}


def test_a_second_write_while_one_is_under_way_is_a_conflict(workspace: Any, served: Served) -> None:
    """Asked of the generated client: the public one reads the workspace in between, and the moment could pass."""
    set_traffic(workspace, served.endpoint, {"one": 100})
    put, scope = workspace.online_endpoints._online_operation.begin_create_or_update, ("rg", "ws", served.endpoint)
    body = workspace.online_endpoints.get(served.endpoint)._to_rest_online_endpoint("westeurope")
    under_way = put(*scope, body)

    with pytest.raises(ResourceExistsError, match="Updating"):
        put(*scope, body)
    under_way.result()


def test_a_deployment_with_traffic_cannot_be_deleted(workspace: Any, served: Served) -> None:
    set_traffic(workspace, served.endpoint, {"one": 90, "two": 10})

    with pytest.raises(HttpResponseError, match="10 % of the traffic"):
        workspace.online_deployments.begin_delete("two", served.endpoint)


def test_a_dropped_poller_loses_nothing(workspace: Any, served: Served) -> None:
    begin_deployment(workspace, served.endpoint, "dropped", served.model, served.image)
    assert workspace.online_deployments.get("dropped", served.endpoint).provisioning_state == "Creating"
    assert _end_of(workspace, served.endpoint, "dropped") == "Succeeded"
    assert "Serving" in workspace.online_deployments.get_logs("dropped", served.endpoint, 10)
    workspace.online_deployments.begin_delete("dropped", served.endpoint).result()
    with pytest.raises(ResourceNotFoundError):
        workspace.online_deployments.get("dropped", served.endpoint)


def test_deleting_a_missing_deployment_is_no_error(workspace: Any, served: Served) -> None:
    workspace.online_deployments.begin_delete("nothing", served.endpoint).result()


@pytest.mark.parametrize("flaw", ["missing", "read-locked", "elsewhere"])
def test_an_image_that_cannot_be_pulled_fails_the_deployment(
    workspace: Any, registry: Any, served: Served, unique: str, flaw: str
) -> None:
    image = f"{served.login_server}/{unique}:1"
    if flaw == "read-locked":
        registry.update_manifest_properties(unique, push_image(registry, unique), can_read=False)
    if flaw == "elsewhere":
        image = "docker.example/anything:1"

    error = _failure(begin_deployment(workspace, served.endpoint, unique, served.model, image))

    assert error.code == "ImagePullFailed"
    assert image in error.message
    assert workspace.online_deployments.get(unique, served.endpoint).provisioning_state == "Failed"


@pytest.mark.parametrize(
    ("blobs", "told"),
    [
        ({}, "0 .onnx files among 0 blobs"),
        ({"a.onnx": b"", "b.onnx": b""}, "2 .onnx files among 2 blobs"),
        ({"model.onnx": b"not a model"}, "cannot be loaded by onnxruntime"),
    ],
)
def test_a_model_that_cannot_be_loaded_fails_the_deployment(
    workspace: Any, served: Served, storage: str, unique: str, blobs: dict[str, bytes], told: str
) -> None:
    for name, content in blobs.items():
        upload(storage, f"{unique}/1/{name}", content)
    model = register(workspace, unique)

    error = _failure(begin_deployment(workspace, served.endpoint, unique, model, served.image))

    assert told in error.message


def test_deleting_an_endpoint_deletes_its_deployments(
    cloud: Cloud, workspace: Any, served: Served, unique: str
) -> None:
    create_endpoint(workspace, unique)
    begin_deployment(workspace, unique, "only", served.model, served.image).result()

    workspace.online_endpoints.begin_delete(unique).result()

    with pytest.raises(ResourceNotFoundError):
        workspace.online_endpoints.get(unique)
    effects = [entry["effect"] for entry in cloud.witness() if entry.get("endpoint") == unique]
    assert effects == [
        "endpoint-created",
        "deployment-create-started",
        "deployment-create-succeeded",
        "deployment-deleted",
        "endpoint-deleted",
    ]


def test_the_witness_tells_every_traffic_map_in_order(cloud: Cloud, workspace: Any, served: Served) -> None:
    before = len(cloud.witness())
    for share in (10, 50):
        set_traffic(workspace, served.endpoint, {"one": 100 - share, "two": share})

    seen = [entry for entry in cloud.witness()[before:] if entry["effect"] == "traffic-written"]

    assert [entry["traffic"] for entry in seen] == [{"one": 90, "two": 10}, {"one": 50, "two": 50}]
    assert cloud.log.read_text().count("\n") == len(cloud.witness())


def _end_of(workspace: Any, endpoint: str, name: str) -> str:
    for _ in range(100):
        state: str = workspace.online_deployments.get(name, endpoint).provisioning_state
        if state != "Creating":
            return state
        time.sleep(0.05)
    pytest.fail(f"{name} is still being created after 5 seconds.")


def _failure(poller: Any) -> Any:
    """The error of a failed operation; the SDK raises it with the status of the poll, which is 200."""
    with pytest.raises(HttpResponseError) as failed:
        poller.result()
    assert failed.value.status_code == 200
    return failed.value.error
