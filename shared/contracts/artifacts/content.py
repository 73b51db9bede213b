"""The bytes of a model's file, fetched in ranges as they are needed and never more than may be held or paid for."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from shared.contracts.malformed import Malformed

# What is held at once: the longest single value of a pickle, and the largest compressed file once unwrapped.
LARGEST_PIECE = 64 * 1024 * 1024
CHUNK = 1024 * 1024

type Fetch = Callable[[int, int], bytes]


class Budget:
    """How many bytes of a model's files may still be fetched, all of them together."""

    def __init__(self, size: int) -> None:
        self._size = self._left = size

    def pay(self, count: int) -> None:
        """Take `count` bytes; raises Malformed when there are not so many left."""
        if count > self._left:
            raise Malformed(
                f"more than {self._size} bytes of the model must be read to judge it; save large arrays as safetensors "
                "or ONNX, or raise validation.maximum_artifact_megabytes"
            )
        self._left -= count


class Content:
    """One file of `size` bytes; `fetch(offset, length)` gives bytes of it, fewer at its end."""

    def __init__(self, size: int, fetch: Fetch, budget: Budget | None = None) -> None:
        self.size, self._fetch, self._budget = size, fetch, budget or Budget(size + CHUNK)

    @classmethod
    def of(cls, body: bytes) -> "Content":
        """The content that is at hand already, for which nothing is paid."""
        return cls(len(body), lambda offset, length: body[offset : offset + length], Budget(100 * len(body) + 1024))

    def at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset` on; raises Malformed where the file ends before, or is changing."""
        if not 0 <= offset <= offset + length <= self.size or length > LARGEST_PIECE:
            raise Malformed(f"{length} bytes are announced where the file of {self.size} has no room", f"byte {offset}")
        if not length:
            return b""
        self._budget.pay(length)
        found = self._fetch(offset, length)
        if len(found) != length:
            raise Malformed(f"only {len(found)} of {length} bytes came; was the file changed meanwhile?")
        return found

    def stream(self) -> BinaryIO:
        """The file as a stream with a place, read a megabyte at a time, or at once when it has no more."""
        if self.size <= CHUNK:
            return io.BytesIO(self.at(0, self.size))
        return cast(BinaryIO, _Bounded(_Ranges(self), CHUNK))


class _Ranges(io.RawIOBase):
    """Raw reads and seeks over a content."""

    def __init__(self, content: Content) -> None:
        self._content, self._place = content, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._content.size}[whence]
        if start + offset < 0:
            raise OSError("a place before the beginning")
        self._place = start + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        count = max(0, min(len(buffer), self._content.size - self._place))
        buffer[:count] = self._content.at(self._place, count)
        self._place += count
        return count


class _Bounded(io.BufferedReader):
    """A buffered reader that refuses to make a value larger than may be held."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_PIECE:
            raise Malformed(f"a value of {size} bytes, more than the {LARGEST_PIECE} that are looked at in one piece")
        return super().read(LARGEST_PIECE if size is None or size < 0 else size)

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(LARGEST_PIECE + 1 if size is None or size < 0 else size)
        if len(line) > LARGEST_PIECE:
            raise Malformed(f"a line of more than the {LARGEST_PIECE} bytes that are looked at in one piece")
        return line
