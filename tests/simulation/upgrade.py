"""A worker that still runs old code beside the new: it decides the same, but says and orders it in another way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from shared.core import images, lifecycle
from shared.core.record import Decision, Record, Step, commit
from tests.simulation.scheduler import Scheduler

OLD_WORKER = 0


@contextmanager
def old_code(scheduler: Scheduler, *, on: bool) -> Iterator[None]:
    """While it lasts, and to be `on`, the first worker writes other sentences and turns verdicts and orders round."""

    def old_commit[R: Record](key: str, before: str, step: Step[R], *rest: Any) -> Decision[R]:
        task = scheduler.task
        if task is not None and task.worker == OLD_WORKER:
            said = f"{step.sentence} (as of old)"
            step = replace(step, sentence=said, verdicts=step.verdicts[::-1], orders=step.orders[::-1])
        return commit(key, before, step, *rest)

    if not on:
        yield
        return
    modules: tuple[Any, ...] = (lifecycle, images)
    for module in modules:
        module.commit = old_commit
    try:
        yield
    finally:
        for module in modules:
            module.commit = commit
