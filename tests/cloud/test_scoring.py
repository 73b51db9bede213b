"""Deployments really serve: requests to the scoring address, and what they leave in the telemetry."""

from collections import Counter
from typing import Any

import pytest
import requests

from tests.cloud.things import Cloud, Served, create_endpoint, random_rows, set_traffic

ROWS = [[3.0, 1.0, 2.0], [1.0, 2.0, 3.0]]


@pytest.fixture
def caller(cloud: Cloud, workspace: Any, served: Served) -> Any:
    """Posts a body to the endpoint with its key."""
    key = workspace.online_endpoints.get_keys(served.endpoint).primary_key
    session = requests.Session()
    session.verify = cloud.ready["bundle"]
    session.headers["Authorization"] = f"Bearer {key}"

    def call(rows: Any, **headers: str) -> requests.Response:
        address = f"{cloud.url}/endpoints/{served.endpoint}/score"
        return session.post(address, json={"input_data": rows}, headers=headers, timeout=10)

    with session:
        yield call


def test_the_answer_is_the_model_s(workspace: Any, served: Served, caller: Any) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})

    answer = caller(ROWS)

    assert (answer.status_code, answer.json()) == (200, [0, 2])
    assert answer.headers["azureml-model-deployment"] == "one"


def test_a_data_frame_is_an_input_too(workspace: Any, served: Served, caller: Any) -> None:
    set_traffic(workspace, served.endpoint, {"two": 100})

    assert caller({"columns": ["a", "b", "c"], "data": ROWS}).json() == [10, 12]


def test_a_header_chooses_the_deployment_whatever_its_traffic(workspace: Any, served: Served, caller: Any) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})

    assert caller(ROWS, **{"azureml-model-deployment": "two"}).json() == [10, 12]
    assert caller(ROWS, **{"azureml-model-deployment": "nowhere"}).status_code == 404


def test_requests_split_as_the_traffic_says(workspace: Any, served: Served, caller: Any) -> None:
    set_traffic(workspace, served.endpoint, {"one": 80, "two": 20})

    answered = Counter(caller(ROWS).headers["azureml-model-deployment"] for _ in range(300))

    assert 25 <= answered["two"] <= 95  # 60 expected; five standard deviations are 35
    assert answered.total() == 300


def test_a_model_error_is_answered_with_424(workspace: Any, served: Served, caller: Any) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})

    for rows in ([[1.0]], "text", None):
        answer = caller(rows)
        assert answer.status_code == 424
        assert answer.headers["ms-azureml-model-error-statuscode"] == "500"


def test_a_caller_without_a_key_is_refused(cloud: Cloud, served: Served) -> None:
    address = f"{cloud.url}/endpoints/{served.endpoint}/score"
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        answer = requests.post(address, json={}, headers=headers, verify=cloud.ready["bundle"], timeout=10)
        assert answer.status_code == 401


def test_a_managed_identity_s_token_opens_an_endpoint(
    cloud: Cloud, credential: Any, workspace: Any, served: Served
) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})
    address, body = f"{cloud.url}/endpoints/{served.endpoint}/score", {"input_data": ROWS}
    options: Any = {"json": body, "verify": cloud.ready["bundle"], "timeout": 10}

    def call(scope: str) -> int:
        token = credential.get_token(scope).token
        return requests.post(address, headers={"Authorization": f"Bearer {token}"}, **options).status_code

    assert call("https://ml.azure.com/.default") == 200
    assert call("https://storage.azure.com/.default") == 401


def test_an_endpoint_without_traffic_answers_404(workspace: Any, served: Served, caller: Any) -> None:
    create_endpoint(workspace, served.endpoint)

    assert caller(ROWS).status_code == 404


def test_many_rows_are_answered_one_by_one(workspace: Any, served: Served, caller: Any) -> None:
    set_traffic(workspace, served.endpoint, {"one": 100})
    rows = random_rows(500)

    assert caller(rows).json() == [row.index(max(row)) for row in rows]
