"""Payloads of monitors in the corpus, and how they are read."""

from pathlib import Path
from typing import Any

from tests.corpus.expectations import sample

NOTES = ("trap", "note")


def read(expectation: Path) -> tuple[bytes, dict[str, Any]]:
    body, expected = sample(expectation)
    return body, {key: value for key, value in expected.items() if key not in NOTES}
