"""NumPy's own files: their headers say whether anything in them must be unpickled."""

import ast
import re

from shared.contracts.artifacts.archives import Archive
from shared.contracts.artifacts.content import Content
from shared.contracts.malformed import Malformed

MAGIC = b"\x93NUMPY"
LARGEST_HEADER = 64 * 1024
_OBJECT = re.compile(r"[|<>=]?O\d*")


def judge_array(content: Content) -> None:
    """Raises Malformed for a file that is no array of NumPy, or one of objects, which are pickled inside."""
    start = content.at(0, min(12, content.size))
    width = {1: 2, 2: 4, 3: 4}.get(start[6] if len(start) == 12 else 0)
    if not start.startswith(MAGIC) or width is None:
        raise Malformed("no array of NumPy")
    length = int.from_bytes(start[8 : 8 + width], "little")
    if length > LARGEST_HEADER:
        raise Malformed(f"an array with a header of {length} bytes")
    if _holds_objects(_described(content.at(8 + width, length))):
        raise Malformed("an array of objects, which is a pickle inside; save it as numbers or text")


def _described(header: bytes) -> object:
    try:
        known = ast.literal_eval(header.decode("latin1").strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        known = None
    if not isinstance(known, dict) or set(known) != {"descr", "fortran_order", "shape"}:
        raise Malformed("an array with a header that NumPy does not write")
    return known["descr"]


def _holds_objects(descr: object, depth: int = 0) -> bool:
    """Whether the element type, text or a list of fields, has objects anywhere; what is neither might."""
    if isinstance(descr, str):
        return _OBJECT.fullmatch(descr) is not None or "O" in descr
    if not isinstance(descr, (list, tuple)) or depth > 16:
        return True
    return any(
        _holds_objects(field[1], depth + 1) if isinstance(field, tuple) and len(field) > 1 else True for field in descr
    )


def judge_arrays(content: Content) -> None:
    """Raises Malformed for an archive (.npz) with anything in it but arrays of numbers and text."""
    archive = Archive(content)
    for name, member in archive.members.items():
        try:
            judge_array(archive.inside(member))
        except Malformed as refused:
            raise Malformed(refused.reason, name[:80]) from None
