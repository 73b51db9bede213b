"""What each harmless step of a pickle does to the stack, and which states an object may be given."""

from collections.abc import Callable
from math import prod
from typing import Any

from shared.contracts.artifacts.allowed import NUMPY_WRAPPER
from shared.contracts.artifacts.dtypes import DTYPE, element_type, shape_of
from shared.contracts.artifacts.stack import Stack
from shared.contracts.artifacts.values import MARK, OPAQUE, Collection, Global, Made, Opaque, Table, literal
from shared.contracts.malformed import Malformed

type Effect = Callable[[Stack, Any], None]

_DICTIONARIES = frozenset(
    {
        Global("collections", "OrderedDict"),
        Global("collections", "defaultdict"),
        Global("sklearn.utils._bunch", "Bunch"),
    }
)
_BIT_GENERATOR = Global("numpy.random._pickle", "__bit_generator_ctor")

_SPLINE = Global("scipy.interpolate._bsplines", "BSpline")


def build(made: Any, state: Any) -> None:
    """Give an object its state; raises Malformed for anything but an object, and for states that reach around it."""
    if not isinstance(made, Made):
        raise Malformed("it gives a state to something that is no object of an allowed class")
    if made.states and made.by in (DTYPE, NUMPY_WRAPPER):
        raise Malformed(f"it gives {made.by} a second state")
    if not isinstance(state, (Table, tuple)):
        raise Malformed("it gives an object a state that it has computed")
    if isinstance(state, tuple) and len(state) == 2 and not _may_set_attributes(made, state[1]):
        raise Malformed("it sets attributes of an object, which may be those that protect it")
    if made.by.name == "_reconstruct":
        _judge_array(state)
    made.states.append(state)


def _judge_array(state: Any) -> None:
    """NumPy takes the objects of an array from a list without counting them, so a short one shows other memory."""
    if not isinstance(state, tuple) or len(state) != 5:
        raise Malformed("an array has a state that NumPy does not write")
    _, shape, dtype, _, items = state
    counted = isinstance(items, Collection) and items.listed and items.count == prod(shape_of(shape))
    if element_type(dtype).objects != isinstance(items, Collection) or (isinstance(items, Collection) and not counted):
        raise Malformed("an array says that it has other items than it brings")


def _may_set_attributes(made: Made, attributes: Any) -> bool:
    """Two values are the object's dictionary and its other attributes, unless its class takes them itself."""
    if made.by == _SPLINE:
        return isinstance(attributes, (Made, Opaque))  # an array, in a state that the class takes itself
    return made.by == _BIT_GENERATOR


def _put(value: Any) -> Effect:
    return lambda stack, _: stack.push(value)


def _append(stack: Stack, _: Any) -> None:
    stack.pop()
    _add(stack.top(), 1)


def _appends(stack: Stack, _: Any) -> None:
    items = stack.since_mark()
    _add(stack.top(), len(items))


def _add(target: Any, count: int) -> None:
    if not isinstance(target, Collection):
        raise Malformed("it adds items to something that is neither a list nor a set")
    target.count += count


def _set_item(stack: Stack, _: Any) -> None:
    key, value = stack.take(2)
    _set(stack.top(), [key, value])


def _set_items(stack: Stack, _: Any) -> None:
    items = stack.since_mark()
    _set(stack.top(), items)


def _dictionary(stack: Stack, _: Any) -> None:
    table = Table()
    _set(table, stack.since_mark())
    stack.push(table)


def _set(target: Any, items: list[Any]) -> None:
    if len(items) % 2:
        raise Malformed("a dictionary gets a key without a value")
    if isinstance(target, Table):
        for key, value in zip(items[::2], items[1::2], strict=True):
            target.put(key, value)
    elif not isinstance(target, Made) or target.by not in _DICTIONARIES:
        raise Malformed("it sets items of something that is no dictionary")


def _list(stack: Stack, _: Any) -> None:
    stack.push(Collection(len(stack.since_mark())))


def _frozen_set(stack: Stack, _: Any) -> None:
    stack.push(Collection(len(stack.since_mark()), listed=False))


def _discard_since_mark(stack: Stack, _: Any) -> None:
    stack.since_mark()


_LITERALS = (
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE "
    "SHORT_BINUNICODE BINUNICODE8"
)
_OPAQUES = "FLOAT BINFLOAT BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8"

SIMPLE: dict[str, Effect] = {
    **dict.fromkeys(_LITERALS.split(), lambda stack, argument: stack.push(literal(argument))),
    **dict.fromkeys(_OPAQUES.split(), _put(OPAQUE)),
    "NONE": _put(None),
    "NEWTRUE": _put(True),
    "NEWFALSE": _put(False),
    "MARK": _put(MARK),
    "EMPTY_TUPLE": _put(()),
    "EMPTY_LIST": lambda stack, _: stack.push(Collection()),
    "EMPTY_SET": lambda stack, _: stack.push(Collection(listed=False)),
    "EMPTY_DICT": lambda stack, _: stack.push(Table()),
    "LIST": _list,
    "FROZENSET": _frozen_set,
    "DICT": _dictionary,
    "TUPLE": lambda stack, _: stack.push(tuple(stack.since_mark())),
    "TUPLE1": lambda stack, _: stack.push(stack.take(1)),
    "TUPLE2": lambda stack, _: stack.push(stack.take(2)),
    "TUPLE3": lambda stack, _: stack.push(stack.take(3)),
    "APPEND": _append,
    "APPENDS": _appends,
    "ADDITEMS": _appends,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "POP": lambda stack, _: stack.discard(),
    "POP_MARK": _discard_since_mark,
    "DUP": lambda stack, _: stack.push(stack.top()),
    "MEMOIZE": lambda stack, _: stack.remember(),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), lambda stack, place: stack.remember(int(place))),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda stack, place: stack.recall(int(place))),
}
