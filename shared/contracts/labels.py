"""Items to label as they lie in storage, one JSON object a line, and the labels as people send them back."""

from collections.abc import Mapping, Sequence

import msgspec

from shared.contracts import strict_json
from shared.contracts.malformed import Malformed
from shared.contracts.strict_json import JSON
from shared.core.labelling import Item, LabelQueue

MAXIMUM_BODY = 8 * 1024 * 1024
LONGEST_LINE = 64 * 1024
DEPTH = 16
_QUEUE = msgspec.json.Decoder(LabelQueue)
_ITEMS = msgspec.json.Decoder(Item)


def encode_queue(queue: LabelQueue) -> bytes:
    """The queue as JSON."""
    return msgspec.json.encode(queue)


def decode_queue(body: bytes) -> LabelQueue:
    """The queue in `body`; raises Malformed."""
    try:
        return _QUEUE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"no queue of labels: {error}") from None


def encode_items(items: Sequence[Item]) -> bytes:
    """The items, one a line."""
    return b"".join(msgspec.json.encode(item) + b"\n" for item in items)


def decode_items(body: bytes) -> list[Item]:
    """The items that `encode_items` wrote."""
    return _ITEMS.decode_lines(body)


def parse_labels(body: bytes) -> dict[str, JSON]:
    """The labels by item, from lines `{"item": …, "label": …}`; null is a label that nobody can tell.

    A label is any JSON value: a class, a list of boxes, an object of spans. Raises Malformed with the line.
    """
    strict_json.within(body, MAXIMUM_BODY)
    labels: dict[str, JSON] = {}
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            item, label = _label(line, f"line {number}")
            if item in labels:
                raise Malformed(f"the item {item[:80]!r} has a label already", f"line {number}")
            labels[item] = label
    return labels


def _label(line: bytes, where: str) -> tuple[str, JSON]:
    try:
        value = strict_json.loads(line, limit=LONGEST_LINE, depth=DEPTH)
    except Malformed as problem:
        raise Malformed(problem.reason, where) from None
    if not isinstance(value, dict) or set(value) != {"item", "label"} or not isinstance(value["item"], str):
        raise Malformed('write {"item": "…", "label": …} and nothing else', where)
    return value["item"], value["label"]


def encode_labels(labels: Mapping[str, JSON], items: Sequence[Item]) -> bytes:
    """The labelled items, one a line, in the order in which they were asked, without those that nobody can tell."""
    told = [(item, labels[item.item]) for item in items if labels[item.item] is not None]
    lines = [{"item": item.item, "prediction": item.prediction, "label": label} for item, label in told]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
