"""Packages over HTTP: Grace asks what is allowed and wishes for exceptions, Ben reviews them."""

from typing import Any

import requests

from local.principal import LOCAL_REQUESTER, LOCAL_REVIEWER, principal

GRACE = {"x-ms-client-principal": principal("Grace Local", LOCAL_REQUESTER, [])}
BEN = {"x-ms-client-principal": principal("Ben Local", LOCAL_REVIEWER, ["Gatehouse.PackageReviewer"])}
HTTP_SECONDS = 30


class PackageDesk:
    """What people ask of the app at `url`; every method raises requests.HTTPError when it refuses."""

    def __init__(self, url: str) -> None:
        self._url = url

    def check(self, model: str, requirement: str) -> dict[str, Any]:
        """What the rules of `model` say of one line of a requirements.txt: `ruling`, `reasons`, `how`."""
        address = f"{self._url}/api/packages/check?model={model}"
        answer = _content(requests.post(address, data=requirement.encode(), headers=GRACE, timeout=HTTP_SECONDS))
        judgement: dict[str, Any] = answer["packages"][0]
        return judgement

    def ask(self, model: str, package: str, reason: str) -> str:
        """Grace wishes for an exception for any version of `package` in `model`; the exception's id."""
        wish = {"package": package, "source": "pypi", "model": model, "reason": reason}
        address = f"{self._url}/api/packages/exceptions"
        answer = _content(requests.post(address, json=wish, headers=GRACE, timeout=HTTP_SECONDS))
        return str(answer["exception"])

    def grant(self, exception: str, comment: str) -> None:
        """Ben says yes, until the policy's maximum."""
        yes = {"decision": "approve", "comment": comment}
        address = f"{self._url}/api/packages/exceptions/{exception}/review"
        _content(requests.post(address, json=yes, headers=BEN, timeout=HTTP_SECONDS))

    def state(self, exception: str) -> str:
        """Where an exception is: requested, granted, refused or expired; "" before the list knows it."""
        address = f"{self._url}/api/packages/exceptions"
        listed = _content(requests.get(address, headers=GRACE, timeout=HTTP_SECONDS))["exceptions"]
        return next((str(each["state"]) for each in listed if each["id"] == exception), "")


def _content(answer: requests.Response) -> dict[str, Any]:
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    return content
