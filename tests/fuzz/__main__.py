"""The fuzzer's command: damaged payloads without end, through every reader of bytes from outside."""

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.fuzz.campaign import campaign, shared_out
from tests.fuzz.keeping import keep
from tests.fuzz.running import Tally

_MEGABYTE = 1024


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for; 0 when nothing but values and Malformed came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000, help="how many, over all parsers (default 200,000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other inputs (default 1)")
    parser.add_argument("--only", default="", help="only parsers whose name holds this text")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2; 0 runs in this one)")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args(arguments)
    if not shared_out(asked.inputs, asked.only):
        parser.error(f"no parser has {asked.only!r} in its name")
    began = time.monotonic()
    tallies = _run(asked)
    found = keep(problem for tally in tallies.values() for problem in tally.problems)
    (_print_json if asked.json else _print)(tallies, time.monotonic() - began, found)
    return 1 if found else 0


def _run(asked: argparse.Namespace) -> dict[str, Tally]:
    given = (asked.inputs, asked.seed, asked.jobs, asked.only)
    if asked.json:
        return campaign(*given)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("inputs", total=sum(shared_out(asked.inputs, asked.only).values()))
        return campaign(*given, heard=lambda _, tally: progress.update(bar, advance=tally.inputs))


def _print_json(tallies: dict[str, Tally], seconds: float, found: list[Path]) -> None:
    report: dict[str, Any] = {
        "inputs": sum(tally.inputs for tally in tallies.values()),
        "unexpected": sum(len(tally.problems) for tally in tallies.values()),
        "slowest_ms": round(1000 * max(tally.slowest for tally in tallies.values()), 1),
        "seconds": round(seconds, 1),
        "most_megabytes": _memory(),
        "found": [path.as_posix() for path in found],
        "parsers": {name: _figures(tally) for name, tally in tallies.items()},
    }
    print(json.dumps(report, indent=2))


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "inputs": tally.inputs,
        "refused": tally.refused,
        "unexpected": len(tally.problems),
        "slowest_ms": round(1000 * tally.slowest, 1),
        "slowest_bytes": len(tally.slowest_body),
        "seconds": round(tally.seconds, 1),
    }


def _memory() -> int:
    """The most memory of any of the processes, in megabytes."""
    processes = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in processes) // _MEGABYTE


def _print(tallies: dict[str, Tally], seconds: float, found: list[Path]) -> None:
    console = Console()
    table = Table("parser", "inputs", "refused", "unexpected", "slowest", title="what came out")
    for name, tally in tallies.items():
        share, slowest = f"{tally.refused / tally.inputs:.0%}", f"{1000 * tally.slowest:.1f} ms"
        table.add_row(name, f"{tally.inputs:,}", share, str(len(tally.problems)), slowest)
    console.print(table)
    for problem in {problem.error: problem for tally in tallies.values() for problem in tally.problems}.values():
        console.print(f"{problem.parser}: {problem.error}", style="red", markup=False)
    inputs, unexpected = (sum(t.inputs for t in tallies.values()), sum(len(t.problems) for t in tallies.values()))
    console.print(f"{inputs:,} inputs in {seconds:.0f} s, {unexpected} unexpected, at most {_memory()} MB")
    for path in found:
        console.print(f"kept {path}", markup=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
