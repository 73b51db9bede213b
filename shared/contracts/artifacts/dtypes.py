"""The element types of NumPy arrays inside pickles: how wide they are and whether they hold objects, without doubt."""

import re
from math import prod
from typing import Any

from shared.contracts.artifacts.values import ElementType, Global, Made, Table
from shared.contracts.malformed import Malformed

DTYPE = Global("numpy", "dtype")
_NAME = re.compile(r"([biufcSUVOmM])(\d{1,9})", re.ASCII)
_OBJECT_FLAGS = 63  # all that NumPy sets for an object: reference counted, to be initialised, pickled as a list …
_HAS_OBJECTS = 1
_BY_STATE = "SUV"  # kinds whose width the state repeats; for others it says -1


def element_type(made: Any) -> ElementType:
    """What a dtype was found to be; raises Malformed for anything else and for one without its state."""
    if not isinstance(made, Made) or made.element is None:
        raise Malformed("the element type of an array is not one that NumPy writes")
    return made.element


def judged(made: Made) -> ElementType:
    """The type of a dtype that has just been given its state.

    Raises Malformed where name, state and flags do not tell the same: bytes that NumPy takes for objects are
    addresses, chosen by whoever wrote the file.
    """
    kind, width = _named(made)
    state = made.states[0] if len(made.states) == 1 and isinstance(made.states[0], tuple) else ()
    if len(state) not in (8, 9) or type(state[7]) is not int:
        raise Malformed("the element type of an array does not have the one state that NumPy writes")
    found = _with_state(kind, width, state)
    if bool(state[7] & _HAS_OBJECTS) != found.objects or (kind == "O" and state[7] != _OBJECT_FLAGS):
        raise Malformed("the element type of an array lies about holding objects")
    return found


def _named(made: Made) -> tuple[str, int]:
    name = made.arguments[0] if made.arguments[1:] == (False, True) else None
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        raise Malformed("the element type of an array is not one that NumPy writes")
    return match[1], int(match[2]) * (4 if match[1] == "U" else 1)


def _with_state(kind: str, width: int, state: tuple[Any, ...]) -> ElementType:
    _, _, inner, names, fields, said = state[:6]
    if said != (width if kind in _BY_STATE else -1):
        raise Malformed(f"the element type of an array has another width in its state than the {width} of its name")
    if inner is not None:
        return _repeated(kind, width, inner)
    if names is not None or fields is not None:
        return _of_fields(kind, width, names, fields)
    return ElementType(width, kind == "O")


def _repeated(kind: str, width: int, inner: Any) -> ElementType:
    known = kind == "V" and isinstance(inner, tuple) and len(inner) == 2 and _is_shape(inner[1])
    element = element_type(inner[0]) if known else None
    if element is None or element.width * prod(inner[1]) != width:
        raise Malformed("an element type of an array within an array is not one that NumPy writes")
    return ElementType(width, element.objects)


def _of_fields(kind: str, width: int, names: Any, fields: Any) -> ElementType:
    known = kind == "V" and isinstance(names, tuple) and isinstance(fields, Table) and fields.whole
    if not known or set(fields.known) != {name for name in names if isinstance(name, str)}:
        raise Malformed("the fields of an element type are not ones that NumPy writes")
    inner = [_field(field, width) for field in fields.known.values()]
    fields.fixed = True
    return ElementType(width, any(element.objects for element in inner))


def _field(field: Any, width: int) -> ElementType:
    if not isinstance(field, tuple) or len(field) not in (2, 3) or type(field[1]) is not int:
        raise Malformed("a field of an element type has no place")
    element = element_type(field[0])
    if not 0 <= field[1] <= width - element.width:
        raise Malformed(f"a field of an element type lies at {field[1]}, outside of its {width} bytes")
    return element


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and len(shape) <= 64 and all(type(n) is int and n >= 0 for n in shape)


def shape_of(shape: Any) -> tuple[int, ...]:
    """The lengths of an array's dimensions; raises Malformed unless they are numbers written out."""
    if not _is_shape(shape):
        raise Malformed("the shape of an array is not written out as numbers")
    found: tuple[int, ...] = shape
    return found
