"""What a pickle's values are while it is read and never loaded: only as much as the next step must know."""

from dataclasses import dataclass, field
from typing import Any

from shared.contracts.malformed import Malformed

LONGEST_TEXT = 255
LARGEST_NUMBER = 2**62
MOST_KEYS = 64


class Broken(Malformed):
    """No loader can read on from here."""


class Opaque:
    """A number, text or bytes whose content decides nothing."""


class Mark:
    """The place on the stack from which the next collection takes its items."""


@dataclass(slots=True, eq=False)
class Collection:
    """A list (or a set, unless `listed`) of `count` items, each of which was judged when it was made."""

    count: int = 0
    listed: bool = True


OPAQUE, MARK = Opaque(), Mark()


@dataclass(frozen=True, slots=True)
class Global:
    """A class or function by the module and name under which a loader imports it."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"[:120]


@dataclass(frozen=True, slots=True)
class ElementType:
    """What an array is made of: how many bytes one element takes, and whether it holds references to objects."""

    width: int
    objects: bool


@dataclass(slots=True, eq=False)
class Table:
    """A dictionary; `whole` while `known` holds all its entries, each under a short text.

    It is `fixed` once something was judged by what is in it.
    """

    known: dict[str, Any] = field(default_factory=dict)
    whole: bool = True
    fixed: bool = False

    def put(self, key: Any, value: Any) -> None:
        """Set one entry, or give up knowing them all; raises Malformed for a table that is fixed."""
        if self.fixed:
            raise Malformed("a dictionary is changed after it was used")
        if type(key) is str and (len(self.known) < MOST_KEYS or key in self.known):
            self.known[key] = value
        else:
            self.whole = False


@dataclass(slots=True, eq=False)
class Made:
    """An object of a class, or what a function gave, with its arguments and the states that were put into it.

    `element` is what a dtype was found to be, by its one state.
    """

    by: Global
    arguments: tuple[Any, ...]
    states: list[Any] = field(default_factory=list)
    element: ElementType | None = None


def literal(value: Any) -> Any:
    """A short text, small integer, truth or None as itself, anything else as OPAQUE."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    return value if isinstance(value, int) and abs(value) < LARGEST_NUMBER else OPAQUE
