"""Events are understood one by one in both envelopes, and a model registration becomes exactly one fact."""

import hashlib

import pytest

from shared.contracts.azureml import model_fact
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.model_events import model_facts
from shared.core.facts import ModelRegistered
from shared.core.identity import digest_of, fact_id
from tests.contracts.samples import SOURCE, cloud_event, encoded, grid_event

AT = 1772352000.123457


def registered(body: bytes) -> ModelRegistered:
    (fact,) = model_facts(body)
    assert isinstance(fact, ModelRegistered), fact
    return fact


def refused(body: bytes) -> Malformed:
    (outcome,) = model_facts(body)
    assert isinstance(outcome, Malformed), outcome
    return outcome


def test_a_registration_becomes_a_fact_that_names_its_source_and_its_content() -> None:
    fact = registered(encoded([grid_event()]))
    assert fact == ModelRegistered(
        id=fact_id(SOURCE, "e-1"),
        at=AT,
        body=digest_of(grid_event()),
        actor=SOURCE,
        registry=SOURCE,
        model="churn",
        version="3",
        tags={"team": "risk"},
    )


def test_both_envelopes_and_both_spellings_say_the_same() -> None:
    one, other = registered(encoded(grid_event())), registered(encoded(cloud_event()))
    assert (one.id, one.at, one.model, one.version, one.tags) == (
        other.id,
        other.at,
        other.model,
        other.version,
        other.tags,
    )


def test_the_body_of_a_fact_does_not_depend_on_the_batch_or_on_the_order_of_keys() -> None:
    alone = registered(encoded(grid_event()))
    backwards = dict(reversed(grid_event().items()))
    _, batched = model_facts(encoded([grid_event(id="e-0"), backwards]))
    assert batched == alone


def test_the_same_id_with_other_content_is_another_body() -> None:
    changed = registered(encoded(grid_event(data={"modelName": "churn", "modelVersion": "4"})))
    assert changed.id == registered(encoded(grid_event())).id
    assert changed.body != registered(encoded(grid_event())).body


def test_the_bytes_to_keep_of_an_event_hash_to_its_digest() -> None:
    (event,) = parse_events(encoded(grid_event(subject="größer 日本")))
    assert isinstance(event, Event)
    assert hashlib.sha256(event.canonical()).hexdigest() == event.digest


def test_a_bad_event_does_not_hide_its_neighbours() -> None:
    no_time = {key: value for key, value in grid_event().items() if key != "eventTime"}
    first, second, third, fourth = model_facts(encoded([grid_event(), no_time, 7, cloud_event(id="e-2")]))
    assert isinstance(first, ModelRegistered)
    assert isinstance(fourth, ModelRegistered)
    assert isinstance(second, Malformed)
    assert (second.where, second.reason) == ("[1]", "the object lacks the key 'eventTime'")
    assert isinstance(third, Malformed)
    assert third.where == "[2]"


@pytest.mark.parametrize("name", ["ModelDeployed", "RunCompleted", "RunStatusChanged", "DatasetDriftDetected"])
def test_other_events_of_azure_ml_are_ignored_with_a_reason(name: str) -> None:
    (outcome,) = model_facts(encoded(grid_event(eventType=f"Microsoft.MachineLearningServices.{name}", data=None)))
    assert isinstance(outcome, Ignored)
    assert name in outcome.reason


def test_an_unknown_type_is_refused_with_those_that_are_understood() -> None:
    problem = refused(encoded([grid_event(eventType="Microsoft.Storage.BlobCreated")]))
    assert "'Microsoft.Storage.BlobCreated' are not understood" in problem.reason
    assert "Microsoft.MachineLearningServices.ModelRegistered" in problem.reason
    assert problem.where == "[0]"


BAD_DATA: dict[str, tuple[object, str, str]] = {
    "no data": (None, "data", "no data object"),
    "a list": ([], "data", "no data object"),
    "no name": ({"modelVersion": "1"}, "data", "lacks the key 'modelName'"),
    "both spellings": ({"modelName": "a", "ModelName": "b", "modelVersion": "1"}, "data", "both in PascalCase"),
    "a path as name": ({"modelName": "../churn", "modelVersion": "1"}, "data.modelName", "must match"),
    "a name with a newline": ({"modelName": "churn\n", "modelVersion": "1"}, "data.modelName", "must match"),
    "a name of 256": ({"modelName": "a" * 256, "modelVersion": "1"}, "data.modelName", "must match"),
    "letters of elsewhere": ({"modelName": "сhurn", "modelVersion": "1"}, "data.modelName", "must match"),
    "a number as name": ({"modelName": 7, "modelVersion": "1"}, "data.modelName", "expected 'str', got 'int'"),
    "an empty version": ({"modelName": "a", "modelVersion": ""}, "data.modelVersion", "must match"),
    "a negative version": ({"modelName": "a", "modelVersion": -1}, "data.modelVersion", "must match"),
    "a fraction as version": ({"modelName": "a", "modelVersion": 1.5}, "data.modelVersion", "got 'float'"),
    "true as version": ({"modelName": "a", "modelVersion": True}, "data.modelVersion", "got 'bool'"),
    "a tag that is no text": ({"modelName": "a", "modelVersion": 1, "modelTags": {"k": 1}}, "data.modelTags", "'str'"),
}


@pytest.mark.parametrize(("data", "where", "reason"), BAD_DATA.values(), ids=BAD_DATA)
def test_a_registration_without_a_proper_model_is_refused_with_its_place(data: object, where: str, reason: str) -> None:
    problem = refused(encoded(grid_event(data=data)))
    assert problem.where.startswith(where)
    assert reason in problem.reason


BAD_EVENTS = {
    "no envelope": ({"id": "1", "data": {}}, "neither an Event Grid event"),
    "another version of CloudEvents": (cloud_event(specversion="0.3"), "'0.3'"),
    "binary data": ({**cloud_event(), "data_base64": "e30="}, "binary data"),
    "an empty id": (grid_event(id=""), "length >= 1"),
    "an id without end": (grid_event(id="x" * 3000), "length <= 2048"),
    "a time without zone": (grid_event(eventTime="2026-03-01T08:00:00"), "timezone"),
    "a time that never was": (grid_event(eventTime="2026-02-30T08:00:00Z"), "RFC3339"),
    "a number as time": (grid_event(eventTime=1772352000), "'int'"),
}


@pytest.mark.parametrize(("event", "reason"), BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_a_bad_envelope_is_refused_with_a_reason(event: dict[str, object], reason: str) -> None:
    assert reason in refused(encoded([event])).reason


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"x"'])
def test_a_delivery_of_nothing_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(Malformed, match="an event or an array of at least one"):
        parse_events(body)


def test_an_event_knows_its_place_in_the_delivery() -> None:
    events = [event for event in parse_events(encoded([grid_event(), cloud_event()])) if isinstance(event, Event)]
    assert [(event.position, event.envelope, event.where) for event in events] == [
        (0, "eventgrid", "[0]"),
        (1, "cloudevents", "[1]"),
    ]
    assert [type(model_fact(event)) for event in events] == [ModelRegistered, ModelRegistered]
