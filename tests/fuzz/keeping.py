"""Inputs that once brought out what must not come out; they are kept, and read again by the tests for ever."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.fuzz.running import Problem

FOLDER = Path(__file__).parent / "found"


def keep(problems: Iterable[Problem]) -> list[Path]:
    """Write each input to the folder of its parser; the shortest of those that end in the same error."""
    shortest: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        known = shortest.get((problem.parser, problem.error))
        if known is None or len(problem.body) < len(known.body):
            shortest[problem.parser, problem.error] = problem
    return [_write(problem) for problem in shortest.values()]


def _write(problem: Problem) -> Path:
    path = FOLDER / problem.parser / hashlib.sha256(problem.body).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(problem.body)
    return path


def kept() -> Iterator[tuple[str, Path]]:
    """The parser and the file of every input that is kept."""
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            yield path.parent.relative_to(FOLDER).as_posix(), path
