"""Long documents about images, read by us and by orjson: `python -m bench.scans [--megabytes N] [--json]`."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.bills import BILLS
from bench.reports import FORMATS

ROOT = Path(__file__).parents[1]
MEGABYTES = 50
ROUNDS = 7
PEAK_ALLOWED, REPORT_ALLOWED, BILL_ALLOWED = 2.0, 1.0, 5.0
SHORT = 1.25  # the limits hold for MEGABYTES; tens of milliseconds are measured with an error, so less is held to more
MAKERS = {**FORMATS, **BILLS}


@dataclass(frozen=True)
class Reading:
    """One format: CPU milliseconds of both, the best of ROUNDS, their ratio, and peak memory in sizes of the file.

    `limit` is how large the ratio may be.
    """

    format: str
    megabytes: float
    rows: int
    gatehouse_ms: float
    orjson_ms: float
    ratio: float
    limit: float
    peak: float
    orjson_peak: float

    @property
    def passed(self) -> bool:
        """Whether reading is as fast as it must be and takes at most twice the file in memory, the file included."""
        return self.ratio <= self.limit and self.peak <= PEAK_ALLOWED


def fresh(*arguments: str) -> dict[str, float]:
    """What a fresh process of this module tells, so that no other's memory is counted; raises CalledProcessError."""
    command = [sys.executable, "-m", "bench.scans", *arguments]
    told: dict[str, float] = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return told


def written(name: str, file: Path, megabytes: int) -> dict[str, float]:
    """Write a document of `megabytes` or a little less; the number of its rows."""
    make = MAKERS[name]
    rows = int(1000 * megabytes * 1e6 / len(json.dumps(make(1000))) * 0.995)
    file.write_text(json.dumps(make(rows)))
    return {"rows": rows}


def readers(name: str) -> dict[str, Callable[[bytes], Any]]:
    """How Gatehouse and orjson read a document of that format."""
    import orjson

    from shared.contracts import sbom, scans
    from shared.contracts.sbom.fact import to_fact

    def report(body: bytes) -> Any:
        return scans.to_fact(scans.parse_scan_report(body), "0" * 64, received_at=0.0)

    def bill(body: bytes) -> Any:
        return to_fact(sbom.parse_sbom(body), "0" * 64, 0.0)

    return {"gatehouse": bill if name in BILLS else report, "orjson": orjson.loads}


def peak(name: str, file: Path, reader: str) -> dict[str, float]:
    """The most memory, in sizes of the file, that this process takes to read it once; the file itself included."""
    parse = readers(name)[reader]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body = file.read_bytes()
    parse(body)
    return {"peak": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / len(body)}


def times(name: str, file: Path) -> dict[str, float]:
    """The best CPU milliseconds of both, in turn, so that whatever else the machine does falls on both."""
    body, found = file.read_bytes(), dict[str, float]()
    for _ in range(ROUNDS):
        for reader, parse in readers(name).items():
            start = time.process_time()
            parse(body)
            found[reader] = min(found.get(reader, float("inf")), (time.process_time() - start) * 1000)
    return found


def measured(name: str, file: Path, megabytes: int) -> Reading:
    """One format, by both."""
    rows = fresh("--write", name, str(file), str(megabytes))["rows"]
    spent = fresh("--times", name, str(file))
    peaks = {reader: fresh("--peak", name, str(file), reader)["peak"] for reader in spent}
    return Reading(
        format=name,
        megabytes=round(file.stat().st_size / 1e6, 1),
        rows=int(rows),
        gatehouse_ms=round(spent["gatehouse"], 1),
        orjson_ms=round(spent["orjson"], 1),
        ratio=round(spent["gatehouse"] / spent["orjson"], 3),
        limit=(BILL_ALLOWED if name in BILLS else REPORT_ALLOWED) * (SHORT if megabytes < MEGABYTES else 1.0),
        peak=round(peaks["gatehouse"], 2),
        orjson_peak=round(peaks["orjson"], 2),
    )


def measure(megabytes: int) -> list[Reading]:
    """Every format."""
    with tempfile.TemporaryDirectory() as folder:
        return [measured(name, Path(folder) / name, megabytes) for name in MAKERS]


def show(found: list[Reading]) -> None:
    """Print the measurement as a table."""
    from rich.console import Console
    from rich.table import Table

    title = "Reading a document about an image: CPU time, and peak memory in sizes of the file"
    table = Table(title=title, title_justify="left")
    for title in ("format", "MB", "rows", "Gatehouse ms", "orjson ms", "ratio", "peak", "orjson's peak"):
        table.add_column(title, justify="left" if title == "format" else "right", no_wrap=title == "format")
    for row in found:
        colour = "[green]" if row.passed else "[red]"
        table.add_row(
            row.format,
            f"{row.megabytes:.0f}",
            str(row.rows),
            f"{row.gatehouse_ms:.0f}",
            f"{row.orjson_ms:.0f}",
            f"{colour}{row.ratio:.2f}[/] of {row.limit:g}",
            f"{colour}{row.peak:.2f}",
            f"{row.orjson_peak:.2f}",
        )
    Console().print(table)


def main() -> int:
    """Measure and show; 1 when a format is over a limit."""
    parser = argparse.ArgumentParser(prog="python -m bench.scans", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the measurement as JSON")
    parser.add_argument(
        "--megabytes", type=int, default=MEGABYTES, help=f"size of each document, {MEGABYTES} if not said"
    )
    for task in TASKS:
        parser.add_argument(f"--{task}", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for task, do in TASKS.items():
        if told := getattr(arguments, task):
            print(json.dumps(do(*told)))
            return 0
    found = measure(arguments.megabytes)
    if arguments.json:
        print(json.dumps([asdict(row) | {"passed": row.passed} for row in found]))
    else:
        show(found)
    return 0 if all(row.passed for row in found) else 1


TASKS: dict[str, Callable[..., dict[str, float]]] = {
    "write": lambda name, file, megabytes: written(name, Path(file), int(megabytes)),
    "times": lambda name, file: times(name, Path(file)),
    "peak": lambda name, file, reader: peak(name, Path(file), reader),
}
"""What a fresh process of this module does."""


if __name__ == "__main__":
    sys.exit(main())
