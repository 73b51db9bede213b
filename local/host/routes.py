"""Route templates of HTTP triggers: which function answers a method and path, and with which parameters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from local.host.failures import StartError
from local.host.functions import Function

_PARAMETER = re.compile(r"\{(\*{0,2})(\w+)(?::(\w+))?(\?)?\}")
_CONSTRAINTS = {None: "[^/]+", "int": r"-?\d+", "long": r"-?\d+", "alpha": "[A-Za-z]+", "guid": "[0-9a-fA-F-]{36}"}
_ALL_METHODS = ("GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS")


@dataclass(frozen=True)
class Route:
    """One function's route: `pattern` matches its whole path, `rank` orders routes from specific to general."""

    function: Function
    methods: frozenset[str]
    pattern: re.Pattern[str]
    rank: tuple[int, ...]

    @classmethod
    def of(cls, function: Function, prefix: str) -> Self:
        """Compile the function's template below `prefix`. Raises StartError for a constraint not known here."""
        template = "/".join(part for part in (prefix, _template(function)) if part)
        segments = [segment for segment in template.split("/") if segment]
        pattern = "".join(_segment(segment, function) for segment in segments)
        methods = function.trigger.get("methods") or _ALL_METHODS
        rank = tuple(_rank(segment) for segment in segments)
        compiled = re.compile(pattern + "/?", re.IGNORECASE)
        return cls(function, frozenset(method.upper() for method in methods), compiled, rank)


def _template(function: Function) -> str:
    route = function.trigger.get("route")
    return function.name if route is None else str(route).strip("/")


def _segment(segment: str, function: Function) -> str:
    whole = _PARAMETER.fullmatch(segment)
    if whole and whole.group(1):
        return f"(?:/(?P<{whole.group(2)}>.*))?"
    if whole and whole.group(4):
        return f"(?:/(?P<{whole.group(2)}>{_constraint(whole, function)}))?"
    pieces, position = [], 0
    for match in _PARAMETER.finditer(segment):
        pieces += [re.escape(segment[position : match.start()]), f"(?P<{match[2]}>{_constraint(match, function)})"]
        position = match.end()
    return "/" + "".join(pieces) + re.escape(segment[position:])


def _constraint(parameter: re.Match[str], function: Function) -> str:
    name = parameter.group(3)
    if name not in _CONSTRAINTS:
        known = ", ".join(sorted(key for key in _CONSTRAINTS if key))
        raise StartError(f"Function {function.name}: route constraint {name!r} is not known here; use one of {known}.")
    return _CONSTRAINTS[name]


def _rank(segment: str) -> int:
    parameter = _PARAMETER.search(segment)
    if parameter is None:
        return 0
    if parameter.group(1):
        return 3
    return 1 if parameter.group(3) else 2


class RouteTable:
    """All routes, the most specific first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=lambda route: route.rank)

    def match(self, method: str, path: str) -> tuple[Function, dict[str, str]] | None:
        """The function that answers, with its route parameters (decoded), or None when there is none.

        `path` is still percent-encoded; absent optional parameters are left out.
        """
        for route in self._routes:
            found = route.pattern.fullmatch(path)
            if found and method in route.methods:
                return route.function, {key: unquote(value) for key, value in found.groupdict().items() if value}
        return None
