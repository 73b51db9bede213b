"""The table of planted bugs in docs/mutants.md: after how many schedules each was found, by the hunts themselves."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.simulation.mutants import MUTANTS
from tests.simulation.planting import ROOT

FILE = ROOT / "docs" / "mutants.md"
HEAD = """<!-- Written by `python -m tests.simulation --mutants --write`; hunt again instead of changing it. -->

# Planted bugs, and how soon they are found

The schedules that each bug survived in its last hunt, and how it showed; *not in n* is a bug that n schedules did not
find. Long ids are cut. [The simulator](simulation.md) says what is open, and why.

| Planted bug | Schedules | Showed as |
| --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Hunt:
    """How one hunt ended: after how many schedules, and how the bug showed."""

    name: str
    schedules: int
    found: bool
    problem: str


def note(hunts: Iterable[Hunt]) -> None:
    """Write the table, with what these hunts found in the place of what was known before."""
    rows = noted() | {hunt.name: _row(hunt) for hunt in hunts}
    ordered = [rows.get(name, f"| {name} | not hunted | |") for name in MUTANTS]
    FILE.write_text(HEAD + "\n".join(ordered) + "\n", encoding="utf-8")


def noted() -> dict[str, str]:
    """The row of each bug in the table, by its name."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    rows = [line for line in lines if line.startswith("| ") and not line.startswith(("| ---", "| Planted"))]
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def _row(hunt: Hunt) -> str:
    many = str(hunt.schedules) if hunt.found else f"not in {hunt.schedules}"
    words = (word[:21] if len(word) > 40 else word for word in hunt.problem.replace("|", "/").split())
    why = " ".join(words) or (f"excused: {MUTANTS[hunt.name].excuse}" if MUTANTS[hunt.name].excuse else "")
    return f"| {hunt.name} | {many} | {why} |"
