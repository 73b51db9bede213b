"""Hunts every planted bug, several at a time, and prints how many schedules each one survived."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from tests.simulation import tables
from tests.simulation.mutants import MUTANTS
from tests.simulation.planting import ROOT
from tests.simulation.tables import Hunt


def hunt(name: str, limit: int) -> Hunt:
    """Hunt one bug in a process of its own; one that breaks the process is found, too."""
    command = [sys.executable, "-m", "tests.simulation.hunt", name, str(limit)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        return Hunt(name, 1, True, (ended.stderr.strip().splitlines() or ["died"])[-1])
    return Hunt(**json.loads(ended.stdout.splitlines()[-1]))


def hunts(jobs: int, limit: int, part: str) -> Iterator[Hunt]:
    """Hunt all bugs whose name holds `part`, as they end."""
    with ThreadPoolExecutor(jobs) as pool:
        names = [name for name in MUTANTS if part in name]
        for ended in as_completed([pool.submit(hunt, name, limit) for name in names]):
            yield ended.result()


def hunt_all(jobs: int, limit: int, part: str, *, as_json: bool, write: bool = False) -> int:
    """Hunt them, print the table and, to `write`, note it; 0 when every bug was found but those that are excused."""
    console, results = Console(stderr=True), []
    for ended in hunts(jobs, limit, part):
        results.append(ended)
        if not as_json:
            console.print(f"{'✓' if ended.found else '✗'} {ended.name}: {ended.schedules} schedules; {ended.problem}")
    results.sort(key=lambda each: list(MUTANTS).index(each.name))
    if write:
        tables.note(results)
    print(json.dumps([asdict(each) for each in results])) if as_json else _print(results)
    return 1 if any(not each.found and not MUTANTS[each.name].excuse for each in results) else 0


def _print(results: list[Hunt]) -> None:
    table = Table("planted bug", "schedules", "showed as")
    for each in results:
        table.add_row(each.name, str(each.schedules), each.problem or f"survived; {MUTANTS[each.name].excuse}")
    console = Console()
    console.print(table)
    console.print(f"{sum(each.found for each in results)} of {len(results)} found")
