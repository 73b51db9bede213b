"""Claims about endpoints and their deployments: changes take time, and one at a time."""

from dataclasses import replace

import pytest

from shared.ports import Conflict, Impossible
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique


def made_endpoint(side: Side) -> str:
    """An endpoint that is ready."""
    name = unique()
    side.endpoints.create_endpoint(name)
    side.settle(name)
    return name


def made_deployments(side: Side, *names: str) -> str:
    """An endpoint with deployments that are ready, without traffic."""
    endpoint = made_endpoint(side)
    for name in names:
        side.endpoints.create_deployment(side.spec(endpoint, name))
    side.settle(endpoint)
    return endpoint


def traffic_of(side: Side, endpoint: str) -> dict[str, int]:
    """What the endpoint serves now."""
    view = side.endpoints.endpoint(endpoint)
    assert view is not None
    return dict(view.traffic)


def give(side: Side, endpoint: str, **weights: int) -> None:
    """Write the traffic and wait until it is there."""
    side.endpoints.set_traffic(endpoint, weights)
    side.settle(endpoint)


def state_of(side: Side, endpoint: str, deployment: str) -> str:
    """The state of the deployment, "" when there is none."""
    view = side.endpoints.deployment(endpoint, deployment)
    return view.state if view else ""


def test_an_unknown_endpoint_is_none_and_has_no_deployments(side: Side) -> None:
    name = unique()

    assert side.endpoints.endpoint(name) is None
    assert side.endpoints.deployment(name, "one") is None
    assert list(side.endpoints.deployments(name)) == []


def test_an_endpoint_is_creating_and_then_ready_with_an_address_and_no_traffic(side: Side) -> None:
    name = unique()

    side.endpoints.create_endpoint(name)
    early = side.endpoints.endpoint(name)
    side.settle(name)
    late = side.endpoints.endpoint(name)

    assert early is not None
    assert late is not None
    assert (early.state, late.state) == ("Creating", "Succeeded")
    assert (late.name, late.traffic) == (name, {})
    assert late.scoring_uri.startswith("https://")


def test_an_endpoint_that_is_being_made_takes_no_other_change(side: Side) -> None:
    spec = side.spec(name := unique(), "one")
    side.endpoints.create_endpoint(name)

    with pytest.raises(Conflict):
        side.endpoints.create_endpoint(name)
    with pytest.raises(Conflict):
        side.endpoints.create_deployment(spec)


def test_making_an_endpoint_that_is_there_is_a_conflict_and_leaves_its_traffic(side: Side) -> None:
    endpoint = made_deployments(side, "one")
    give(side, endpoint, one=100)

    with pytest.raises(Conflict, match=endpoint):
        side.endpoints.create_endpoint(endpoint)

    side.settle(endpoint)
    assert traffic_of(side, endpoint) == {"one": 100}


def test_a_deployment_is_creating_and_then_ready(side: Side) -> None:
    endpoint = made_endpoint(side)

    side.endpoints.create_deployment(side.spec(endpoint, "one"))

    assert state_of(side, endpoint, "one") == "Creating"
    side.settle(endpoint)
    assert state_of(side, endpoint, "one") == "Succeeded"
    assert [view.name for view in side.endpoints.deployments(endpoint)] == ["one"]
    assert side.endpoints.deployment(endpoint, "two") is None


def test_a_deployment_that_can_not_come_up_is_failed_and_gets_no_traffic(side: Side) -> None:
    endpoint = made_endpoint(side)
    side.endpoints.create_deployment(side.spec(endpoint, "one", sound=False))
    side.settle(endpoint)

    assert state_of(side, endpoint, "one") == "Failed"
    with pytest.raises(Impossible):
        side.endpoints.set_traffic(endpoint, {"one": 100})


@pytest.mark.parametrize("sound", [True, False])
def test_a_deployment_that_is_there_is_never_made_again(side: Side, sound: bool) -> None:
    endpoint = made_endpoint(side)
    spec = side.spec(endpoint, "one", sound=sound)
    side.endpoints.create_deployment(spec)
    with pytest.raises(Conflict):
        side.endpoints.create_deployment(spec)
    side.settle(endpoint)
    before = state_of(side, endpoint, "one")

    with pytest.raises(Conflict):
        side.endpoints.create_deployment(spec)

    assert state_of(side, endpoint, "one") == before


def test_a_deployment_on_an_endpoint_that_is_not_there_is_impossible(side: Side) -> None:
    with pytest.raises(Impossible):
        side.endpoints.create_deployment(side.spec(unique(), "one"))


def test_traffic_is_written_whole_and_reads_as_before_until_it_is_there(side: Side) -> None:
    endpoint = made_deployments(side, "one", "two")

    give(side, endpoint, one=100)
    side.endpoints.set_traffic(endpoint, {"one": 90, "two": 10})
    assert traffic_of(side, endpoint) == {"one": 100}
    side.settle(endpoint)
    assert traffic_of(side, endpoint) == {"one": 90, "two": 10}

    give(side, endpoint, two=100, one=0)
    assert traffic_of(side, endpoint) == {"two": 100}


def test_all_traffic_can_be_taken_away(side: Side) -> None:
    endpoint = made_deployments(side, "one")
    give(side, endpoint, one=100)

    give(side, endpoint)

    assert traffic_of(side, endpoint) == {}


def test_a_second_write_of_traffic_while_one_is_under_way_is_a_conflict(side: Side) -> None:
    endpoint = made_deployments(side, "one", "two")
    side.endpoints.set_traffic(endpoint, {"one": 100})

    with pytest.raises(Conflict):
        side.endpoints.set_traffic(endpoint, {"two": 100})

    side.settle(endpoint)
    assert traffic_of(side, endpoint) == {"one": 100}


def test_traffic_that_makes_no_sense_is_impossible_and_changes_nothing(side: Side) -> None:
    endpoint = made_deployments(side, "one", "two")
    give(side, endpoint, one=100)

    for weights in ({"one": 60}, {"one": 60, "two": 60}, {"one": 150, "two": -50}, {"one": 50, "nowhere": 50}):
        with pytest.raises(Impossible):
            side.endpoints.set_traffic(endpoint, weights)

    side.settle(endpoint)
    assert traffic_of(side, endpoint) == {"one": 100}


def test_traffic_for_an_endpoint_that_is_not_there_is_impossible(side: Side) -> None:
    with pytest.raises(Impossible):
        side.endpoints.set_traffic(unique(), {"one": 100})


def test_a_deleted_deployment_is_deleting_and_then_gone(side: Side) -> None:
    endpoint = made_deployments(side, "one", "two")

    side.endpoints.delete_deployment(endpoint, "one")

    assert state_of(side, endpoint, "one") == "Deleting"
    side.settle(endpoint)
    assert [view.name for view in side.endpoints.deployments(endpoint)] == ["two"]


def test_deleting_what_is_gone_is_fine(side: Side) -> None:
    endpoint = made_deployments(side, "one")
    side.endpoints.delete_deployment(endpoint, "one")
    side.settle(endpoint)

    side.endpoints.delete_deployment(endpoint, "one")
    side.endpoints.delete_deployment(endpoint, "never-there")
    side.endpoints.delete_deployment(unique(), "one")

    assert list(side.endpoints.deployments(endpoint)) == []


def test_a_deployment_with_traffic_is_not_deleted(side: Side) -> None:
    endpoint = made_deployments(side, "one")
    give(side, endpoint, one=100)

    with pytest.raises(Impossible, match="traffic"):
        side.endpoints.delete_deployment(endpoint, "one")

    assert state_of(side, endpoint, "one") == "Succeeded"


def test_a_deployment_that_is_changing_is_not_deleted(side: Side) -> None:
    endpoint = made_endpoint(side)
    side.endpoints.create_deployment(side.spec(endpoint, "one"))
    with pytest.raises(Conflict):
        side.endpoints.delete_deployment(endpoint, "one")
    side.settle(endpoint)

    side.endpoints.delete_deployment(endpoint, "one")
    with pytest.raises(Conflict):
        side.endpoints.delete_deployment(endpoint, "one")


def test_a_failed_deployment_can_be_deleted(side: Side) -> None:
    endpoint = made_endpoint(side)
    side.endpoints.create_deployment(side.spec(endpoint, "one", sound=False))
    side.settle(endpoint)

    side.endpoints.delete_deployment(endpoint, "one")
    side.settle(endpoint)

    assert side.endpoints.deployment(endpoint, "one") is None


def test_an_unknown_environment_makes_a_deployment_impossible(real: RealSide) -> None:
    endpoint = made_endpoint(real)
    with pytest.raises(Impossible, match="deployment one"):
        real.endpoints.create_deployment(replace(real.spec(endpoint, "one"), environment=f"{unique()}:1"))


def test_a_deployment_runs_on_exactly_the_image_it_was_given(real: RealSide) -> None:
    endpoint = made_deployments(real, "one")

    made = real.witnessed(effect="deployment-create-succeeded", endpoint=endpoint)

    assert [each["image"] for each in made] == [real.spec(endpoint, "one").image.partition("@")[2]]
