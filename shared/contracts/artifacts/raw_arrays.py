"""The bytes that joblib writes of an array between the steps of a pickle: found as its loader finds them."""

from math import prod
from typing import Any, BinaryIO

from shared.contracts.artifacts.dtypes import element_type, shape_of
from shared.contracts.artifacts.values import Global, Made, Table
from shared.contracts.malformed import Malformed

_KEYS = frozenset({"subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"})
_ALIGNMENT = 16
_CLASSES = (Global("numpy", "ndarray"), Global("numpy", "matrix"), Global("numpy", "memmap"))


def pass_over(wrapper: Made, stream: BinaryIO, size: int) -> bool:
    """Move `stream` behind the bytes of the array that `wrapper` announces; True for one of objects, a pickle itself.

    Raises Malformed unless everything that decides the number of bytes is written out, and the padding is just as
    joblib writes it. Its first byte is then 1–16, with which no step of a pickle begins: plain pickle stops there.
    """
    known = _state(wrapper)
    element, shape = element_type(known["dtype"]), shape_of(known["shape"])
    if element.objects:
        return True
    _pass_padding(stream)
    end = stream.tell() + prod(shape) * element.width
    if end > size:
        raise Malformed(f"an array of {prod(shape) * element.width} bytes goes beyond the end of the file")
    stream.seek(end)
    return False


def _state(wrapper: Made) -> dict[str, Any]:
    state = wrapper.states[-1]
    if wrapper.arguments or not isinstance(state, Table) or not state.whole or set(state.known) != _KEYS:
        raise Malformed("an array is not announced as joblib 1.2 and later do; save the model again with one")
    known = state.known
    if known["order"] not in ("C", "F") or not isinstance(known["subclass"], Global):
        raise Malformed("an array is announced with an order or class that joblib does not write")
    if known["subclass"] not in _CLASSES or known["numpy_array_alignment_bytes"] != _ALIGNMENT:
        raise Malformed("an array is announced with an alignment or class that joblib does not write")
    return known


def _pass_padding(stream: BinaryIO) -> None:
    length = _ALIGNMENT - (stream.tell() + 1) % _ALIGNMENT
    if stream.read(1 + length) != bytes([length]) + b"\xff" * length:
        raise Malformed("the padding before an array is not as joblib writes it")
