"""Served requests, and the two ways to count them that are measured: the usual one, and Gatehouse's."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import BaseModel

BATCH = 100  # events, as host.json has it
PACKED = 200  # records of 600 bytes to an event: Azure Monitor packs more, into events of up to 1 MB
START = 1_772_352_000

type Events = list[Any]


class Answered(BaseModel):
    """The properties of a record as one would model them at first."""

    EndpointName: str
    DeploymentName: str
    ResponseCode: int
    TotalDurationMs: float
    XRequestId: str | None = None
    RequestThrottlingDelayMs: float | None = None


class Record(BaseModel):
    """A record as one would model it at first."""

    time: datetime
    category: str
    properties: Answered


class Memory:
    """Documents in memory, so that only our own work is measured."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def read(self, key: str) -> Any:
        """The document, with its length for a tag."""
        from shared.ports import Stored

        return Stored(data=self._kept[key], etag="1", age=0.0) if key in self._kept else None

    def write(self, key: str, data: bytes, _etag: str | None, _labels: Mapping[str, str] | None = None) -> None:
        """Keep the document."""
        self._kept[key] = data

    def labelled(self, _prefix: str) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Nothing: nobody lists here."""
        return ()


def record(number: int) -> dict[str, Any]:
    """A record of 600 bytes, as Azure Monitor writes it."""
    at = datetime.fromtimestamp(START + number / 50, UTC)
    return {
        "time": at.strftime("%Y-%m-%dT%H:%M:%S.%f0Z"),
        "resourceId": "/SUBSCRIPTIONS/5F/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.MACHINELEARNINGSERVICES/X/CHURN-EP",
        "category": "AmlOnlineEndpointTrafficLog",
        "operationName": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action",
        "location": "westeurope",
        "properties": {
            "Method": "POST",
            "Path": "/score",
            "EndpointName": "churn-ep",
            "DeploymentName": "blue" if number % 3 else "green",
            "ResponseCode": 200 if number % 50 else 424,
            "ModelStatusCode": 200,
            "RequestPayloadSize": 348,
            "ResponsePayloadSize": 61,
            "UserAgent": "python-requests/2.32.3",
            "XRequestId": f"4e2a1d3c-0b5f-4d62-9a71-{number:012}",
            "TotalDurationMs": 20 + number % 97 + 0.25,
            "RequestThrottlingDelayMs": 0,
        },
    }


def converted(bodies: list[bytes], first: int) -> Events:
    """The events as the function gets them: through the platform's own converter."""
    from azure.functions.eventhub import EventHubTriggerConverter

    from local.host.payloads import Long, metadata_of_many, payload_of_many

    values = [
        {
            "SequenceNumber": Long(first + place),
            "EnqueuedTimeUtc": datetime.fromtimestamp(START, UTC),
            "SystemProperties": {"SequenceNumber": first + place, "EnqueuedTimeUtc": "2026-03-01T08:00:00.100Z"},
        }
        for place in range(len(bodies))
    ]
    data, metadata = payload_of_many(bodies, "binary"), metadata_of_many(values)
    return timed(lambda: EventHubTriggerConverter.decode(data, trigger_metadata=metadata))


_spent = 0.0


def timed[T](work: Callable[[], T]) -> T:
    """What `work` gives; its CPU time is added to what was spent."""
    global _spent  # noqa: PLW0603 - one counter for the one thread
    start = time.process_time()
    found = work()
    _spent += time.process_time() - start
    return found


def spent() -> float:
    """The CPU time since the last call, in seconds."""
    global _spent
    seconds, _spent = _spent, 0.0
    return seconds


def naive(records: int) -> float:
    """µs for a record the usual way: one event each, the converter, a model of each, and a loop that adds up."""
    spent()
    for start in range(0, records, BATCH):
        events = converted([json.dumps(record(start + place)).encode() for place in range(BATCH)], start)
        timed(partial(added_up, events))
    return spent() / records * 1e6


def added_up(events: Events) -> dict[tuple[str, str, int], list[float]]:
    """Requests, errors and the sum of latencies by endpoint, deployment and minute."""
    windows: dict[tuple[str, str, int], list[float]] = {}
    for event in events:
        one = Record(**json.loads(event.get_body()))
        answered = one.properties
        minute = int(one.time.timestamp() // 60)
        window = windows.setdefault((answered.EndpointName, answered.DeploymentName, minute), [0, 0, 0.0])
        window[0] += 1
        window[1] += answered.ResponseCode >= 400
        window[2] += answered.TotalDurationMs
    return windows


class Ours:
    """The function's own code on packed events, with documents in memory."""

    def __init__(self) -> None:
        from shared.doors.intake import Intake
        from shared.doors.serving import Serving

        def never(*_: Any, **__: Any) -> Any:
            raise AssertionError("nothing here is refused or collected")

        class Clock:
            def now(self) -> float:
                return START + 365 * 86_400.0

        class Refusing(Intake):
            refuse = never

        nothing: Any = None
        intake = Refusing(nothing, nothing, nothing, nothing)
        self._serving = Serving(Memory(), intake, Clock(), window_seconds=60.0, pause=never, data=never)
        self._sequence = 0

    def count(self, bodies: list[bytes], *, convert: bool) -> None:
        """Count one batch of events; conversion and counting are timed."""
        from handlers.inference import arrived
        from shared.doors.serving import Arrived

        first, self._sequence = self._sequence, self._sequence + len(bodies)
        if convert:
            events = converted(bodies, first)
            timed(lambda: self._serving.count("0", arrived(events)))
        else:
            bare = [Arrived(first + place, body) for place, body in enumerate(bodies)]
            timed(lambda: self._serving.count("0", bare))


def packed(records: int) -> Iterator[list[bytes]]:
    """Batches of packed events with so many records in all."""
    for start in range(0, records, BATCH * PACKED):
        yield [
            json.dumps({"records": [record(start + event * PACKED + place) for place in range(PACKED)]}).encode()
            for event in range(BATCH)
        ]


def ours(batches: list[list[bytes]], *, convert: bool) -> float:
    """µs for a record our way."""
    counting = Ours()
    spent()
    for bodies in batches:
        counting.count(bodies, convert=convert)
    return spent() / (len(batches) * BATCH * PACKED) * 1e6
