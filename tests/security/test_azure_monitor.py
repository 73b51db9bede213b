"""What Azure Monitor's action groups post is proven by their address, kept as it is, and believed by nobody alone."""

import json
import re
import time

import pytest

from shared.contracts.envelopes import Event, parse_events
from shared.contracts.monitoring import azureml_events
from shared.core.identity import watch_key
from tests.security.front import NEW, OLD, Front
from tests.security.test_event_grid import event, post

ALERT = {
    "schemaId": "azureMonitorCommonAlertSchema",
    "data": {
        "essentials": {"alertId": "a", "monitorCondition": "Fired", "alertRule": "r", "firedDateTime": "now"},
        "customProperties": {"model": "churn"},
    },
}
RUN = "Microsoft.MachineLearningServices.RunStatusChanged"
BREACH = {"runStatus": "Failed", "runId": "r", "runTags": {azureml_events.TAG: "The signal 's' has failed due to it"}}


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_an_action_group_proves_itself_by_the_address_that_it_was_given(front: Front, secret: str) -> None:
    answer = front.send("azure-monitor", json.dumps(ALERT).encode(), query={"code": secret})
    assert answer.status_code == 200
    assert front.queued("monitoring-signals") == [ALERT]


def test_an_alert_that_is_proven_but_means_no_model_here_opens_nothing(front: Front) -> None:
    front.signed("azure-monitor", json.dumps(ALERT).encode())
    front.house.run(10.0)
    assert front.house.documents.under(watch_key("churn")) == {}
    (case,) = front.cases()
    assert "no version of model 'churn' was ever live" in case.reason


def test_event_grid_brings_a_breach_by_the_door_of_model_events(front: Front) -> None:
    assert post(front, event(RUN, "run", data=BREACH)).status_code == 200
    front.house.run(10.0)
    (case,) = front.cases()
    assert (case.source, case.door) == ("monitoring-signals", "monitoring-signals")
    assert json.loads(front.house.quarantine.body(case))["data"] == BREACH


ENDLESS = {
    "beginnings": "The signal '" * 80_000,
    "line feeds": "\n" * 400_000,
    "blanks": "\n " * 300_000,
    "opened lists": "\n['" * 200_000,
    "backslashes": "\n['" + "\\" * 400_000,
    "quotes that never end": "\n['" + "\\'" * 300_000,
    "empty texts": "\n[" + "''," * 300_000,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_tag_that_is_made_to_be_slow_is_read_in_no_time(text: str) -> None:
    breach = event(RUN, "run", data={**BREACH, "runTags": {azureml_events.TAG: text}})
    start = time.perf_counter()
    (told,) = parse_events(json.dumps(breach, ensure_ascii=False).encode())
    assert isinstance(told, Event)
    assert list(azureml_events.violations(text)) == []
    assert azureml_events.read(told).told().features == ()
    assert time.perf_counter() - start < 2.0


def test_violations_are_read_as_python_writes_them_whatever_the_names_hold() -> None:
    groups = ["it's", 'a "quote"', "both ' and \"", "back\\slash", "line\nfeed", "ä€😀\u2028\x07", "],"]
    rows = [
        json.dumps({"metric_name": "M", "group": group}, ensure_ascii=plain) for group in groups for plain in (0, 1)
    ]
    found = [violation.group for violation in azureml_events.violations(f"prose\n{rows}\n")]
    assert found == [group for group in groups for _ in (0, 1)]


def test_a_tag_that_was_cut_keeps_what_is_whole() -> None:
    text = f"The signal 's' has failed due to\n{[json.dumps({'metric_name': f'M{n}'}) for n in range(3)]}"
    for end in range(len(text)):
        names = [violation.metric_name for violation in azureml_events.violations(text[:end])]
        assert names == [f"M{n}" for n in range(len(re.findall(r"\}'[,\]]", text[:end])))]
