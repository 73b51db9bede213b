"""Batches in processes of their own, because native code may end the process instead of raising."""

import logging
import multiprocessing
from bisect import bisect_left
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice

from tests.fuzz.running import Problem, Tally, bodies_of, run_batch

type Batch = tuple[str, int, int, int]


def processes(jobs: int) -> ProcessPoolExecutor:
    """Fresh processes that log nothing."""
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=logging.disable)


def run(batch: Batch) -> tuple[str, Tally]:
    """A batch (parser, seed, number and size) in this process."""
    return batch[0], run_batch(*batch)


def run_alone(batch: Batch) -> tuple[str, Tally]:
    """A batch in a process of its own; when that dies, the batch up to the input after which it does."""
    name, seed, number, count = batch
    if (tally := _outlived(batch)) is not None:
        return name, tally
    least = bisect_left(range(1, count), True, key=lambda most: _outlived((name, seed, number, most)) is None)
    tally = (_outlived((name, seed, number, least)) if least else None) or Tally()
    tally.inputs = count  # the rest of the batch is left out
    body = next(islice(bodies_of(name, seed, number), least, None))
    tally.problems.append(Problem(name, body, "the process died"))
    return name, tally


def _outlived(batch: Batch) -> Tally | None:
    with processes(1) as alone:
        try:
            return alone.submit(run_batch, *batch).result()
        except BrokenProcessPool:
            return None
