"""The outgoing webhook: CloudEvents 1.0 in structured mode."""

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

from shared.ports import Impossible, Unavailable

CLOUD_EVENT = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
TIMEOUT_SECONDS = 10.0


class Webhook:
    """One address that hears all news; without an address nothing is sent."""

    def __init__(self, url: str) -> None:
        self._url = url

    def post(self, event: bytes) -> bool:
        """Deliver one event, False without an address.

        Raises Unavailable, or Impossible for a final refusal (3xx, 4xx but 408 and 429) or an address that is none.
        """
        if not self._url:
            return False
        try:
            answer = requests.post(
                self._url, data=event, headers=CLOUD_EVENT, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except (InvalidSchema, InvalidURL, MissingSchema) as error:
            raise Impossible(f"NOTIFY_URL is no address to post to: {error}") from error
        except requests.RequestException as error:
            raise Unavailable(f"the webhook did not answer: {type(error).__name__}") from error
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise Unavailable(f"the webhook answered {answer.status_code}")
        if not answer.ok or answer.is_redirect:
            raise Impossible(f"the webhook refused the event with {answer.status_code}; check NOTIFY_URL")
        return True
