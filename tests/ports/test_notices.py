"""Claims about the news: delivered whole, refused for good, or to be tried again."""

import pytest

from shared.adapters.webhook import Webhook
from shared.ports import Impossible, Unavailable
from tests.ports.listener import listening
from tests.ports.real_side import RealSide
from tests.ports.side import Side

EVENT = '{"specversion": "1.0", "data": {"sentence": "größer als 0,7"}}'.encode()


def test_an_event_is_delivered_whole(side: Side) -> None:
    assert side.notices.post(EVENT) is True
    assert side.heard()[-1] == EVENT


def test_an_event_is_a_structured_cloud_event(real: RealSide) -> None:
    real.notices.post(EVENT)

    assert real.listener.types == ["application/cloudevents+json; charset=utf-8"]


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_every_success_counts_as_heard(real: RealSide, code: int) -> None:
    real.listener.code = code

    assert real.notices.post(EVENT) is True


def test_without_an_address_nobody_listens() -> None:
    assert Webhook("").post(EVENT) is False


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_a_listener_in_trouble_is_unavailable(real: RealSide, code: int) -> None:
    real.listener.code = code

    with pytest.raises(Unavailable, match=str(code)):
        real.notices.post(EVENT)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 413])
def test_a_refusal_is_final_and_says_where_to_look(real: RealSide, code: int) -> None:
    real.listener.code = code

    with pytest.raises(Impossible, match=f"{code}.*NOTIFY_URL"):
        real.notices.post(EVENT)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(real: RealSide, code: int) -> None:
    with listening() as elsewhere:
        real.listener.code, real.listener.location = code, elsewhere.url

        with pytest.raises(Impossible, match=str(code)):
            real.notices.post(EVENT)

    assert elsewhere.paths == []


def test_an_address_where_nobody_answers_is_unavailable() -> None:
    with listening() as gone:
        address = gone.url

    with pytest.raises(Unavailable, match="ConnectionError"):
        Webhook(address).post(EVENT)


def test_an_address_that_is_none_is_impossible_and_says_where_to_look() -> None:
    with pytest.raises(Impossible, match="NOTIFY_URL"):
        Webhook("no address").post(EVENT)
