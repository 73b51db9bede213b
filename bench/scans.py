"""Scan reports of 50 MB, read as Gatehouse does, against a bare orjson.loads: `python -m bench.scans [--json]`."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.reports import FORMATS

ROOT = Path(__file__).parents[1]
SIZE = 50_000_000
ROUNDS = 5
FASTEST_ALLOWED, PEAK_ALLOWED = 1.0, 2.0


@dataclass(frozen=True)
class Reading:
    """One format: CPU milliseconds of both, the best of ROUNDS, their ratio, and peak memory in sizes of the file."""

    format: str
    megabytes: float
    rows: int
    gatehouse_ms: float
    orjson_ms: float
    ratio: float
    peak: float
    orjson_peak: float

    @property
    def passed(self) -> bool:
        """Whether reading costs no more time than orjson's and at most twice the file in memory, the file included."""
        return self.ratio <= FASTEST_ALLOWED and self.peak <= PEAK_ALLOWED


def fresh(*arguments: str) -> dict[str, float]:
    """What a fresh process of this module tells, so that no other's memory is counted; raises CalledProcessError."""
    command = [sys.executable, "-m", "bench.scans", *arguments]
    told: dict[str, float] = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return told


def written(name: str, file: Path) -> dict[str, float]:
    """Write a report of SIZE bytes or a little less; the number of its rows."""
    make = FORMATS[name]
    rows = int(1000 * SIZE / len(json.dumps(make(1000))) * 0.995)
    file.write_text(json.dumps(make(rows)))
    return {"rows": rows}


def reading(reader: str, file: Path) -> dict[str, float]:
    """What `read` measures, in this process."""
    import orjson

    from shared.contracts.scans import parse_scan_report, to_fact

    def gatehouse(body: bytes) -> Any:
        return to_fact(parse_scan_report(body), "0" * 64, received_at=0.0)

    parse = {"orjson": orjson.loads, "gatehouse": gatehouse}[reader]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body, times = file.read_bytes(), list[float]()
    for _ in range(ROUNDS):
        start = time.process_time()
        parse(body)
        times.append(time.process_time() - start)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / len(body)
    return {"ms": min(times) * 1000, "peak": peak}


def measured(name: str, file: Path) -> Reading:
    """One format, by both."""
    rows = fresh("--write", name, str(file))["rows"]
    ours, theirs = fresh("--read", "gatehouse", str(file)), fresh("--read", "orjson", str(file))
    return Reading(
        format=name,
        megabytes=round(file.stat().st_size / 1e6, 1),
        rows=int(rows),
        gatehouse_ms=round(ours["ms"], 1),
        orjson_ms=round(theirs["ms"], 1),
        ratio=round(ours["ms"] / theirs["ms"], 3),
        peak=round(ours["peak"], 2),
        orjson_peak=round(theirs["peak"], 2),
    )


def measure() -> list[Reading]:
    """Every format."""
    with tempfile.TemporaryDirectory() as folder:
        return [measured(name, Path(folder) / name) for name in FORMATS]


def show(found: list[Reading]) -> None:
    """Print the measurement as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Reading a scan report: CPU time, and peak memory in sizes of the file", title_justify="left")
    for title in ("format", "MB", "rows", "Gatehouse ms", "orjson ms", "ratio", "peak", "orjson's peak"):
        table.add_column(title, justify="left" if title == "format" else "right")
    for row in found:
        colour = "[green]" if row.passed else "[red]"
        times = (f"{row.gatehouse_ms:.0f}", f"{row.orjson_ms:.0f}", f"{colour}{row.ratio:.2f}")
        table.add_row(
            row.format,
            f"{row.megabytes:.0f}",
            str(row.rows),
            *times,
            f"{colour}{row.peak:.2f}",
            f"{row.orjson_peak:.2f}",
        )
    Console().print(table)


def main() -> int:
    """Measure and show; 1 when a format is over a limit."""
    parser = argparse.ArgumentParser(prog="python -m bench.scans", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the measurement as JSON")
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--write", nargs=2, metavar=("FORMAT", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for task, do in ((arguments.read, reading), (arguments.write, written)):
        if task:
            print(json.dumps(do(task[0], Path(task[1]))))
            return 0
    found = measure()
    if arguments.json:
        print(json.dumps([asdict(row) | {"passed": row.passed} for row in found]))
    else:
        show(found)
    return 0 if all(row.passed for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
