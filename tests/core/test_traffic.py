"""Every map that is ever written sums to 100 on deployments that are ready, or withdraws all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.traffic import Endpoint, Illegal, checked, forgotten, promoted, restored, split, taken, withdrawn

names = st.sampled_from(["", "a", "b", "c"])
endpoints = st.builds(Endpoint, name=st.just("e"), live=names, previous=names, holder=names, epoch=st.integers(0, 9))
deployments = st.sampled_from(["a", "b", "c"])
ALL = frozenset({"a", "b", "c"})


@given(endpoints, deployments, st.integers(1, 100))
def test_a_split_sums_to_a_hundred(endpoint: Endpoint, deployment: str, weight: int) -> None:
    weights = checked(split(endpoint, deployment, weight), ALL)
    assert sum(weights.values()) == 100
    assert weights[deployment] == (weight if endpoint.live not in ("", deployment) else 100)


@given(endpoints, deployments)
def test_a_restored_map_is_without_the_deployment_unless_it_was_the_only_one(
    endpoint: Endpoint, deployment: str
) -> None:
    weights = checked(restored(endpoint, deployment), ALL)
    assert sum(weights.values()) in (0, 100)
    if endpoint.previous != deployment:
        assert deployment not in weights
    assert bool(weights) == bool(endpoint.live if endpoint.live != deployment else endpoint.previous)


@given(st.dictionaries(deployments, st.integers(-50, 150)), st.frozensets(deployments))
def test_what_is_checked_is_legal_or_refused(weights: dict[str, int], ready: frozenset[str]) -> None:
    try:
        legal = checked(weights, ready)
    except Illegal:
        values = weights.values()
        bad = any(not 0 <= value <= 100 for value in values) or sum(values) != 100
        assert bad or any(value and name not in ready for name, value in weights.items())
    else:
        assert sum(legal.values()) in (0, 100)
        assert set(legal) <= ready
        assert all(legal.values())


@pytest.mark.parametrize("weight", [True, 50.0, "50"])
def test_weights_that_are_no_integers_are_refused(weight: object) -> None:
    with pytest.raises(Illegal):
        checked({"a": weight, "b": 50}, ALL)  # type: ignore[dict-item]


def test_a_promotion_keeps_the_one_before_for_falling_back_and_frees_the_endpoint() -> None:
    endpoint = promoted(Endpoint(name="e", live="a", holder="r"), "b", 60.0)
    assert (endpoint.live, endpoint.previous, endpoint.holder) == ("b", "a", "")
    assert promoted(endpoint, "b", 60.0) == endpoint
    assert restored(endpoint, "b") == {"a": 100}
    assert withdrawn(endpoint, "b").live == "a"


def test_a_deleted_deployment_is_no_longer_fallen_back_to() -> None:
    endpoint = Endpoint(name="e", live="b", previous="a")
    assert restored(forgotten(endpoint, "a"), "b") == {}
    assert forgotten(endpoint, "c") == endpoint


def test_a_failed_canary_changes_neither_the_live_version_nor_the_one_before() -> None:
    endpoint = withdrawn(Endpoint(name="e", live="b", previous="a", holder="r"), "c")
    assert (endpoint.live, endpoint.previous, endpoint.holder) == ("b", "a", "")


def test_an_endpoint_serves_the_versions_of_one_model_only() -> None:
    mine = taken(Endpoint(name="e"), "r", "m")
    with pytest.raises(Illegal, match="serves model m"):
        taken(mine, "s", "another")


def test_taking_raises_the_epoch_once_per_holder() -> None:
    once = taken(Endpoint(name="e"), "r", "m")
    assert (once.holder, once.epoch) == ("r", 1)
    assert taken(once, "r", "m") == once
