"""Inference data as it is kept: windows of what was served, answers by day, and the reference of each deployment."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from shared.core.identity import digest_of
from shared.core.watch_policy import DAY
from shared.ports import Bodies, Conflict, Documents, Impossible

if TYPE_CHECKING:
    from shared.monitoring.references import Usual
    from shared.monitoring.served import Answer, Window

CACHED = 16


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Which reference a deployment has: the SHA-256 of its kept body, and where it is from."""

    endpoint: str
    deployment: str
    digest: str
    source: str


def window_key(endpoint: str, deployment: str, start: float, partition: str) -> str:
    """Where the window from `start` (seconds since the epoch) is kept."""
    return f"{_day('served', endpoint, deployment, int(start // DAY))}{start:014.3f}-{partition}"


def answers_key(endpoint: str, deployment: str, at: float, partition: str) -> str:
    """Where the answers of the day of `at` (seconds since the epoch) are kept."""
    return f"{_day('answers', endpoint, deployment, int(at // DAY))}{partition}"


class InferenceData:
    """What deployments served, and what it is compared with."""

    def __init__(self, documents: Documents, bodies: Bodies) -> None:
        self._documents, self._bodies = documents, bodies
        self._decoded: dict[str, Usual] = {}

    def usual(self, endpoint: str, deployment: str) -> tuple["Usual", str] | None:
        """The reference of a deployment and its digest, None before it has one.

        Raises Impossible when its body is gone or of another time, Unavailable.
        """
        stored = self._documents.read(_reference_key(endpoint, deployment))
        if stored is None:
            return None
        digest = msgspec.json.decode(stored.data, type=Known).digest
        if digest not in self._decoded:
            if len(self._decoded) >= CACHED:
                self._decoded.clear()
            self._decoded[digest] = self._read(digest)
        return self._decoded[digest], digest

    def _read(self, digest: str) -> "Usual":
        from shared.monitoring.reference_documents import decode_usual

        try:
            return decode_usual(self._bodies.read(digest))
        except ValueError as problem:
            raise Impossible(f"the reference {digest} can not be read: {problem}") from None

    def fix(self, endpoint: str, deployment: str, body: bytes, source: str) -> None:
        """Let `body` be the reference of a deployment for ever; the first one stays. Raises Unavailable."""
        known = Known(endpoint=endpoint, deployment=deployment, digest=self._bodies.keep(body), source=source)
        try:
            self._documents.write(_reference_key(endpoint, deployment), msgspec.json.encode(known), None)
        except Conflict:
            return

    def windows(self, endpoint: str, deployment: str, since: float, until: float) -> list["Window"]:
        """The windows that end within `since` (left out) and `until` (seconds since the epoch), by their start."""
        from shared.monitoring.served import decode_window

        found = [decode_window(data) for data in self._days("served", endpoint, deployment, since, until)]
        within = [window for window in found if since < window.start + window.seconds <= until]
        return sorted(within, key=lambda window: window.start)

    def answers(self, endpoint: str, deployment: str, since: float, until: float) -> dict[str, "Answer"]:
        """What was answered on the days of `since` to `until`: prediction and probability by the key of a request."""
        from shared.monitoring.served import decode_answers

        answers: dict[str, Answer] = {}
        for data in self._days("answers", endpoint, deployment, since, until):
            answers |= decode_answers(data).answers
        return answers

    def _days(self, kind: str, endpoint: str, deployment: str, since: float, until: float) -> Iterator[bytes]:
        for day in range(int(since // DAY), int(until // DAY) + 1):
            for key in self._keys(_day(kind, endpoint, deployment, day)):
                if stored := self._documents.read(key):
                    yield stored.data

    def _keys(self, prefix: str) -> Sequence[str]:
        return sorted(key for key, _ in self._documents.labelled(prefix))


def _reference_key(endpoint: str, deployment: str) -> str:
    return f"references/{digest_of([endpoint, deployment])[:40]}"


def _day(kind: str, endpoint: str, deployment: str, day: int) -> str:
    return f"{kind}/{digest_of([endpoint, deployment])[:40]}/{day:06}/"
