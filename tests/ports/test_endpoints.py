"""Claims about endpoints and their deployments: changes take time, and one at a time."""

from dataclasses import replace

import pytest

from shared.ports import Conflict, Impossible
from tests.ports.making import conflicts, give, in_time, made_deployments, made_endpoint, state_of, traffic_of
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique


def test_an_unknown_endpoint_is_none_and_has_no_deployments(side: Side) -> None:
    name = unique()

    assert side.endpoints.endpoint(name) is None
    assert side.endpoints.deployment(name, "one") is None
    assert list(side.endpoints.deployments(name)) == []


def test_an_endpoint_is_creating_and_then_ready_with_an_address_and_no_traffic(side: Side) -> None:
    name = unique()

    def creating() -> bool:
        side.endpoints.create_endpoint(another := unique())
        view = side.endpoints.endpoint(another)
        return view is not None and view.state == "Creating"

    assert in_time(creating)
    side.endpoints.create_endpoint(name)
    side.settle(name)
    made = side.endpoints.endpoint(name)
    assert made is not None
    assert (made.name, made.state, made.traffic) == (name, "Succeeded", {})
    assert made.scoring_uri.startswith("https://")


def test_an_endpoint_that_is_being_made_takes_no_other_change(side: Side) -> None:
    side.spec(unique(), "one")  # the first one pushes its image, which takes longer than making an endpoint

    def refuses_a_deployment() -> bool:
        side.endpoints.create_endpoint(name := unique())
        return conflicts(lambda: side.endpoints.create_deployment(side.spec(name, "one")))

    assert in_time(refuses_a_deployment)
    side.endpoints.create_endpoint(name := unique())
    assert conflicts(lambda: side.endpoints.create_endpoint(name))


def test_making_an_endpoint_that_is_there_is_a_conflict_and_leaves_its_traffic(side: Side) -> None:
    endpoint = made_deployments(side, "one")
    give(side, endpoint, one=100)

    with pytest.raises(Conflict, match=endpoint):
        side.endpoints.create_endpoint(endpoint)

    side.settle(endpoint)
    assert traffic_of(side, endpoint) == {"one": 100}


def test_a_deployment_is_creating_and_then_ready(side: Side) -> None:
    endpoint = made_endpoint(side)

    made: list[str] = []

    def creating() -> bool:
        made.append(name := unique())
        side.endpoints.create_deployment(side.spec(endpoint, name))
        return state_of(side, endpoint, name) == "Creating"

    assert in_time(creating)
    side.settle(endpoint)
    views = side.endpoints.deployments(endpoint)
    assert sorted((view.name, view.state) for view in views) == [(name, "Succeeded") for name in sorted(made)]
    assert side.endpoints.deployment(endpoint, "never-made") is None


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


def test_a_deleted_deployment_is_deleting_and_then_gone(side: Side) -> None:
    names = iter(("one", "two", "three", "four", "five"))
    endpoint = made_deployments(side, "one", "two", "three", "four", "five", "last")

    def deleting() -> bool:
        side.endpoints.delete_deployment(endpoint, name := next(names))
        return state_of(side, endpoint, name) == "Deleting"

    assert in_time(deleting)
    side.settle(endpoint)
    assert [view.name for view in side.endpoints.deployments(endpoint)] == [*names, "last"]


def test_deleting_what_is_gone_is_fine(side: Side) -> None:
    endpoint = made_deployments(side, "one")
    side.endpoints.delete_deployment(endpoint, "one")
    side.settle(endpoint)

    side.endpoints.delete_deployment(endpoint, "one")
    side.endpoints.delete_deployment(endpoint, "never-there")
    side.endpoints.delete_deployment(unique(), "one")

    assert list(side.endpoints.deployments(endpoint)) == []


def test_a_deployment_that_is_changing_is_not_deleted(side: Side) -> None:
    endpoint = made_endpoint(side)

    def refuses_while_creating() -> bool:
        side.endpoints.create_deployment(side.spec(endpoint, name := unique()))
        return conflicts(lambda: side.endpoints.delete_deployment(endpoint, name))

    def refuses_while_deleting() -> bool:
        side.endpoints.create_deployment(side.spec(endpoint, name := unique()))
        side.settle(endpoint)
        side.endpoints.delete_deployment(endpoint, name)
        return conflicts(lambda: side.endpoints.delete_deployment(endpoint, name))

    assert in_time(refuses_while_creating)
    assert in_time(refuses_while_deleting)


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
