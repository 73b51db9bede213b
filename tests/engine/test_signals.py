"""Others' monitors are heard, placed with the live model that they mean, counted once, and never acted on alone."""

import json
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from handlers import drift
from shared import services
from shared.contracts import wire
from shared.core.facts import WatchBegun
from shared.core.identity import watch_key
from shared.core.ledger import Entry
from shared.core.watch import Watch
from shared.core.watch_policy import DAY, WatchPolicy
from shared.ports import Case
from tests.simulated import story
from tests.simulated.faults import Fault
from tests.simulated.house import WORKSPACE, House

WORKSPACE_ID = f"/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
REPORT = [
    {"name": "age has no missing values", "passed": 0, "failed": 1, "summary": None},
    {"name": "age mean between 30 and 50 (inclusive)", "passed": 1, "failed": 0, "summary": None},
]


@pytest.fixture
def house() -> House:
    """A house in which version 1 of the model is live on its endpoint."""
    house = House()
    story.bring_live(house, "1")
    return house


@pytest.fixture
def bare() -> House:
    """A house that only knows that version 1 of the model is watched."""
    house = House()
    begin(house)
    return house


def settle(house: House, seconds: float = 1.0) -> None:
    """Deliver what lies on the queues of doors and facts; orders stay where they are, so that nothing is tested yet."""
    house.advance_to(house.clock.now() + seconds)
    while letters := [
        each for each in house.bus.waiting() if each.queue in house.doors and each.due <= house.clock.now()
    ]:
        house.deliver(letters[0])


def begin(house: House) -> None:
    house.intake.tell(
        [
            WatchBegun(
                id="a" * 64,
                at=house.clock.now(),
                model=story.MODEL,
                version="1",
                turn=1,
                endpoint=story.ENDPOINT,
                deployment="r-1",
                scenario="classical",
                policy=WatchPolicy(),
            )
        ]
    )
    settle(house)


def alert(
    name: str = "a-1", condition: str = "Fired", targets: list[str] | None = None, **labels: str
) -> dict[str, Any]:
    essentials = {
        "alertId": f"/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/{name}",
        "alertRule": "accuracy-low",
        "severity": "Sev2",
        "monitorCondition": condition,
        "alertTargetIDs": targets or [],
        "originAlertId": "o-1",
        "firedDateTime": "2026-11-21T08:00:00Z",
    }
    if condition == "Resolved":
        essentials["resolvedDateTime"] = "2026-11-21T09:00:00Z"
    data = {"essentials": essentials, "alertContext": {}, "customProperties": labels or None}
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": data}


def breach(name: str = "e-1", signal: str = "churn-drift") -> dict[str, Any]:
    violations = [
        '{"metric_value":0.41,"metric_name":"NormalizedWassersteinDistance","threshold_value":0.3,"group":"age"}'
    ]
    text = (
        f"The signal '{signal}' has failed due to one or more features violating metric thresholds.\nthe \n{violations}"
    )
    tags = {"azureml_modelmonitor_threshold_breached": text}
    return {
        "id": name,
        "topic": WORKSPACE_ID,
        "eventType": "Microsoft.MachineLearningServices.RunStatusChanged",
        "eventTime": "2026-11-21T08:00:00Z",
        "data": {"runStatus": "Failed", "runId": "r", "experimentName": "x", "runTags": tags},
    }


def hear(house: House, *values: Any, queue: str = "monitoring-signals") -> None:
    house.bus.put(queue, b"\n".join(json.dumps(value).encode() for value in values))
    settle(house)


def watch(house: House) -> Watch:
    key = watch_key(story.MODEL)
    record = wire.decode_record(key, house.documents.under(key)[key])
    assert isinstance(record, Watch)
    return record


def told(house: House) -> list[Entry]:
    return [entry for entry in watch(house).ledger if entry.fact == "DriftSignalled"]


def only_case(house: House) -> Case:
    (case,) = house.quarantine.cases.values()
    return case


PLACES = {
    "a label names the model": alert(model="churn"),
    "a label names the endpoint": alert(endpoint_name=story.ENDPOINT),
    "Azure's id of the endpoint, in its capitals": alert(
        targets=[f"{WORKSPACE_ID}/onlineEndpoints/{story.ENDPOINT}".upper().replace("SIMULATED", "simulated")]
    ),
    "the deployment's id": alert(targets=[f"{WORKSPACE_ID}/onlineEndpoints/{story.ENDPOINT}/deployments/r-1"]),
    "the monitor is known": breach(),
    "the sender names it around a report": {"model": "churn", "report": REPORT},
}


@pytest.mark.parametrize("said", PLACES.values(), ids=PLACES.keys())
def test_a_signal_is_told_about_the_model_that_is_meant(house: House, said: dict[str, Any]) -> None:
    hear(house, said)
    (entry,) = told(house)
    assert entry.data["model"] == story.MODEL
    assert json.loads(house.bodies.read(entry.body)) == said
    assert house.quarantine.cases == {}


def test_what_azure_ml_tells_beside_its_registrations_is_a_signal(bare: House) -> None:
    bare.bus.put("model-events", json.dumps([{"broken": True}, breach()]).encode())
    settle(bare)
    (entry,) = told(bare)
    assert entry.data["features"] == ["age"]
    assert entry.data["observed"] == {"NormalizedWassersteinDistance of age": 0.41}
    assert only_case(bare).door == "model-events"


def test_a_signal_orders_a_test_and_nothing_else(bare: House) -> None:
    hear(bare, alert(model="churn"))
    (entry,) = told(bare)
    assert kinds(bare) == {"TestDrift"}
    assert watch(bare).active is None
    assert "tested before anything is done" in entry.sentence


def kinds(house: House) -> set[str]:
    return {type(order).__name__ for order in watch(house).outstanding}


def test_the_same_alert_counts_once_however_often_and_by_whatever_way_it_comes(bare: House) -> None:
    said = alert(model="churn")
    hear(bare, said)
    hear(bare, said, said)
    hear(bare, dict(reversed(said.items())))
    assert len(told(bare)) == 1
    assert bare.quarantine.cases == {}


def test_another_alert_of_the_same_rule_counts_again(bare: House) -> None:
    hear(bare, alert("a-1", model="churn"), alert("a-2", model="churn"))
    assert len(told(bare)) == 2


def test_a_resolved_alert_is_noted_and_tests_nothing(bare: House) -> None:
    hear(bare, alert(condition="Resolved", model="churn"))
    assert [entry.data["resolved"] for entry in told(bare)] == [True]
    assert kinds(bare) == set()


def test_an_alert_that_is_over_is_no_longer_complained_about(bare: House) -> None:
    hear(bare, alert(model="churn"))
    assert watch(bare).signals == ("azure-monitor: accuracy-low",)
    hear(bare, alert(condition="Resolved", model="churn"))
    assert watch(bare).signals == ()


def test_a_report_without_a_name_of_its_own_counts_once_a_day(bare: House) -> None:
    for _ in range(3):
        hear(bare, {"model": "churn", "report": REPORT})
    assert len(told(bare)) == 1
    bare.advance_to(bare.clock.now() + DAY)
    hear(bare, {"model": "churn", "report": REPORT})
    assert len(told(bare)) == 2


def test_a_report_with_a_name_counts_once_for_ever(bare: House) -> None:
    hear(bare, {"model": "churn", "id": "r-7", "report": REPORT})
    bare.advance_to(bare.clock.now() + DAY)
    hear(bare, {"model": "churn", "id": "r-7", "report": REPORT})
    assert len(told(bare)) == 1


UNPLACED = {
    "nothing is named": (alert(), "accuracy-low, which is no model here"),
    "an endpoint that nobody knows": (alert(endpoint="other"), "other, accuracy-low, which is no model here"),
    "the endpoint of another workspace": (
        alert(targets=[f"{WORKSPACE_ID}2/onlineEndpoints/{story.ENDPOINT}"]),
        "which is no model here",
    ),
    "a model that was never live": (alert(model="cherry"), "no version of model 'cherry' was ever live"),
    "a report of nobody": (REPORT, "nothing, which is no model here"),
}


@pytest.mark.parametrize(("said", "reason"), UNPLACED.values(), ids=UNPLACED.keys())
def test_a_signal_about_nothing_here_lies_in_quarantine_with_the_reason(house: House, said: Any, reason: str) -> None:
    hear(house, said)
    assert told(house) == []
    case = only_case(house)
    assert reason in case.reason
    assert case.door == "monitoring-signals"


def test_a_signal_that_came_before_its_model_was_live_counts_when_it_is_sent_again() -> None:
    house = House()
    hear(house, alert(model="churn"))
    case = only_case(house)
    begin(house)
    assert story.redrive(house, case.id).code == 202
    settle(house)
    assert len(told(house)) == 1


HOSTILE: dict[str, Any] = {
    "no record": [],
    "a lone value": 7,
    "an unknown object": {"hello": "world"},
    "a run without a tag": {**breach(), "data": {"runStatus": "Failed", "runId": "r", "runTags": {}}},
    "a tag that is no text": {
        **breach(),
        "data": {**breach()["data"], "runTags": {"azureml_modelmonitor_threshold_breached": 1}},
    },
    "an alert that neither fired nor resolved": alert(condition="Maybe", model="churn"),
    "an alert without essentials": {"schemaId": "azureMonitorCommonAlertSchema", "data": {"alertContext": {}}},
    "a context alone": {"alertContext": {"labels": {"model": "churn"}}},
    "labels that are no object": {**alert(), "customProperties": "model=churn"},
    "a name that is no text": {"model": 7, "report": REPORT},
    "a report inside of a report": {"model": "churn", "report": {"model": "churn", "report": REPORT}},
    "a row that is no row": {"model": "churn", "report": [*REPORT, 7]},
    "an alert that is no boolean": {"model": "churn", "report": [{"chunk_key": "1", "x_alert": "yes"}]},
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_signal_lies_in_quarantine_with_a_reason(bare: House, said: Any) -> None:
    hear(bare, said)
    assert told(bare) == []
    assert len(only_case(bare).reason) > 15


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_bad_record_hides_none_of_its_neighbours(bare: House, said: Any) -> None:
    hear(bare, alert("before", model="churn"), said, alert("after", model="churn"))
    assert len(told(bare)) == 2


def test_numbers_that_are_none_and_endless_texts_do_no_harm(bare: House) -> None:
    rows = {f"f{n}_jensen_shannon_{part}": "9" * 999 for n in range(100) for part in ("value", "upper_threshold")}
    row = {"chunk_key": "c" * 9999, **rows, **{f"f{n}_jensen_shannon_alert": True for n in range(100)}}
    hear(bare, {"model": "churn", "report": [row]})
    (entry,) = told(bare)
    assert len(entry.data["features"]) == 40
    assert len(json.dumps(entry.data)) < 20_000


def hub(*bodies: bytes) -> list[func.EventHubEvent]:
    moment = datetime(2026, 11, 21, tzinfo=UTC).replace(tzinfo=None)
    return [func.EventHubEvent(body=body, enqueued_time=moment) for body in bodies]


def test_the_hub_tells_every_event_of_a_batch_though_one_is_poisoned(
    bare: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "signals", lambda: bare.signals)
    door = drift.monitoring_alerts.build().get_user_function()
    bodies = [json.dumps(alert(name, model="churn")).encode() for name in ("1", "2")]
    door(hub(bodies[0], b"\xff\x00poison", bodies[1]))
    settle(bare)
    assert len(told(bare)) == 2
    assert len(bare.quarantine.cases) == 1


def test_what_our_own_code_fails_on_does_not_hold_the_hub(bare: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "signals", lambda: bare.signals)
    faults = [KeyError("a bug"), None, None]
    bare.faults.pick = lambda call: failing(faults) if call == "bodies.keep" else None
    drift.monitoring_alerts.build().get_user_function()(
        hub(*(json.dumps(alert(name, model="churn")).encode() for name in ("poison", "after")))
    )
    assert [letter.queue for letter in bare.bus.waiting()] == ["monitoring-signals", "facts"]
    settle(bare)
    assert len(told(bare)) == 2


def failing(faults: list[Any]) -> None:
    if faults and (fault := faults.pop(0)):
        raise fault


@pytest.mark.parametrize("trouble", ["documents.read", "bodies.keep", "bus.send"])
def test_trouble_of_ours_neither_loses_a_signal_nor_counts_it_twice(bare: House, trouble: str) -> None:
    troubles = [Fault.REFUSED, Fault.CRASH_AFTER]
    bare.faults.pick = lambda call: troubles.pop() if troubles and call == trouble else None
    hear(bare, alert(model="churn"))
    settle(bare, 5.0)
    settle(bare, 5.0)
    assert troubles == []
    assert len(told(bare)) == 1
