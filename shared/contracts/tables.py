"""Tables of a YAML file as the dataclasses they are written for; every refusal names the line and the file."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from shared.contracts import strict_yaml
from shared.contracts.malformed import Malformed
from shared.contracts.strict_yaml import Document, Path

type Where = Callable[[Path], str]


def nowhere(_: Path) -> str:
    """The place of what no file says."""
    return ""


def table_of(body: bytes, name: str) -> Document:
    """The file `name` as a table; raises Malformed with line and file for anything else."""
    try:
        document = strict_yaml.loads(body)
    except Malformed as refused:
        raise Malformed(refused.reason, f"{refused.where} of the {name}".removeprefix(" of ")) from None
    if not isinstance(document.value, dict):
        raise Malformed("a policy is a table of keys; begin with 'name:'", f"line 1 of the {name}")
    return document


def places(document: Document, name: str, before: Where) -> Where:
    """Where a path was said: in this document, or else in the one before, or else near it in this one."""

    def where(path: Path) -> str:
        nearest = f"line {document.line(path)} of the {name}"
        return nearest if path in document.lines else before(path) or nearest

    return where


def built(kind: Any, value: Any, path: Path, where: Where) -> Any:
    """The value as `kind`: a dataclass, dict, tuple, scalar or one of these or None; raises Malformed."""
    if isinstance(kind, UnionType):
        inner = next(choice for choice in get_args(kind) if choice is not type(None))
        return None if value is None else built(inner, value, path, where)
    if is_dataclass(kind):
        return _instance(kind, _expect(value, Mapping, "a table", path, where), path, where)
    if get_origin(kind) is dict:
        table = _expect(value, Mapping, "a table", path, where)
        inner = get_args(kind)[1]
        return {key: built(inner, item, (*path, key), where) for key, item in table.items() if item is not None}
    if get_origin(kind) is tuple:
        items = _expect(value, (list, tuple), "a list", path, where)
        return tuple(built(get_args(kind)[0], item, (*path, index), where) for index, item in enumerate(items))
    return _scalar(kind, value, path, where)


_SCALARS: dict[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "text"),
}


def _scalar(kind: Any, value: Any, path: Path, where: Where) -> Any:
    types, words = _SCALARS[kind]
    if isinstance(value, bool) and kind is not bool:
        _expect(value, (), words, path, where)
    return kind(_expect(value, types, words, path, where))


def _expect(value: Any, types: Any, words: str, path: Path, where: Where) -> Any:
    if isinstance(value, types):
        return value
    given = "nothing" if value is None else json.dumps(value, ensure_ascii=False)[:40]
    raise Malformed(f"{_dotted(path)} must be {words}, not {given}", where(path))


def _instance(kind: Any, table: Mapping[str, Any], path: Path, where: Where) -> Any:
    known = get_type_hints(kind)
    for key in table:
        if key not in known:
            names = ", ".join(known)
            raise Malformed(f"the key {key[:40]!r} is unknown; known here are {names}", where((*path, key)))
    values = {key: built(known[key], value, (*path, key), where) for key, value in table.items()}
    for required in fields(kind):
        if required.name not in values and required.default is MISSING and required.default_factory is MISSING:
            raise Malformed(f"the key {_dotted((*path, required.name))} is missing; add it", where(path))
    try:
        return kind(**values)
    except ValueError as error:
        raise Malformed(str(error), where((*path, *_named(table, str(error))))) from None


def _named(table: Mapping[str, Any], problem: str) -> Path:
    """The key that the sentence `problem` names, or the key inside it; the override's own keys come last and win."""
    words = set(re.findall(r"\w+", problem))
    inner = [(key, name) for key, value in table.items() if isinstance(value, Mapping) for name in value]
    named: list[Path] = [path for path in [*((key,) for key in table), *inner] if path[-1] in words]
    return named[-1] if named else ()


def _dotted(path: Path) -> str:
    return ".".join(map(str, path)) or "the policy"
