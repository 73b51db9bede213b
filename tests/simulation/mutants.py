"""Planted bugs, read from mutants.toml: small edits of the real code, each of which the simulator should find."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("mutants.toml")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the one place of `path` that reads `old` by `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug: its name, and the edits that plant it; `excuse` says why it can not be found, "" when it must be."""

    name: str
    edits: tuple[Edit, ...]
    excuse: str = ""


def _read() -> dict[str, Mutant]:
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        each["name"]: Mutant(each["name"], tuple(Edit(**edit) for edit in each["edit"]), each.get("excuse", ""))
        for each in content["mutant"]
    }


MUTANTS = _read()
