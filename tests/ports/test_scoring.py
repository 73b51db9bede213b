"""Claims about asking one deployment: whatever comes back is an answer."""

from dataclasses import replace

import pytest

from shared.ports import EndpointView
from tests.ports.listener import listening
from tests.ports.making import give, made_deployments
from tests.ports.real_side import RealSide
from tests.ports.side import GOOD_SAMPLE, Side

NAMES = ("one", "two")


@pytest.fixture
def endpoint(side: Side) -> EndpointView:
    """An endpoint whose deployments are ready and have no traffic."""
    view = side.endpoints.endpoint(made_deployments(side, *NAMES))
    assert view is not None
    return view


@pytest.fixture
def anywhere() -> EndpointView:
    """An endpoint to be given an address."""
    return EndpointView(name="anywhere", state="Succeeded", scoring_uri="", traffic={})


def test_a_deployment_without_traffic_answers_a_good_sample_with_200(side: Side, endpoint: EndpointView) -> None:
    for deployment in NAMES:
        answer = side.endpoints.score(endpoint, deployment, GOOD_SAMPLE)

        assert answer.code == 200
        assert 0 < answer.latency_ms < 10_000


def test_a_wrong_body_is_answered_with_a_code_and_a_detail(side: Side, endpoint: EndpointView) -> None:
    for body in (b"no json", b"", b'{"rows": []}'):
        answer = side.endpoints.score(endpoint, "one", body)

        assert answer.code == 424
        assert answer.detail


def test_a_deployment_that_is_not_there_answers_404(side: Side, endpoint: EndpointView) -> None:
    assert side.endpoints.score(endpoint, "nowhere", GOOD_SAMPLE).code == 404


def test_the_named_deployment_answers_and_no_other(real: RealSide) -> None:
    name = made_deployments(real, "one")
    give(real, name, one=100)
    view = real.endpoints.endpoint(name)
    assert view is not None

    assert real.endpoints.score(view, "two", GOOD_SAMPLE).code == 404


def test_an_address_where_nobody_answers_is_code_0_with_the_reason(real: RealSide, anywhere: EndpointView) -> None:
    with listening() as gone:
        address = gone.url

    answer = real.endpoints.score(replace(anywhere, scoring_uri=address), "one", GOOD_SAMPLE)

    assert (answer.code, answer.detail) == (0, "ConnectionError")


def test_an_endpoint_without_an_address_is_code_0(real: RealSide, anywhere: EndpointView) -> None:
    assert real.endpoints.score(anywhere, "one", GOOD_SAMPLE).code == 0


def test_a_redirect_is_an_answer_and_is_not_followed_with_the_token(real: RealSide, anywhere: EndpointView) -> None:
    with listening() as first, listening() as second:
        first.code, first.location = 307, second.url
        answer = real.endpoints.score(replace(anywhere, scoring_uri=first.url), "one", GOOD_SAMPLE)

    assert answer.code == 307
    assert (len(first.bodies), second.paths) == (1, [])
