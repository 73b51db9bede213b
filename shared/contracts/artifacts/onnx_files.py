"""ONNX models: the files that a tensor may name beside the model, found by walking the message."""

from collections.abc import Iterator

from shared.contracts.artifacts.content import Content
from shared.contracts.artifacts.paths import beside
from shared.contracts.artifacts.protobuf import Field, Walk
from shared.contracts.malformed import Malformed

DEEPEST = 16
LONGEST_TEXT = 4096
# Which fields of which message lead to tensors: model → graph → nodes → attributes → tensors and graphs.
_INNER: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "external"},
}
_GRAPH, _IR_VERSION = 7, 1
_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft")
_OPERATORS = 8


def judge_onnx(content: Content, path: str, files: frozenset[str]) -> None:
    """Raises Malformed for data outside of the model's own `files`, operators of one's own, and broken messages."""
    walk = Walk(content)
    seen: set[int] = set()
    for field in walk.fields(0, content.size):
        seen.add(field.number)
        if field.number == _OPERATORS:
            _judge_domain(walk, field)
    if not {_GRAPH, _IR_VERSION} <= seen:
        raise Malformed("no ONNX model: it has no graph")
    for location in _locations(walk, "model", Field(0, 0, content.size, packed=True), 0):
        if beside(path, location) not in files:
            raise Malformed(f"a tensor's data lie at {location[:80]!r}, which is no file of the model")


def _locations(walk: Walk, kind: str, message: Field, depth: int) -> Iterator[str]:
    """Where every tensor inside says that its data lie."""
    if depth > DEEPEST:
        raise Malformed(f"graphs are nested deeper than {DEEPEST}")
    for field in walk.fields(message.start, message.end):
        inner = _INNER[kind].get(field.number)
        if inner is None or not field.packed:
            continue
        if inner == "external":
            yield from _location(walk, field)
        else:
            yield from _locations(walk, inner, field, depth + 1)


def _location(walk: Walk, entry: Field) -> Iterator[str]:
    """The location, when this entry (a key and a value) is the one that says it."""
    texts = {field.number: walk.text(field, LONGEST_TEXT) for field in walk.fields(entry.start, entry.end)}
    if texts.get(1) == "location":
        yield texts.get(2, "")


def _judge_domain(walk: Walk, operators: Field) -> None:
    for field in walk.fields(operators.start, operators.end):
        if field.number == 1 and (domain := walk.text(field, LONGEST_TEXT)) not in _DOMAINS:
            raise Malformed(f"it needs operators of {domain[:80]!r}, a library of its own")
