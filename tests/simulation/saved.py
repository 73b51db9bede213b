"""Schedules that once failed: kept for ever, and replayed by the tests."""

import json
from collections.abc import Iterable
from pathlib import Path

from tests.simulation.campaign import Task

FILE = Path(__file__).with_name("failing_seeds.json")


def saved() -> list[Task]:
    """Every schedule that ever failed."""
    return [_task(kept) for kept in json.loads(FILE.read_text(encoding="utf-8"))] if FILE.exists() else []


def _task(kept: dict[str, object]) -> Task:
    crash = kept.get("crash")
    return Task(str(kept["mode"]), int(str(kept["seed"])), (crash[0], crash[1]) if isinstance(crash, list) else None)


def save(failed: Iterable[tuple[Task, str]]) -> None:
    """Add schedules, each with what it violated, to those that are kept."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    known = {_task(each) for each in kept}
    for task, problem in failed:
        if task not in known:
            kept.append({"mode": task.mode, "seed": task.seed, "crash": task.crash, "violated": problem})
    if kept:
        FILE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
