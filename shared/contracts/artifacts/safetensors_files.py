"""safetensors files: a header that must describe the file completely, and nothing besides."""

from itertools import pairwise
from math import prod
from typing import Any

from shared.contracts import strict_json
from shared.contracts.artifacts.content import Content
from shared.contracts.malformed import Malformed

LARGEST_HEADER = 16 * 1024 * 1024  # some 100,000 tensors; the format itself allows 100 MB
_BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
    **{"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6},
}


def judge_safetensors(content: Content) -> None:
    """Raises Malformed unless the header's tensors have known types and fill the rest of the file without a gap."""
    length = int.from_bytes(content.at(0, 8), "little")
    if not 2 <= length <= min(LARGEST_HEADER, content.size - 8):
        raise Malformed(f"a header of {length} bytes is announced, more than the file or {LARGEST_HEADER} bytes")
    header = strict_json.loads(content.at(8, length), limit=LARGEST_HEADER, depth=4)
    if not isinstance(header, dict):
        raise Malformed("the header is no table of tensors")
    spans = sorted(_span(name, entry) for name, entry in header.items() if name != "__metadata__")
    _judge_metadata(header.get("__metadata__", {}))
    edges = [(0, 0), *spans, (content.size - 8 - length, 0)]
    for (_, end), (start, _) in pairwise(edges):
        if start != end:
            raise Malformed(f"the tensors overlap or leave a gap at byte {min(start, end)} of the data")


def _span(name: str, entry: Any) -> tuple[int, int]:
    """Where the data of one tensor begin and end."""
    shown = f"tensor {name[:80]!r}"
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise Malformed("a tensor needs dtype, shape and data_offsets, and nothing else", shown)
    bits, shape, offsets = _BITS.get(str(entry["dtype"])), _numbers(entry["shape"]), _numbers(entry["data_offsets"])
    if bits is None or shape is None or offsets is None or len(offsets) != 2:
        raise Malformed("its type is unknown, or its shape or offsets are no lists of numbers", shown)
    start, end = offsets
    if (end - start) * 8 != prod(shape) * bits:
        raise Malformed(f"its {prod(shape)} elements do not take the {end - start} bytes that it has", shown)
    return start, end


def _numbers(value: Any) -> list[int] | None:
    known = isinstance(value, list) and len(value) <= 64 and all(type(n) is int and n >= 0 for n in value)
    return value if known else None


def _judge_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise Malformed("__metadata__ is no table of texts")
