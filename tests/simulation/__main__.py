"""The simulator's command: run schedules, replay one and tell its story, or hunt planted bugs."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.simulation import hunting
from tests.simulation.campaign import MIXED, Task, Total, campaign, mixed, single_crashes
from tests.simulation.saved import save
from tests.simulation.schedule import Mode


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for; 0 when nothing was violated and every mutant but the explained ones found."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many schedules (default 500)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seed", type=int, help="replay this one seed and tell its story")
    parser.add_argument("--crash", help="with --seed and --mode D: the crash, as 17:CRASH_AFTER")
    parser.add_argument(
        "--mode", choices=[mode.name for mode in Mode], help="only this mode; D runs all of its crashes"
    )
    parser.add_argument("--mutants", action="store_true", help="hunt every planted bug")
    parser.add_argument("--only", help="with --mutants: only those whose name holds this text")
    parser.add_argument("--write", action="store_true", help="with --mutants: note the outcome in docs/mutants.md")
    parser.add_argument("--limit", type=int, default=5000, help="with --mutants: schedules per bug (default 5000)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    asked = parser.parse_args(arguments)
    if asked.mutants:
        return hunting.hunt_all(asked.jobs, asked.limit, asked.only or "", as_json=asked.json, write=asked.write)
    if asked.seed is not None:
        return _replay(asked)
    return _campaign(asked)


def _replay(asked: argparse.Namespace) -> int:
    number, _, kind = (asked.crash or "").partition(":")
    run = Task(asked.mode or "A", asked.seed, (int(number), kind) if number else None).run(aloud=True)
    if asked.json:
        fields = ("mode", "seed", "problem", "faults", "calls", "hours", "digest", "stages")
        print(json.dumps({name: getattr(run, name) for name in fields}))
    else:
        print("\n".join(run.story))
        print(f"mode {run.mode}, seed {run.seed}: {run.calls} calls in {run.hours:.1f} simulated hours, {run.faults}")
        print(f"ends: {run.stages}; {run.problem or 'nothing was violated'}")
    return 1 if run.problem else 0


def _campaign(asked: argparse.Namespace) -> int:
    everything = asked.mode == "D"
    modes = (Mode[asked.mode],) if asked.mode else MIXED
    tasks = single_crashes() if everything else mixed(asked.first, asked.seeds, modes)
    began = time.monotonic()
    if asked.json:
        total = campaign(tasks, asked.jobs)
    else:
        with _progress() as progress:
            bar = progress.add_task("schedules", total=None if everything else asked.seeds)
            total = campaign(tasks, asked.jobs, _hears(progress, bar))
    seconds = time.monotonic() - began
    save(total.failed)
    (_print_json if asked.json else _print)(total, seconds)
    return 1 if total.failed else 0


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _hears(progress: Progress, bar: object) -> Callable[[Total], None]:
    def heard(total: Total) -> None:
        said = f"schedules, {len(total.failed)} failed"
        progress.update(bar, completed=total.schedules, description=said)  # type: ignore[arg-type]

    return heard


def _facts(total: Total, seconds: float) -> dict[str, object]:
    return {
        "schedules": total.schedules,
        "seconds": round(seconds, 1),
        "per_second": round(total.schedules / seconds, 1),
        "modes": dict(total.modes),
        "calls": total.calls,
        "simulated_hours": round(total.hours),
        "faults": total.faults.total(),
        "by_kind": dict(total.faults.most_common()),
        "ends": dict(total.stages.most_common()),
        "failed": [{"mode": t.mode, "seed": t.seed, "crash": t.crash, "problem": why} for t, why in total.failed],
    }


def _print_json(total: Total, seconds: float) -> None:
    print(json.dumps(_facts(total, seconds)))


def _print(total: Total, seconds: float) -> None:
    console, facts = Console(), _facts(total, seconds)
    table = Table("what", "how much")
    for name in ("schedules", "modes", "simulated_hours", "calls", "faults", "by_kind", "ends", "per_second"):
        table.add_row(name.replace("_", " "), str(facts[name]))
    console.print(table)
    for task, problem in total.failed:
        crash = f" --crash {task.crash[0]}:{task.crash[1]}" if task.crash else ""
        console.print(f"[red]✗[/] {problem}")
        console.print(f"  replay: python -m {Path(__file__).parent.parent.name}.simulation", end="")
        console.print(f" --mode {task.mode} --seed {task.seed}{crash}")
    console.print("✓ nothing was violated" if not total.failed else f"{len(total.failed)} schedules failed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
