"""The functions that the platform finds: their names, triggers, queues and data types."""

from collections.abc import Callable
from typing import Any

import pytest

import function_app
from shared.core.orders import Lane

QUEUES = {
    "model_events": "model-events",
    "registry_events": "registry-events",
    "scan_results": "scan-results",
    "monitoring_signals": "monitoring-signals",
    "decide_fact": "facts",
    "perform_validation": "validation",
    "perform_quarantine": "quarantine",
    "perform_deployment": "deployment",
    "perform_rollback": "rollback",
    "perform_maintenance": "maintenance",
    "perform_data": "data",
    "perform_notification": "notifications",
}
DEAD_LETTERS = {f"dead_letters_of_{queue.replace('-', '_')}": f"{queue}/$DeadLetterQueue" for queue in QUEUES.values()}
ROUTES = {
    "releases": (["GET"], "releases"),
    "release": (["GET"], "releases/{model}/{version}"),
    "replay": (["GET"], "releases/{model}/{version}/replay"),
    "approval": (["POST"], "releases/{model}/{version}/approval"),
    "abort": (["POST"], "releases/{model}/{version}/abort"),
    "pause": (["POST"], "releases/{model}/{version}/pause"),
    "resume": (["POST"], "releases/{model}/{version}/resume"),
    "rollback": (["POST"], "releases/{model}/{version}/rollback"),
    "quarantine_cases": (["GET"], "quarantine"),
    "quarantine_case": (["GET"], "quarantine/{id}"),
    "redrive": (["POST"], "quarantine/{id}/redrive"),
    "packages_check": (["POST"], "packages/check"),
    "package_exceptions": (["GET"], "packages/exceptions"),
    "ask_for_package": (["POST"], "packages/exceptions"),
    "review_package": (["POST"], "packages/exceptions/{id}/review"),
    "images": (["GET"], "images"),
    "image": (["GET"], "images/{digest}"),
    "waive": (["POST"], "images/{digest}/waivers"),
    "revoke_waiver": (["POST"], "images/{digest}/waivers/{waiver}/revoke"),
    "watches": (["GET"], "watches"),
    "watch": (["GET"], "watches/{model}"),
    "labels": (["GET"], "labels/{id}"),
    "complete_labels": (["POST"], "labels/{id}"),
    "datasets": (["GET"], "datasets"),
    "dataset": (["GET"], "datasets/{name}"),
    "dataset_profile": (["GET"], "datasets/{name}/versions/{version}/profile"),
    "revert_dataset": (["POST"], "datasets/{name}/revert"),
    "webhook": (["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], "webhooks/{sender}"),
    "health": (["GET"], "health"),
}
FUNCTIONS = {function.get_function_name(): function for function in function_app.app.get_functions()}


def trigger(name: str) -> dict[str, Any]:
    content: dict[str, Any] = FUNCTIONS[name].get_trigger().get_dict_repr()
    return content


def of_type(kind: str) -> set[str]:
    return {name for name in FUNCTIONS if trigger(name)["type"] == kind}


def test_the_functions_are_these_and_no_others() -> None:
    assert set(FUNCTIONS) == {
        *QUEUES,
        *DEAD_LETTERS,
        *ROUTES,
        "inference_telemetry",
        "data_arrivals",
        "monitoring_alerts",
        "sweep",
        "export_ledgers",
        "watch_scans",
        "watch_models",
    }


def test_every_queue_and_every_dead_letter_queue_has_its_function() -> None:
    assert {name: trigger(name)["queueName"] for name in of_type("serviceBusTrigger")} == QUEUES | DEAD_LETTERS
    assert set(Lane) <= set(QUEUES.values()), "a lane without a function would never be worked"


def test_every_route_has_its_method() -> None:
    found = {name: trigger(name) for name in of_type("httpTrigger")}
    assert {name: ([str(m.value) for m in each["methods"]], each["route"]) for name, each in found.items()} == ROUTES


@pytest.mark.parametrize("name", sorted(of_type("eventHubTrigger")))
def test_a_hub_is_read_in_batches_by_a_group_of_its_own(name: str) -> None:
    hub = trigger(name)
    assert (hub["eventHubName"], hub["consumerGroup"]) == (name.replace("_", "-"), "gatehouse")
    assert hub["cardinality"].value == "many"


def test_the_sweep_runs_when_the_setting_says() -> None:
    assert trigger("sweep")["schedule"] == "%SWEEP_SCHEDULE%"


@pytest.mark.parametrize("name", sorted(of_type("serviceBusTrigger") | of_type("eventHubTrigger")))
def test_every_message_arrives_as_the_bytes_that_were_sent(name: str) -> None:
    assert trigger(name)["dataType"].name == "BINARY"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_says_what_it_does(name: str) -> None:
    function: Callable[..., object] = FUNCTIONS[name].get_user_function()
    assert (function.__doc__ or "").strip().endswith(".")
