"""The wire format of Protocol Buffers, walked without a schema and within bounds."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.contracts.artifacts.content import Content
from shared.contracts.malformed import Malformed

WINDOW = 64 * 1024
MOST_FIELDS = 2_000_000
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its number, and where its value begins and ends; `value` is what a varint says, 0 for others."""

    number: int
    start: int
    end: int
    value: int = 0
    packed: bool = False


class Walk:
    """Fields of messages in one file; raises Malformed for more than two million of them, or what is no message."""

    def __init__(self, content: Content) -> None:
        self._content, self._left = content, MOST_FIELDS
        self._window, self._window_start = b"", 0

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """The fields of the message that lies from `start` to `end`."""
        place = start
        while place < end:
            self._left -= 1
            if self._left < 0:
                raise Malformed(f"more than {MOST_FIELDS} fields; that is more than is looked at")
            field = self._field(place, end)
            if field.end > end:
                raise Malformed("a field goes beyond the end of its message", f"byte {place}")
            yield field
            place = field.end

    def text(self, field: Field, limit: int) -> str:
        """The text of a field of at most `limit` bytes."""
        if not field.packed or field.end - field.start > limit:
            raise Malformed(f"a text is missing or has more than {limit} bytes", f"byte {field.start}")
        try:
            return self._content.at(field.start, field.end - field.start).decode()
        except UnicodeDecodeError:
            raise Malformed("a text is not UTF-8", f"byte {field.start}") from None

    def _field(self, place: int, end: int) -> Field:
        key, start = self._varint(place, end)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, after = self._varint(start, end)
            return Field(number, start, after, value)
        if kind == _BYTES:
            length, start = self._varint(start, end)
            return Field(number, start, start + length, packed=True)
        if kind not in (_EIGHT, _FOUR) or not number:
            raise Malformed(f"no message: a field of kind {kind}", f"byte {place}")
        return Field(number, start, start + (8 if kind == _EIGHT else 4))

    def _varint(self, place: int, end: int) -> tuple[int, int]:
        value = 0
        for index in range(10):
            if place + index >= end:
                break
            byte = self._byte(place + index)
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                return value, place + index + 1
        raise Malformed("a number that does not end", f"byte {place}")

    def _byte(self, place: int) -> int:
        offset = place - self._window_start
        if not 0 <= offset < len(self._window):
            self._window_start, offset = place, 0
            self._window = self._content.at(place, min(WINDOW, self._content.size - place))
        return self._window[offset]
