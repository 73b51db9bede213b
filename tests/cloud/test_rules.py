"""The endpoint rules by themselves, where a moment in the middle of an operation can be held still."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloud.endpoints import Deployment, Endpoint, Endpoints
from local.cloud.images import ImageName, parse
from local.cloud.refusals import Refusal

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def body(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


@pytest.fixture
def endpoints() -> Endpoints:
    """One endpoint `scoring` with deployments `old`, live, and `new`, ready."""
    made = Endpoints()
    endpoint = made.begin_put("scoring", body(), {}, NOW)
    made.apply(endpoint, body())
    for name in ("old", "new"):
        made.begin_put_deployment(endpoint, name, body(), NOW).state = "Succeeded"
    made.apply(endpoint, body(traffic={"old": 100}))
    return made


@pytest.fixture
def endpoint(endpoints: Endpoints) -> Endpoint:
    return endpoints.get("scoring")


def refusal(call: Any, *arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        call(*arguments)
    return refused.value


def test_an_endpoint_under_way_takes_no_other_write(endpoints: Endpoints) -> None:
    endpoints.begin_put("scoring", body(), {}, NOW)

    assert refusal(endpoints.begin_put, "scoring", body(), {}, NOW).status == 409
    assert refusal(endpoints.begin_delete, "scoring").status == 409


def test_a_deployment_under_way_takes_no_other_write(endpoints: Endpoints, endpoint: Endpoint) -> None:
    endpoints.begin_put_deployment(endpoint, "new", body(), NOW)

    assert refusal(endpoints.begin_put_deployment, endpoint, "new", body(), NOW).status == 409
    assert refusal(endpoints.begin_delete_deployment, endpoint, "new").status == 409
    assert refusal(endpoints.begin_delete, "scoring").status == 409


@pytest.mark.parametrize("state", ["Creating", "Updating", "Deleting", "Failed"])
def test_traffic_goes_to_ready_deployments_only(endpoints: Endpoints, endpoint: Endpoint, state: str) -> None:
    endpoint.deployment("new").state = state

    refused = refusal(endpoints.begin_put, "scoring", body(traffic={"new": 100}), {}, NOW)

    assert (refused.status, endpoint.state) == (400, "Succeeded")
    assert f"deployments/new, which is {state}" in refused.message


def test_traffic_accepted_for_a_deployment_deleted_meanwhile_never_applies(
    endpoints: Endpoints, endpoint: Endpoint
) -> None:
    wanted = body(traffic={"new": 100})
    endpoints.begin_put("scoring", wanted, {}, NOW)
    deleted = endpoints.begin_delete_deployment(endpoint, "new")

    assert isinstance(deleted, Deployment)
    assert refusal(endpoints.apply, endpoint, wanted).status == 400
    assert endpoint.traffic == {"old": 100}


def test_the_traffic_in_force_changes_only_when_the_operation_ends(endpoints: Endpoints, endpoint: Endpoint) -> None:
    wanted = body(traffic={"old": 90, "new": 10})
    endpoints.begin_put("scoring", wanted, {}, NOW)
    assert (endpoint.traffic, endpoint.state) == ({"old": 100}, "Updating")

    endpoints.apply(endpoint, wanted)
    assert (endpoint.traffic, endpoint.state) == ({"old": 90, "new": 10}, "Succeeded")


def test_an_endpoint_has_no_more_than_twenty_deployments(endpoints: Endpoints, endpoint: Endpoint) -> None:
    for number in range(18):
        endpoints.begin_put_deployment(endpoint, f"more-{number}", body(), NOW)

    assert "20 deployments" in refusal(endpoints.begin_put_deployment, endpoint, "one-more", body(), NOW).message


@pytest.mark.parametrize("share", [True, 50.0, "50", -1, 101, None])
def test_a_share_that_is_no_whole_percentage_is_refused(endpoints: Endpoints, share: object) -> None:
    assert refusal(endpoints.begin_put, "scoring", body(traffic={"new": share}), {}, NOW).status == 400


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("localhost:5000/a/b:1", ImageName("localhost:5000", "a/b", "1")),
        ("localhost:5000/a", ImageName("localhost:5000", "a", "latest")),
        ("r.azurecr.io/a:1@sha256:ab", ImageName("r.azurecr.io", "a", "sha256:ab")),
    ],
)
def test_an_image_name_comes_apart(image: str, name: ImageName) -> None:
    assert parse(image) == name
