"""The one door for JSON from outside: bounded, without ambiguity, and every refusal names its place."""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from shared.contracts.malformed import Malformed

type JSON = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None

LARGEST_INTEGER = 2**53
AUDITED = 4 * 1024 * 1024
_LARGEST_DIGITS = 17


def loads(body: bytes, *, limit: int = 1_048_576, depth: int = 64) -> JSON:
    """The value of `body`, at most `limit` bytes and `depth` levels of lists and objects.

    Raises Malformed for anything larger or deeper, a byte order mark, text that is not UTF-8, syntax errors, NaN and
    infinity, lone surrogates, a key that an object repeats, and integers outside ±2^53.
    """
    within(body, limit)
    try:
        value: JSON = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not strict JSON: {error.msg}", f"line {error.lineno} column {error.colno}") from None
    _audit(body, depth)
    return value


def within(body: bytes, limit: int) -> None:
    """Nothing for a body of at most `limit` bytes; raises Malformed for a larger one."""
    if len(body) > limit:
        raise Malformed(f"the body has {len(body)} bytes, more than the {limit} allowed; send a smaller one")


def audit(body: bytes) -> None:
    """Refuse a key that any object of `body` repeats, keeping nothing, when it has at most AUDITED bytes.

    For bodies that a typed decoder reads, which would take the last of such keys. Reading a larger body a second time
    would cost more than all else. Raises Malformed, also for what is not JSON.
    """
    if len(body) > AUDITED:
        return
    try:
        json.loads(body.decode(), object_pairs_hook=_unrepeated, parse_int=len, parse_float=len)
    except RecursionError:
        raise Malformed("nested too deeply; flatten it") from None
    except UnicodeDecodeError:
        raise Malformed("the text is not UTF-8; encode it so, without a byte order mark") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"not strict JSON: {error.msg}", f"line {error.lineno} column {error.colno}") from None


def _unrepeated(pairs: list[tuple[str, Any]]) -> None:
    if isinstance(table := _object(pairs), _Suspect):
        raise Malformed(table.reason)


class _Suspect:
    """What stands in the audited tree for a value that strict JSON does not allow, with the reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _audit(body: bytes, depth: int) -> None:
    """Find what orjson accepts but two readers could understand differently; the body is valid JSON already."""
    for place, level, node in _nodes(json.loads(body, object_pairs_hook=_object, parse_int=_integer)):
        if isinstance(node, _Suspect):
            raise Malformed(node.reason, _path(place))
        if level > depth:
            raise Malformed(f"nested deeper than the {depth} levels allowed; flatten it", _path(place))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Suspect:
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    names = [name for name, _ in pairs]
    repeated = next(name for name in names if names.count(name) > 1)
    return _Suspect(f"the key {repeated!r} is there more than once; which one counts is undefined, so none does")


def _integer(digits: str) -> int | _Suspect:
    if len(digits) <= _LARGEST_DIGITS and -LARGEST_INTEGER <= (number := int(digits)) <= LARGEST_INTEGER:
        return number
    return _Suspect("the integer is outside ±2^53, where readers disagree; send it as a string")


type _Place = tuple["_Place", str] | None


def _nodes(tree: Any) -> Iterator[tuple[_Place, int, Any]]:
    """Every list, object and suspect of `tree` with its place and level, 1 for the outermost."""
    waiting: list[tuple[_Place, int, Any]] = [(None, 1, tree)]
    while waiting:
        place, level, node = waiting.pop()
        if isinstance(node, dict):
            yield place, level, node
            waiting += [((place, f".{key}"), level + 1, child) for key, child in node.items() if _inner(child)]
        elif isinstance(node, list):
            yield place, level, node
            waiting += [((place, f"[{index}]"), level + 1, child) for index, child in enumerate(node) if _inner(child)]
        elif isinstance(node, _Suspect):
            yield place, level, node


def _inner(node: Any) -> bool:
    return isinstance(node, (dict, list, _Suspect))


def _path(place: _Place) -> str:
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return "".join(reversed(steps)).removeprefix(".")[:200]
