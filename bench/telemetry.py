"""What counting served requests costs, against the usual way: `python -m bench.telemetry [--records N] [--json]`."""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from pydantic import BaseModel

BATCH = 100  # events, as host.json has it
PACKED = 100  # records to an event: Azure Monitor packs more
ROUNDS = 5
FASTER, CEILING = 25.0, 1.5
LINEAR, FLAT_MEGABYTES = 1.25, 16.0
MILLION = 1_000_000
START = 1_772_352_000

type Events = list[Any]


@dataclass(frozen=True)
class Cost:
    """Microseconds of CPU for one record: the usual way, ours with and without the platform's converter."""

    naive_us: float
    converted_us: float
    bare_us: float
    faster: float
    ceiling: float

    @property
    def passed(self) -> bool:
        """Whether ours is at least 25 times faster, and the converter adds at most half."""
        return self.faster >= FASTER and self.ceiling <= CEILING


@dataclass(frozen=True)
class Growth:
    """The cost of many records: microseconds for each of the first and the last million, and memory it took."""

    records: int
    first_us: float
    last_us: float
    grown_megabytes: float

    @property
    def passed(self) -> bool:
        """Whether the cost is linear and the memory flat."""
        return self.last_us <= LINEAR * self.first_us and self.grown_megabytes <= FLAT_MEGABYTES


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

        return Stored(self._kept[key], "1") if key in self._kept else None

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
        timed(lambda events=events: added_up(events))
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
        from shared.intake import Intake
        from shared.serving import Serving

        def never(*_: Any, **__: Any) -> Any:
            raise AssertionError("nothing here is refused or collected")

        class Clock:
            def now(self) -> float:
                return START + 365 * 86_400.0

        class Refusing(Intake):
            refuse = never

        intake = Refusing(*[None] * 4)  # type: ignore[list-item]
        self._serving = Serving(Memory(), intake, Clock(), window_seconds=60.0, pause=never, data=never)
        self._sequence = 0

    def count(self, bodies: list[bytes], *, convert: bool) -> None:
        """Count one batch of events; conversion and counting are timed."""
        from handlers.inference import arrived
        from shared.serving import Arrived

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


def measure() -> Cost:
    """All three in turn, round after round, so that whatever else the machine does falls on all of them."""
    batches = list(packed(5 * BATCH * PACKED))
    rounds = [(naive(1_000), ours(batches, convert=True), ours(batches, convert=False)) for _ in range(ROUNDS + 1)][1:]
    usual, converting, bare = (median(costs) for costs in zip(*rounds, strict=True))
    return Cost(
        naive_us=round(usual, 2),
        converted_us=round(converting, 2),
        bare_us=round(bare, 2),
        faster=round(median(one / other for one, other, _ in rounds), 1),
        ceiling=round(median(one / other for _, one, other in rounds), 2),
    )


def grown(records: int) -> Growth:
    """Count so many records in one go, at least two million, each batch a little later than the one before."""
    counting, batch = Ours(), BATCH * PACKED
    template = next(packed(batch))
    costs, before = list[float](), 0.0
    spent()
    for number in range(max(records, 2 * MILLION) // batch):
        minute = datetime.fromtimestamp(START + 60 * number, UTC).strftime("%Y-%m-%dT%H:%M").encode()
        counting.count([body.replace(b"2026-03-01T08:00", minute) for body in template], convert=True)
        if (number + 1) * batch % MILLION == 0:
            costs.append(spent() / MILLION * 1e6)
            before = before or peak()
    return Growth(
        records=max(records, 2 * MILLION),
        first_us=round(costs[0], 2),
        last_us=round(costs[-1], 2),
        grown_megabytes=round(peak() - before, 1),
    )


def peak() -> float:
    """The most memory that this process had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(found: Cost | Growth) -> None:
    """Print the measurement as a table."""
    from rich.console import Console
    from rich.table import Table

    title = "Counting served requests: CPU time for one record"
    if isinstance(found, Growth):
        title = f"{title}, {found.records:,} of them in one go"
    table = Table(title=title, title_justify="left")
    for name in ("what", "measured", "limit"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for row in rows(found):
        table.add_row(*row)
    Console().print(table, "[green]within the limits" if found.passed else "[red]over a limit")


def rows(found: Cost | Growth) -> list[tuple[str, str, str]]:
    """What the table says."""
    if isinstance(found, Growth):
        return [
            ("the first million", f"{found.first_us:.2f} µs", ""),
            ("the last million", f"{found.last_us:.2f} µs", f"{LINEAR * found.first_us:.2f} µs"),
            ("memory since the first million", f"{found.grown_megabytes:.1f} MB", f"{FLAT_MEGABYTES:.0f} MB"),
        ]
    return [
        ("converter, a model of each record, a loop", f"{found.naive_us:.2f} µs", ""),
        ("Gatehouse with the converter", f"{found.converted_us:.2f} µs", ""),
        ("Gatehouse without it", f"{found.bare_us:.2f} µs", ""),
        ("times faster than the usual way", f"{found.faster:.1f}", f"at least {FASTER:.0f}"),
        ("times the cost without the converter", f"{found.ceiling:.2f}", f"at most {CEILING}"),
    ]


def main() -> int:
    """Measure and show; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.telemetry", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the measurement as JSON")
    parser.add_argument("--records", type=int, default=0, help="see instead how the cost of so many records grows")
    arguments = parser.parse_args()
    found = grown(arguments.records) if arguments.records else measure()
    if arguments.json:
        print(json.dumps(asdict(found) | {"passed": found.passed}))
    else:
        show(found)
    return 0 if found.passed else 1


if __name__ == "__main__":
    sys.exit(main())
