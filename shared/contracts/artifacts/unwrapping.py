"""Compressed pickles, as joblib writes them, made plain within bounds."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any

from shared.contracts.artifacts.content import CHUNK, LARGEST_PIECE, Content
from shared.contracts.malformed import Malformed

LARGEST_RATIO = 100
_FREE = 64 * 1024  # small files may be denser: a short text repeated is no bomb

_OPENERS: dict[bytes, tuple[str, Callable[[], Any]]] = {
    b"\x78": ("zlib", lambda: _Zlib(zlib.MAX_WBITS)),
    b"\x1f\x8b": ("gzip", lambda: _Zlib(zlib.MAX_WBITS | 16)),
    b"BZ": ("bzip2", bz2.BZ2Decompressor),
    b"\xfd7zXZ": ("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LARGEST_PIECE)),
    b"\x5d\x00": ("lzma", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=LARGEST_PIECE)),
}
_CLOSED = {b"\x04\x22\x4d\x18": "lz4", b"\x28\xb5\x2f\xfd": "zstandard"}


class _Zlib:
    """zlib's decompressor with the interface of the others: it keeps what it could not give yet."""

    def __init__(self, bits: int) -> None:
        self._inner, self._rest = zlib.decompressobj(bits), b""

    def decompress(self, data: bytes, most: int) -> bytes:
        found = self._inner.decompress(self._rest + data, most)
        self._rest = self._inner.unconsumed_tail
        return found

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._rest

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


def unwrapped(content: Content) -> Content:
    """The content itself, or what its one compressed stream holds: at most 64 MB and a hundred times its size.

    Raises Malformed for more, for a stream that is broken or followed by anything, and for lz4 and zstandard.
    """
    head = content.at(0, min(8, content.size))
    closed = next((name for prefix, name in _CLOSED.items() if head.startswith(prefix)), "")
    if closed:
        raise Malformed(f"it is compressed with {closed}, which cannot be looked into; save it with zlib or plain")
    found = next((opener for prefix, opener in _OPENERS.items() if head.startswith(prefix)), None)
    return _opened(content, *found) if found else content


def _opened(content: Content, name: str, opener: Callable[[], Any]) -> Content:
    most = min(LARGEST_PIECE, max(_FREE, LARGEST_RATIO * content.size))
    try:
        return Content.of(_inflated(content, opener(), most))
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"it is compressed with {name}, but broken: {str(error)[:80]}") from None


def _inflated(content: Content, stream: Any, most: int) -> bytes:
    out, place = bytearray(), 0
    while not stream.eof:
        piece = content.at(place, min(CHUNK, content.size - place)) if stream.needs_input else b""
        place += len(piece)
        found = stream.decompress(piece, CHUNK)
        if not piece and not found:
            raise Malformed("the compressed data end too early")
        out += found
        if len(out) > most:
            raise Malformed(f"it unwraps to more than {most} bytes, more than is looked at; save it plain")
    if stream.unused_data or place < content.size:
        raise Malformed("bytes follow after the end of the compressed data")
    return bytes(out)
