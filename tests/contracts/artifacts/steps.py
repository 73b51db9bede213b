"""Pickles put together step by step: what a pickler would never write can be written too."""

import io
import struct
import zipfile
from collections.abc import Mapping

STOP, REDUCE, MARK, TUPLE, BUILD, EMPTY_DICT, EMPTY_TUPLE, POP = b".", b"R", b"(", b"t", b"b", b"}", b")", b"0"
NEWOBJ, MEMOIZE, NONE, TUPLE1, TUPLE2, SETITEM = b"\x81", b"\x94", b"N", b"\x85", b"\x86", b"s"


def proto(version: int) -> bytes:
    """The header of protocols 2 and later."""
    return b"\x80" + bytes([version])


def frame(length: int) -> bytes:
    """A frame that says it has `length` bytes."""
    return b"\x95" + struct.pack("<Q", length)


def text(value: str) -> bytes:
    """A short text."""
    return b"\x8c" + bytes([len(value.encode())]) + value.encode()


def number(value: int) -> bytes:
    """A number up to 255."""
    return b"K" + bytes([value])


def imported(module: str, name: str) -> bytes:
    """GLOBAL: what is imported, in two lines."""
    return f"c{module}\n{name}\n".encode()


def stacked(module: str, name: str) -> bytes:
    """STACK_GLOBAL: what is imported, by two texts on the stack."""
    return text(module) + text(name) + b"\x93"


def get(place: int) -> bytes:
    """What was kept in the memo."""
    return b"h" + bytes([place])


def called(function: bytes, *arguments: bytes) -> bytes:
    """A call by REDUCE."""
    return function + MARK + b"".join(arguments) + TUPLE + REDUCE


def pickled(*steps: bytes, protocol: int = 4) -> bytes:
    """A whole pickle."""
    return (proto(protocol) if protocol > 1 else b"") + b"".join(steps) + STOP


def zipped(members: Mapping[str, bytes], *, deflated: bool = False) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return stream.getvalue()
