"""Claims about traffic: written whole, one write at a time, and only where something is ready to serve."""

import pytest

from shared.ports import Impossible
from tests.ports.making import conflicts, give, in_time, made_deployments, state_of, traffic_of
from tests.ports.side import Side, unique


def test_traffic_is_written_whole_and_reads_as_before_until_it_is_there(side: Side) -> None:
    endpoint = made_deployments(side, "one", "two")

    def reads_as_before() -> bool:
        give(side, endpoint, one=100)
        side.endpoints.set_traffic(endpoint, {"one": 90, "two": 10})
        return traffic_of(side, endpoint) == {"one": 100}

    assert in_time(reads_as_before)
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

    def refuses_another() -> bool:
        side.settle(endpoint)
        side.endpoints.set_traffic(endpoint, {"one": 100})
        return conflicts(lambda: side.endpoints.set_traffic(endpoint, {"two": 100}))

    assert in_time(refuses_another)
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


def test_a_deployment_with_traffic_is_not_deleted(side: Side) -> None:
    endpoint = made_deployments(side, "one")
    give(side, endpoint, one=100)

    with pytest.raises(Impossible, match="traffic"):
        side.endpoints.delete_deployment(endpoint, "one")

    assert state_of(side, endpoint, "one") == "Succeeded"
