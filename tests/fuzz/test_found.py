"""What once brought out something else than Malformed does so no more."""

from pathlib import Path

import pytest

from tests.fuzz.keeping import FOLDER, kept
from tests.fuzz.parsers import PARSERS
from tests.fuzz.running import Tally, run_one, watched

KEPT = list(kept())


@pytest.mark.parametrize(("name", "path"), KEPT, ids=[path.relative_to(FOLDER).as_posix() for _, path in KEPT])
def test_an_input_that_was_found_brings_out_nothing_unexpected(name: str, path: Path) -> None:
    assert name in PARSERS, f"no parser is called {name!r} any more: move its folder to the one that reads such bytes"
    tally = Tally()
    with watched():
        run_one(name, path.read_bytes(), tally)
    assert [problem.error for problem in tally.problems] == []
