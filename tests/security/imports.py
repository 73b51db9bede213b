"""What a file of this project imports, and whether any of it could call an address."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
HARMLESS = {"urllib.parse.unquote", "urllib.parse.parse_qsl"}  # package names, which are no addresses
CLIENTS = {"aiohttp", "azure", "ftplib", "http", "httpx", "requests", "socket", "subprocess", "urllib", "urllib3"}


def imported(file: Path) -> set[str]:
    """Every name that the file itself imports, with its module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reached(file: Path) -> set[str]:
    """Every name that the file imports, the files of this project followed."""
    found: set[str] = set()
    waiting = [file]
    while waiting:
        for name in imported(waiting.pop()) - found:
            found.add(name)
            waiting += [each for each in _files(name) if each.is_file()]
    return found


def clients(names: set[str]) -> set[str]:
    """Those of `names` with which an address could be called."""
    return {name for name in names - HARMLESS if name.split(".")[0] in CLIENTS}


def _files(name: str) -> list[Path]:
    places = [ROOT / part.replace(".", "/") for part in (name, name.rpartition(".")[0])]
    return [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
