"""Frames of a pickle: loaders read a frame at once, so one that lies about its length shows each another file."""

from shared.contracts.malformed import Malformed


class Frames:
    """The frame that is open in a file of `size` bytes."""

    def __init__(self, size: int) -> None:
        self._size, self._end, self._here = size, -1, 0

    def open(self, length: int, here: int) -> None:
        """A frame of `length` bytes begins at `here`; raises Malformed inside of another, or beyond the file."""
        if self._end >= 0 or here + length > self._size:
            raise Malformed(f"a frame of {length} bytes does not fit where it begins")
        self._end = here + length if length else -1

    def step(self, start: int, end: int) -> None:
        """One step takes the bytes from `start` to `end`; raises Malformed when it crosses the end of the frame."""
        if self._end == start:
            self._end = -1
        if 0 <= self._end < end:
            raise Malformed("a step begins inside of a frame and ends behind it")
        self._here = end

    def end(self) -> None:
        """Raises Malformed unless the frame, if there is one, ends where the last step ended."""
        if self._end not in (-1, self._here):
            raise Malformed("a frame goes on where it must end")
        self._end = -1
