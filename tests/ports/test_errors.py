"""Claims about what the SDKs raise: each error is a conflict, a final no, or worth another try."""

from typing import NoReturn

import pytest
from azure.core import exceptions as azure
from azure.core.pipeline.transport import HttpRequest, HttpResponse

from shared.adapters.errors import found, reaching
from shared.ports import Conflict, Impossible, Unavailable


class Answered(HttpResponse):
    """An answer that has only a code and its reason."""

    def __init__(self, code: int) -> None:
        super().__init__(HttpRequest("GET", "https://service.example"), None)
        self.status_code, self.reason = code, "because"

    def body(self) -> bytes:
        """Nothing."""
        return b""


def answered(code: int, kind: type[azure.HttpResponseError] = azure.HttpResponseError) -> azure.HttpResponseError:
    """The SDKs' error for an answer with this code."""
    return kind(response=Answered(code))


SORTED = [
    (answered(409), Conflict),
    (answered(412), Conflict),
    (answered(409, azure.ResourceExistsError), Conflict),
    (answered(412, azure.ResourceModifiedError), Conflict),
    (azure.ResourceExistsError("there already"), Conflict),
    (answered(400), Impossible),
    (answered(404), Impossible),
    (answered(404, azure.ResourceNotFoundError), Impossible),
    (answered(405), Impossible),
    (answered(413), Impossible),
    (answered(422), Impossible),
    (answered(401), Unavailable),
    (answered(401, azure.ClientAuthenticationError), Unavailable),
    (answered(403), Unavailable),
    (answered(408), Unavailable),
    (answered(429), Unavailable),
    (answered(500), Unavailable),
    (answered(503), Unavailable),
    (answered(200), Unavailable),
    (azure.HttpResponseError("no answer"), Unavailable),
    (azure.ClientAuthenticationError("no token"), Unavailable),
    (azure.ServiceRequestError("connection refused"), Unavailable),
    (azure.ServiceRequestTimeoutError("no connection in time"), Unavailable),
    (azure.ServiceResponseError("connection lost"), Unavailable),
    (azure.ServiceResponseTimeoutError("no answer in time"), Unavailable),
    (azure.IncompleteReadError("half an answer"), Unavailable),
    (azure.AzureError("anything else"), Unavailable),
]


def named(case: object) -> str | None:
    """A readable name for an error in the test's id."""
    if isinstance(case, azure.AzureError):
        return f"{type(case).__name__}-{getattr(case, 'status_code', None)}"
    return None


def failing(error: Exception) -> NoReturn:
    """Raise the error."""
    raise error


@pytest.mark.parametrize(("error", "kind"), SORTED, ids=named)
def test_an_error_of_the_sdk_is_sorted(error: azure.AzureError, kind: type[Exception]) -> None:
    with pytest.raises((Conflict, Impossible, Unavailable)) as caught, reaching("reading release x"):
        raise error

    assert type(caught.value) is kind
    assert str(caught.value).startswith("reading release x: ")
    assert error.message in str(caught.value)
    assert caught.value.__cause__ is error


def test_a_refused_identity_says_what_to_check() -> None:
    with pytest.raises(Unavailable, match="check the roles"), reaching("reading"):
        raise answered(401, azure.ClientAuthenticationError)


def test_what_is_no_error_of_the_sdk_passes_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), reaching("reading"):
        failing(ZeroDivisionError())


def test_what_is_there_is_given() -> None:
    assert found("reading", lambda: 7) == 7


def test_only_what_the_service_says_is_not_there_is_none() -> None:
    assert found("reading", lambda: failing(answered(404, azure.ResourceNotFoundError))) is None


@pytest.mark.parametrize("code", [400, 405])
def test_another_refusal_is_not_taken_for_absence(code: int) -> None:
    with pytest.raises(Impossible):
        found("reading", lambda: failing(answered(code)))


def test_trouble_is_not_taken_for_absence() -> None:
    with pytest.raises(Unavailable):
        found("reading", lambda: failing(azure.ServiceRequestError("connection refused")))
