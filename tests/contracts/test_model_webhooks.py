"""What MLflow and Databricks tell of models that no authentic sample shows."""

import json
from typing import Any

import pytest

from shared.contracts import databricks, mlflow
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.model_events import Told, model_facts
from shared.core.facts import ModelRegistered

TAGS = [{"key": "team", "value": "x"}]


def by_databricks(event: str, **more: Any) -> Told:
    base = {
        "event": event,
        "webhook_id": "w",
        "event_timestamp": 1_700_000_000_500,
        "model_name": "churn",
        "version": "8",
    }
    return only(databricks.enveloped(json.dumps({**base, **more}).encode()))


def by_mlflow(entity: str, action: str, data: Any, delivery: str = "d-1") -> Told:
    told = {"entity": entity, "action": action, "timestamp": "2026-01-01T00:00:00+00:00", "data": data}
    return only(mlflow.enveloped(json.dumps(told).encode(), delivery))


def only(event: dict[str, Any]) -> Told:
    (outcome,) = model_facts(json.dumps(event).encode())
    return outcome


def test_a_version_that_databricks_created_is_registered() -> None:
    fact = by_databricks("MODEL_VERSION_CREATED", tags=TAGS, text="someModel version 3")
    assert isinstance(fact, ModelRegistered)
    assert (fact.model, fact.version, fact.registry, fact.tags) == ("churn", "8", "databricks", {"team": "x"})
    assert fact.at == 1_700_000_000.5


def test_the_same_webhook_of_databricks_is_the_same_fact() -> None:
    first, again = by_databricks("MODEL_VERSION_CREATED"), by_databricks("MODEL_VERSION_CREATED")
    later = by_databricks("MODEL_VERSION_CREATED", event_timestamp=1_700_000_000_501)
    assert isinstance(first, ModelRegistered)
    assert isinstance(later, ModelRegistered)
    assert first == again
    assert first.id != later.id


@pytest.mark.parametrize("event", sorted(databricks.IGNORED))
def test_other_events_of_databricks_are_ignored_with_a_reason(event: str) -> None:
    outcome = by_databricks(event)
    assert isinstance(outcome, Ignored)
    assert event in outcome.reason


@pytest.mark.parametrize(
    ("name", "version"),
    [("", "1"), ("a b", "1"), ("../x", "1"), ("x" * 256, "1"), ("x", ""), ("x", "1/2"), ("é", "1"), ("x\n", "1")],
)
def test_a_name_that_can_not_be_released_is_refused_and_named(name: str, version: str) -> None:
    for outcome in (
        by_databricks("MODEL_VERSION_CREATED", model_name=name, version=version),
        by_mlflow("model_version", "created", {"name": name, "version": version}),
    ):
        assert isinstance(outcome, Malformed)
        assert "must match" in outcome.reason


def test_an_event_that_nobody_knows_is_refused_and_the_known_ones_are_named() -> None:
    for outcome in (by_databricks("MODEL_VERSION_ATE_LUNCH"), by_mlflow("model_version", "eaten", {})):
        assert isinstance(outcome, Malformed)
        assert "understood are" in outcome.reason


def test_another_delivery_of_mlflow_is_another_fact() -> None:
    data = {"name": "x", "version": "1"}
    first, second = (by_mlflow("model_version", "created", data, delivery) for delivery in ("d-1", "d-2"))
    assert isinstance(first, ModelRegistered)
    assert isinstance(second, ModelRegistered)
    assert first.id != second.id


def test_a_version_with_a_number_of_mlflow_is_the_same_as_with_a_text() -> None:
    number, text = (by_mlflow("model_version", "created", {"name": "x", "version": v}) for v in (3, "3"))
    assert isinstance(number, ModelRegistered)
    assert isinstance(text, ModelRegistered)
    assert (number.version, number.id) == (text.version, text.id)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"entity": "x"}', b'{"event": "x", "event": "y"}', b"\xff", b"null"]
)
def test_what_is_no_webhook_is_refused_before_it_is_enveloped(body: bytes) -> None:
    with pytest.raises(Malformed):
        databricks.enveloped(body)
    with pytest.raises(Malformed):
        mlflow.enveloped(body, "d-1")


@pytest.mark.parametrize("moment", [-1, 10**15, 2**60])
def test_a_time_that_no_clock_has_is_refused(moment: int) -> None:
    with pytest.raises(Malformed):
        by_databricks("MODEL_VERSION_CREATED", event_timestamp=moment)
