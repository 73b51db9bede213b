"""Payloads to begin with: the tests' own, and the authentic ones of the corpus where that is at hand, made short."""

import contextlib
import json
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import cache
from typing import Any

from tests.corpus.expectations import EXPECTATIONS, name_of, sample
from tests.fuzz.mutation import Seed
from tests.fuzz.spans import Kind

LONGEST = 6000
_ELEMENTS, _CHARACTERS = 3, 200


def seeds(kind: Kind, own: Iterable[bytes], *corpus: str) -> tuple[Seed, ...]:
    """The bodies in `own`, and those of the corpus whose names match a pattern; at most 6,000 bytes of each."""
    authentic = (short(body) for pattern in corpus for body in _authentic(pattern))
    return tuple(Seed(body, kind) for body in (*own, *authentic) if 0 < len(body) <= LONGEST)


def encoded(*values: Any) -> list[bytes]:
    """Values as JSON, each one body."""
    return [json.dumps(value, ensure_ascii=False).encode() for value in values]


@cache
def _authentic(pattern: str) -> list[bytes]:
    matching = [path for path in EXPECTATIONS if fnmatch(name_of(path), pattern)]
    return [_delivered(sample(path)[0]) for path in matching]


def _delivered(body: bytes) -> bytes:
    """The body of a recorded HTTP call; any other payload as it is."""
    with contextlib.suppress(ValueError):
        recorded = json.loads(body)
        if isinstance(recorded, dict) and {"headers", "body"} <= recorded.keys():
            return str(recorded["body"]).encode()
    return body


def short(body: bytes) -> bytes:
    """A long payload with fewer elements in its lists and less text, or its first lines when it is no JSON."""
    if len(body) <= LONGEST:
        return body
    with contextlib.suppress(ValueError):
        return json.dumps(_pruned(json.loads(body))).encode()
    return body if body.lstrip().startswith(b"<") else body[: body.rindex(b"\n", 0, LONGEST) + 1]


def _pruned(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _pruned(child) for key, child in list(node.items())[:40]}
    if isinstance(node, list):
        return [_pruned(child) for child in node[:_ELEMENTS]]
    return node[:_CHARACTERS] if isinstance(node, str) else node
