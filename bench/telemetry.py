"""What counting served requests costs, against the usual way: `python -m bench.telemetry [--records N] [--json]`."""

import argparse
import json
import resource
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median

from bench.served import BATCH, PACKED, START, Ours, naive, ours, packed, spent

ROUNDS = 5
FASTER, CEILING = 25.0, 1.5
LINEAR, FLAT_MEGABYTES = 1.25, 16.0
MILLION = 1_000_000


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
