"""Plants a bug: the edited modules are loaded in place of the real ones, in a process that has not loaded them yet."""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tests.simulation.mutants import Edit, Mutant

ROOT = Path(__file__).parent.parent.parent


class Stray(ValueError):
    """An edit that does not fit the code any more."""


def edited(path: str, edits: Sequence[Edit]) -> str:
    """The source of `path` with its edits; raises Stray unless each of them fits exactly once."""
    source = (ROOT / path).read_text(encoding="utf-8")
    for edit in edits:
        if source.count(edit.old) != 1:
            raise Stray(f"{path} holds {source.count(edit.old)} times, not once: {edit.old!r}")
        source = source.replace(edit.old, edit.new)
    return source


def sources(mutant: Mutant) -> dict[str, str]:
    """The edited source of each module, by the module's name; raises Stray."""
    paths = {edit.path for edit in mutant.edits}
    return {
        path.removesuffix(".py").replace("/", "."): edited(path, [edit for edit in mutant.edits if edit.path == path])
        for path in sorted(paths)
    }


class _Loader(importlib.abc.Loader):
    def __init__(self, name: str, source: str) -> None:
        self._name, self._source = name, source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, f"<{self._name} with a bug>", "exec"), module.__dict__)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, bugs: dict[str, str]) -> None:
        self._bugs = bugs

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._bugs:
            return None
        return importlib.util.spec_from_loader(fullname, _Loader(fullname, self._bugs[fullname]))


def plant(mutant: Mutant) -> None:
    """From now on the imports of the mutant's modules find the bug; raises Stray, or when one is loaded already."""
    bugs = sources(mutant)
    loaded = sorted(bugs.keys() & sys.modules.keys())
    if loaded:
        raise RuntimeError(f"{', '.join(loaded)} is loaded already; plant bugs in a new process")
    sys.meta_path.insert(0, _Finder(bugs))
