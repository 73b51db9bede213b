"""Claims about the policy shelf: the scenario's policy, the model's own lines over it, and telling refusals."""

import pytest

from shared.adapters.policies import DEFAULT_SCENARIO, SHIPPED, PolicyShelf
from shared.contracts.malformed import Malformed
from shared.contracts.policies import parse_policy
from shared.core.facts import ModelRegistered
from tests.ports.real_side import RealSide
from tests.ports.side import unique


def registered(model: str, **tags: str) -> ModelRegistered:
    """The fact that binds a release to its policy."""
    return ModelRegistered(id="0" * 64, at=1_800_000_000.0, model=model, version="1", tags=tags)


@pytest.fixture
def shelf(real: RealSide) -> PolicyShelf:
    """The shelf over the platform's container of overrides."""
    return PolicyShelf(real.container("policies"))


def override(real: RealSide, text: str) -> str:
    """A model with these lines of its own."""
    model = unique()
    real.container("policies").upload_blob(f"{model}.yaml", text.encode())
    return model


def test_a_model_without_lines_of_its_own_gets_the_policy_of_the_default_scenario(shelf: PolicyShelf) -> None:
    shipped = parse_policy((SHIPPED / f"{DEFAULT_SCENARIO}.yaml").read_bytes())

    assert shelf.policy_for(registered(unique())) == shipped
    assert shelf.policy_for(registered(unique(), scenario=DEFAULT_SCENARIO)) == shipped


def test_lines_of_its_own_win_and_leave_the_others(real: RealSide, shelf: PolicyShelf) -> None:
    model = override(real, "name: careful\nvalidation:\n  metrics:\n    accuracy: {minimum: 0.95}\n")

    careful, usual = shelf.policy_for(registered(model)), shelf.policy_for(registered(unique()))

    assert (careful.name, careful.validation.metrics["accuracy"].minimum) == ("careful", 0.95)
    assert careful.validation.metrics["f1"] == usual.validation.metrics["f1"]
    assert (careful.canary, careful.approval) == (usual.canary, usual.approval)


def test_lines_bind_their_own_model_only(real: RealSide, shelf: PolicyShelf) -> None:
    model = override(real, "name: careful\n")

    assert shelf.policy_for(registered(f"{model}2")).name != "careful"


def test_changed_lines_count_from_the_next_release_on(real: RealSide, shelf: PolicyShelf) -> None:
    model = override(real, "name: first\n")
    before = shelf.policy_for(registered(model)).name
    real.container("policies").upload_blob(f"{model}.yaml", b"name: second\n", overwrite=True)

    assert (before, shelf.policy_for(registered(model)).name) == ("first", "second")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("name: x\nlive:\n  soak_hour: 3\n", 3, "soak_hour"),
        ("name: x\ncanary:\n  ladder: ten\n", 3, "ladder"),
        ("name: x\n\napproval: {required: -1}\n", 3, "required"),
        ("- name\n", 1, "table"),
        ("name: [\n", 2, "not YAML"),
    ],
)
def test_lines_that_are_no_policy_are_refused_with_file_and_line(
    real: RealSide, shelf: PolicyShelf, text: str, line: int, reason: str
) -> None:
    model = override(real, text)

    with pytest.raises(Malformed, match=reason) as refused:
        shelf.policy_for(registered(model))

    assert refused.value.where == f"policies/{model}.yaml line {line} of the override"


def test_an_unknown_scenario_is_refused_with_the_known_ones(shelf: PolicyShelf) -> None:
    with pytest.raises(Malformed, match=f"'alchemy' has no policy; known are .*{DEFAULT_SCENARIO}") as refused:
        shelf.policy_for(registered(unique(), scenario="alchemy"))

    assert refused.value.where == "tag 'scenario'"


@pytest.mark.parametrize("scenario", ["../classical", "classical.yaml", "", "*"])
def test_a_scenario_is_a_name_and_never_a_path(shelf: PolicyShelf, scenario: str) -> None:
    with pytest.raises(Malformed, match="has no policy"):
        shelf.policy_for(registered(unique(), scenario=scenario))
