"""Encoders from Python values to AMQP 1.0 bytes: the caller names the AMQP type, nothing is guessed."""

import struct
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

NULL = b"\x40"
EMPTY_LIST = b"\x45"

_USHORT = struct.Struct(">BH").pack
_UINT = struct.Struct(">BI").pack
_INT = struct.Struct(">Bi").pack
_LONG = struct.Struct(">Bq").pack
_ULONG = struct.Struct(">BQ").pack
_SMALL = 0xFF


def boolean(value: bool) -> bytes:
    """A boolean in its one-byte form."""
    return b"\x41" if value else b"\x42"


def ubyte(value: int) -> bytes:
    """An unsigned byte, 0–255."""
    return bytes((0x50, value))


def ushort(value: int) -> bytes:
    """An unsigned 16-bit integer."""
    return _USHORT(0x60, value)


def uint(value: int) -> bytes:
    """An unsigned 32-bit integer, as short as it can be."""
    if value > _SMALL:
        return _UINT(0x70, value)
    return bytes((0x52, value)) if value else b"\x43"


def ulong(value: int) -> bytes:
    """An unsigned 64-bit integer, as short as it can be."""
    if value > _SMALL:
        return _ULONG(0x80, value)
    return bytes((0x53, value)) if value else b"\x44"


def int32(value: int) -> bytes:
    """A signed 32-bit integer (AMQP `int`)."""
    return _INT(0x71, value)


def int64(value: int) -> bytes:
    """A signed 64-bit integer (AMQP `long`)."""
    return _LONG(0x81, value)


def timestamp(milliseconds: int) -> bytes:
    """Milliseconds since 1970, UTC."""
    return _LONG(0x83, milliseconds)


def uuid(value: UUID) -> bytes:
    """A UUID in network byte order."""
    return b"\x98" + value.bytes


def _variable(short: int, value: bytes) -> bytes:
    size = len(value)
    return bytes((short, size)) + value if size <= _SMALL else _UINT(short + 0x10, size) + value


def binary(value: bytes) -> bytes:
    """Opaque bytes."""
    return _variable(0xA0, value)


def string(value: str) -> bytes:
    """UTF-8 text."""
    return _variable(0xA1, value.encode())


def symbol(value: str) -> bytes:
    """An ASCII name from a constrained domain.

    Raises UnicodeEncodeError for anything but ASCII.
    """
    return _variable(0xA3, value.encode("ascii"))


def optional[T](encoder: Callable[[T], bytes], value: T | None) -> bytes:
    """Null for None, else what `encoder` makes of it."""
    return NULL if value is None else encoder(value)


def _compound(short: int, count: int, content: bytes) -> bytes:
    size = len(content) + 1
    if size <= _SMALL and count <= _SMALL:
        return bytes((short, size, count)) + content
    return struct.pack(">BII", short + 0x10, len(content) + 4, count) + content


def list_of(items: Sequence[bytes]) -> bytes:
    """A list of already encoded items."""
    return _compound(0xC0, len(items), b"".join(items)) if items else EMPTY_LIST


def map_of(pairs: Iterable[bytes]) -> bytes:
    """A map of pairs, each an encoded key followed by its encoded value."""
    joined = list(pairs)
    return _compound(0xC1, 2 * len(joined), b"".join(joined))


def array_of(items: Sequence[bytes], constructor: int) -> bytes:
    """An array of items that were all encoded with the same one-byte `constructor`.

    Raises ValueError if one was not: an array carries its constructor only once.
    """
    if any(item[0] != constructor for item in items):
        raise ValueError(f"every item of this array must be encoded with constructor 0x{constructor:02x}")
    content = bytes((constructor,)) + b"".join(item[1:] for item in items)
    return _compound(0xE0, len(items), content)


def described(descriptor: int, value: bytes) -> bytes:
    """An encoded value with its numeric descriptor (0–255), in the three-byte form the SDKs' decoders insist on."""
    return bytes((0x00, 0x53, descriptor)) + value
