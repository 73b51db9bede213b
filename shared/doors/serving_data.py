"""Counts what deployments were asked and answered into windows, once however often it is delivered."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial as bound

from shared.core.watch_policy import DAY
from shared.inference import InferenceData, answers_key, window_key
from shared.monitoring.references import Usual
from shared.monitoring.served import (
    Answers,
    Record,
    Rows,
    Window,
    answered,
    counted,
    decode_answers,
    decode_window,
    encode,
    rows_of,
)
from shared.ports import Conflict, Documents, Impossible, Unavailable

TRIES = 12

log = logging.getLogger("gatehouse.serving")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What one event brought of one deployment: its sequence number, and when the hub took it, since the epoch."""

    sequence: int
    at: float
    records: Sequence[Record]


class ServingData:
    """Any number of workers may share the stream. Windows are by the hub's own clock.

    So an event belongs to the same window however often it comes, and no sender can make windows of any day.
    """

    def __init__(
        self, documents: Documents, data: InferenceData, *, window_seconds: float, pause: Callable[[float], None]
    ) -> None:
        self._documents, self._data = documents, data
        self._seconds, self._pause = window_seconds, pause

    def count(self, endpoint: str, deployment: str, partition: str, events: Sequence[Brought]) -> None:
        """Count what one batch of a partition brought of a deployment; raises Unavailable."""
        usual, digest = self._usual(endpoint, deployment)
        add = bound(_counted, usual=usual, digest=digest)
        for start, part in _by(events, self._seconds).items():
            new = Window(endpoint=endpoint, deployment=deployment, start=start, seconds=self._seconds)
            self._merge(window_key(endpoint, deployment, start, partition), new, decode_window, add, part)
        answering = [event for event in events if any(record.collection == "outputs" for record in event.records)]
        for start, part in _by(answering, DAY).items():
            none = Answers(endpoint=endpoint, deployment=deployment)
            self._merge(answers_key(endpoint, deployment, start, partition), none, decode_answers, answered, part)

    def _usual(self, endpoint: str, deployment: str) -> tuple[Usual | None, str]:
        """The reference, or none where it can not be read: a test will say so, and the partition must go on."""
        try:
            return self._data.usual(endpoint, deployment) or (None, "")
        except Impossible as problem:
            log.error("%s of %s is counted without a reference: %s", deployment, endpoint, problem)
            return None, ""

    def _merge[D: (Window, Answers)](
        self,
        key: str,
        new: D,
        decode: Callable[[bytes], D],
        add: Callable[[D, Rows, int], D],
        events: Sequence[Brought],
        /,
    ) -> None:
        for attempt in range(TRIES):
            stored = self._documents.read(key)
            document = decode(stored.data) if stored else new
            fresh = [event for event in events if event.sequence > document.fence]
            if not fresh:
                return
            rows = rows_of(record for event in fresh for record in event.records)
            changed = add(document, rows, max(event.sequence for event in fresh))
            try:
                self._documents.write(key, encode(changed), stored.etag if stored else None)
                return
            except (Conflict, Unavailable) as race:
                log.info("reading %s again: %s", key, race)
                self._pause(0.02 * 2 ** min(attempt, 6))
        raise Unavailable(f"{key} changed under {TRIES} tries; deliver the batch again")


def _counted(window: Window, rows: Rows, fence: int, *, usual: Usual | None, digest: str) -> Window:
    return counted(window, rows, fence, usual, digest)


def _by(events: Sequence[Brought], seconds: float) -> dict[float, list[Brought]]:
    """The events by the start of their window."""
    windows: dict[float, list[Brought]] = defaultdict(list)
    for event in events:
        windows[event.at // seconds * seconds].append(event)
    return windows
