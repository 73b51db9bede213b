"""Reads each version of a document once: simulated workers share what the same bytes mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from shared.contracts import wire

VERSIONS = 256


@contextmanager
def read_once() -> Iterator[None]:
    """While it lasts, the same bytes of the same document are decoded once; records are never changed in place."""
    decode = wire.decode_record
    wire.decode_record = lru_cache(VERSIONS)(decode)
    try:
        yield
    finally:
        wire.decode_record = decode
