"""Many batches over all parsers: how the inputs are shared out, and what they gave together."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from itertools import islice

from tests.fuzz.isolation import Batch, processes, run, run_alone
from tests.fuzz.parsers import PARSERS
from tests.fuzz.running import BATCH, Tally

type Heard = Callable[[str, Tally], None]


def shared_out(inputs: int, only: str = "") -> dict[str, int]:
    """How many of `inputs` each parser gets whose name holds `only`, by its share; at least one each."""
    chosen = {name: each.share for name, each in PARSERS.items() if only in name}
    whole = sum(chosen.values())
    return {name: max(1, round(inputs * share / whole)) for name, share in chosen.items()}


def batches(counts: dict[str, int], seed: int) -> Iterator[Batch]:
    """Every batch as parser, seed, number and size, the parsers by turns."""
    for number in range(-(-max(counts.values()) // BATCH)):
        for name, count in counts.items():
            if count > number * BATCH:
                yield name, seed, number, min(BATCH, count - number * BATCH)


def campaign(inputs: int, seed: int, jobs: int = 0, only: str = "", heard: Heard | None = None) -> dict[str, Tally]:
    """Run about `inputs` inputs in `jobs` processes, 0 for this one; what each parser gave."""
    counts = shared_out(inputs, only)
    tallies = {name: Tally() for name in counts}
    for name, tally in _results(batches(counts, seed), jobs):
        tallies[name].add(tally)
        if heard:
            heard(name, tally)
    return tallies


def _results(work: Iterator[Batch], jobs: int) -> Iterator[tuple[str, Tally]]:
    if not jobs:
        logging.disable()
        yield from map(run, work)
        logging.disable(logging.NOTSET)
        return
    with ExitStack() as stack:
        workers = stack.enter_context(processes(jobs))
        while block := list(islice(work, 16 * jobs)):  # a few at a time: all of them at once are thousands
            try:
                yield from list(workers.map(run, block))
            except BrokenProcessPool:
                workers = stack.enter_context(processes(jobs))
                yield from map(run_alone, block)
