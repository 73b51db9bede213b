"""Frames of a pickle: loaders read a frame at once, so one that lies about its length shows each another file."""

from shared.contracts.malformed import Malformed


class Frames:
    """The frame that is open in a file of `size` bytes."""

    def __init__(self, size: int) -> None:
        self._size, self._end = size, -1

    def open(self, length: int, here: int) -> None:
        """A frame of `length` bytes begins at `here`; raises Malformed inside of another, or beyond the file."""
        if self._end >= 0 or here + length > self._size:
            raise Malformed(f"a frame of {length} bytes does not fit where it begins")
        self._end = here + length if length else -1

    def step(self, start: int) -> None:
        """A step begins at `start`; raises Malformed when the one before crossed the end of the frame."""
        if 0 <= self._end <= start:
            self.end(start)

    def end(self, here: int) -> None:
        """Raises Malformed unless the frame, if there is one, ends `here`."""
        if self._end not in (-1, here):
            raise Malformed("a step begins inside of a frame and ends behind it, or a frame goes on where it must end")
        self._end = -1
