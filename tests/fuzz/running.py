"""One batch of inputs through one parser: what came out, how long the slowest took, and what must not be."""

import faulthandler
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from shared.contracts.malformed import Malformed
from tests.fuzz.mutation import Mutator, Seed
from tests.fuzz.parser import sentence
from tests.fuzz.parsers import PARSERS

BATCH = 500
HANG_SECONDS = 1.0
_DEAD_SECONDS = 300.0


class Hang(BaseException):
    """One input took more than a second of the processor."""


@dataclass(frozen=True)
class Problem:
    """An input after which something else than Malformed came out."""

    parser: str
    body: bytes
    error: str


@dataclass
class Tally:
    """What one or more batches gave; `slowest` in seconds of processor time."""

    inputs: int = 0
    refused: int = 0
    slowest: float = 0.0
    slowest_body: bytes = b""
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count `other` too."""
        self.inputs += other.inputs
        self.refused += other.refused
        self.seconds += other.seconds
        self.problems += other.problems
        if other.slowest > self.slowest:
            self.slowest, self.slowest_body = other.slowest, other.slowest_body


@cache
def _seeds(name: str) -> Sequence[Seed]:
    return PARSERS[name].seeds()


@cache
def _all_seeds() -> Sequence[Seed]:
    return [seed for name in PARSERS for seed in _seeds(name)]


def chance_of(seed: int, name: str, batch: int) -> Random:
    """The source of chance of one batch; seeds of text do not depend on PYTHONHASHSEED."""
    return Random(f"{seed} {name} {batch}")


def bodies_of(name: str, seed: int, batch: int) -> Iterator[bytes]:
    """The inputs of one batch, without end."""
    mutator = Mutator(_seeds(name), _all_seeds(), chance_of(seed, name, batch))
    while True:
        yield mutator.draw()


def run_batch(name: str, seed: int, batch: int, count: int = BATCH) -> Tally:
    """`count` inputs of the parser; the same for the same seed and batch, on every machine."""
    tally = Tally(inputs=count)
    began = time.process_time()
    with watched():
        for body in islice(bodies_of(name, seed, batch), count):
            run_one(name, body, tally)
    tally.seconds = time.process_time() - began
    return tally


def run_one(name: str, body: bytes, tally: Tally) -> None:
    """One input; what comes out is added to `tally`."""
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
    try:
        tally.refused += _refused(name, body)
    except (Exception, Hang) as error:
        tally.problems.append(Problem(name, body, _short(error)))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    took = time.process_time() - began
    if took > tally.slowest:
        tally.slowest, tally.slowest_body = took, body


def _refused(name: str, body: bytes) -> bool:
    """Whether the parser says Malformed, in a sentence that people can read."""
    try:
        PARSERS[name].read(body)
    except Malformed as refused:
        sentence(refused)
        return True
    return False


def _short(error: BaseException) -> str:
    """The error with the last three places that it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = "; ".join(f"{frame.name} in {Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__}: {str(error)[:200]} ({where})"


def _hangs(*_: Any) -> None:
    raise Hang(f"more than {HANG_SECONDS:g} s")


@contextmanager
def watched() -> Iterator[None]:
    """Stop what hangs: by a signal, or where Python does not listen to it any more, by ending the process."""
    before = signal.signal(signal.SIGPROF, _hangs)
    faulthandler.dump_traceback_later(_DEAD_SECONDS, exit=True, file=sys.__stderr__ or 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", DeprecationWarning)  # pickletools decodes escapes that Python will refuse
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, before)
