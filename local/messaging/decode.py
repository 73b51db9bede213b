"""Decoder from AMQP 1.0 bytes to plain Python values, and `skip`, which only finds where a value ends."""

import struct
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple
from uuid import UUID

from local.messaging.errors import DecodeError

type Decoder = Callable[[bytes, int], tuple[Any, int]]

_CONSTANTS: dict[int, Any] = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0}
_NUMBERS = {
    0x50: ">B", 0x51: ">b", 0x52: ">B", 0x53: ">B", 0x54: ">b", 0x55: ">b", 0x56: ">?", 0x60: ">H", 0x61: ">h",
    0x70: ">I", 0x71: ">i", 0x72: ">f", 0x73: ">I", 0x80: ">Q", 0x81: ">q", 0x82: ">d", 0x83: ">q",
}  # fmt: skip
_FIXED_WIDTHS = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}
_SHORT_SIZES = {0xA, 0xC, 0xE}
_LONG_SIZES = {0xB, 0xD, 0xF}
_MAX_DEPTH = 64  # what the .NET and Python SDKs allow


class Described(NamedTuple):
    """A value with its descriptor (a number or a symbol)."""

    descriptor: Any
    value: Any


def _checked[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (IndexError, KeyError, TypeError, UnicodeDecodeError, struct.error) as error:
            raise DecodeError(f"not AMQP 1.0: {type(error).__name__}: {error}") from error

    return checked


def _size(buffer: bytes, code: int, at: int) -> tuple[int, int]:
    """The size of a variable or compound value, and where its content begins."""
    if code >> 4 in _SHORT_SIZES:
        return buffer[at], at + 1
    return int.from_bytes(buffer[at : at + 4]), at + 4


def _end(buffer: bytes, at: int) -> int:
    code = buffer[at]
    at += 1
    if code == 0:
        return _end(buffer, _end(buffer, at))
    width = _FIXED_WIDTHS.get(code >> 4)
    if width is None:
        if code >> 4 not in _SHORT_SIZES | _LONG_SIZES:
            raise DecodeError(f"not AMQP 1.0: unknown constructor 0x{code:02x}")
        width, at = _size(buffer, code, at)
    return at + width


@_checked
def skip(buffer: bytes, at: int = 0) -> int:
    """Where the value that begins at `at` ends. Raises DecodeError if it is malformed or runs past the buffer."""
    end = _end(buffer, at)
    if end > len(buffer):
        raise DecodeError(f"not AMQP 1.0: a value at byte {at} needs {end - at} bytes but {len(buffer) - at} are there")
    return end


def _content(buffer: bytes, code: int, at: int) -> tuple[bytes, int]:
    size, start = _size(buffer, code, at)
    if start + size > len(buffer):
        raise DecodeError(f"not AMQP 1.0: a value at byte {at} claims {size} bytes but {len(buffer) - start} are there")
    return buffer[start : start + size], start + size


def _items(buffer: bytes, code: int, at: int, depth: int) -> tuple[list[Any], int]:
    size, start = _size(buffer, code, at)
    count, cursor = _size(buffer, code, start)
    items = []
    for _ in range(count):
        item, cursor = _value(buffer, cursor, depth + 1)
        items.append(item)
    return items, start + size


def _array(buffer: bytes, code: int, at: int, depth: int) -> tuple[list[Any], int]:
    size, start = _size(buffer, code, at)
    count, cursor = _size(buffer, code, start)
    if buffer[cursor] == 0:
        cursor = skip(buffer, cursor + 1)
    element, cursor = buffer[cursor], cursor + 1
    if count > size:  # elements without width are of no use to anyone and would let few bytes demand a huge list
        raise DecodeError(f"not AMQP 1.0: an array of {size} bytes claims {count} elements")
    items = []
    for _ in range(count):
        item, cursor = _body(buffer, element, cursor, depth + 1)
        items.append(item)
    return items, start + size


def _body(buffer: bytes, code: int, at: int, depth: int) -> tuple[Any, int]:
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    if number := _NUMBERS.get(code):
        return struct.unpack_from(number, buffer, at)[0], at + _FIXED_WIDTHS[code >> 4]
    match code:
        case 0xA1 | 0xB1 | 0xA3 | 0xB3:
            content, end = _content(buffer, code, at)
            return content.decode(), end
        case 0xA0 | 0xB0:
            return _content(buffer, code, at)
        case 0xC0 | 0xD0:
            return _items(buffer, code, at, depth)
        case 0xC1 | 0xD1:
            items, end = _items(buffer, code, at, depth)
            return dict(zip(items[::2], items[1::2], strict=False)), end
        case 0xE0 | 0xF0:
            return _array(buffer, code, at, depth)
        case 0x45:
            return [], at
        case 0x98:
            return UUID(bytes=bytes(buffer[at : at + 16])), at + 16
        case 0x74 | 0x84 | 0x94:  # decimals: nothing here computes with them
            end = at + _FIXED_WIDTHS[code >> 4]
            return buffer[at:end], end
    raise DecodeError(f"not AMQP 1.0: unknown constructor 0x{code:02x} before byte {at}")


def _value(buffer: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > _MAX_DEPTH:
        raise DecodeError(f"not AMQP 1.0: values are nested deeper than {_MAX_DEPTH}")
    code = buffer[at]
    if code:
        return _body(buffer, code, at + 1, depth)
    descriptor, at = _value(buffer, at + 1, depth + 1)
    value, at = _value(buffer, at, depth + 1)
    return Described(descriptor, value), at


@_checked
def decode(buffer: bytes, at: int = 0) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends.

    Strings and symbols become str, all integers int, timestamps int (milliseconds), arrays lists, described values
    `Described`. Raises DecodeError if the bytes are malformed, truncated, or nested deeper than 64.
    """
    try:
        return _value(buffer, at, 0)
    except ValueError as error:
        raise DecodeError(str(error)) from error


@_checked
def elements(buffer: bytes, at: int = 0) -> tuple[list[bytes], int]:
    """The items of the list or map at `at`, each still encoded, and where the compound ends."""
    code = buffer[at]
    if code in {0x40, 0x45}:
        return [], at + 1
    if code not in {0xC0, 0xC1, 0xD0, 0xD1}:
        raise DecodeError(f"not AMQP 1.0: a list or map was expected, but the constructor is 0x{code:02x}")
    size, start = _size(buffer, code, at + 1)
    count, cursor = _size(buffer, code, start)
    items = []
    for _ in range(count):
        end = skip(buffer, cursor)
        items.append(bytes(buffer[cursor:end]))
        cursor = end
    return items, start + size
