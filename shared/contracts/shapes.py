"""Typed reading with msgspec, whose refusals become Malformed with a path from the outermost value."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from shared.contracts.malformed import Malformed

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Epoch = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800)]  # seconds, until the year 9999
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]

# What msgspec raises for bad input: deep nesting ends in RecursionError, broken UTF-8 and a number that is read as a
# moment beyond the calendar in ValueError.
UNREADABLE = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


def convert[T](value: Any, shape: type[T], where: str = "", *, strict: bool = True) -> T:
    """The parsed JSON `value` as a `shape`; raises Malformed at `where` and the path inside the value."""
    try:
        return msgspec.convert(value, shape, strict=strict)
    except UNREADABLE as error:
        raise refusal(error, where) from None


def decode[T](body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T], where: str = "") -> T:
    """The JSON text `body`, which stands at `where`, as the decoder's type.

    Raises Malformed for broken JSON and for another shape.
    """
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise refusal(error, where) from None


def each[T](rows: Iterable[msgspec.Raw], decoder: msgspec.json.Decoder[T], where: str) -> Iterator[T]:
    """The rows of the array at `where` one by one, so that no more than one of them is held; raises Malformed."""
    return (decode(row, decoder, f"{where}[{number}]") for number, row in enumerate(rows))


def refusal(error: Exception, where: str = "") -> Malformed:
    """What msgspec's `error` says, as Malformed at `where` and the path that the error names."""
    if isinstance(error, RecursionError):
        return Malformed("nested too deeply; flatten it", where.removeprefix("."))
    if isinstance(error, UnicodeDecodeError):
        return Malformed("the text is not UTF-8; encode it so, without a byte order mark", where.removeprefix("."))
    reason, _, path = str(error).partition(" - at `$")
    place = f"{where}{path.rstrip('`')}".removeprefix(".")
    if isinstance(error, msgspec.ValidationError) or not isinstance(error, msgspec.MsgspecError):
        return Malformed(_plain(reason), place)
    return Malformed(f"not JSON: {_plain(reason.removeprefix('JSON is malformed: '))}", place)


def _plain(reason: str) -> str:
    reason = reason.replace("Object missing required field", "the object lacks the key").replace("`", "'")
    return reason[:1].lower() + reason[1:]
