"""Files are short and each says in one sentence what it is for."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(file for folder in ("shared", "handlers", "local") for file in (ROOT / folder).rglob("*.py"))
LONGEST = 250


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_file_says_in_one_sentence_what_it_is_for(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = docstring.split("\n\n", 1)[0]
    assert first.endswith("."), f"{name(file)} has no docstring that ends as a sentence"
    assert not re.search(r"\.\s+[A-Z]", first), f"the docstring of {name(file)} begins with more than one sentence"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_file_is_short_enough_to_be_read_at_once(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{name(file)} has {lines} lines; split it"
