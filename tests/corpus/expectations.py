"""The authentic payloads and what is expected of them, for every test that reads the corpus."""

import hashlib
import json
import os
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("GATEHOUSE_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
EXPECTATIONS = sorted(FOLDER.glob("*/*.expect.json"))

needs_corpus = pytest.mark.skipif(
    not EXPECTATIONS, reason="the corpus is not here; name its folder in GATEHOUSE_CORPUS"
)


def name_of(expectation: Path) -> str:
    return expectation.relative_to(FOLDER).as_posix().removesuffix(".expect.json")


def matching(*patterns: str) -> pytest.MarkDecorator:
    """Parametrize over the expectations of the samples that match one of the patterns."""
    chosen = [path for path in EXPECTATIONS if any(fnmatch(name_of(path), pattern) for pattern in patterns)]
    return pytest.mark.parametrize("expectation", chosen, ids=name_of)


def sample(expectation: Path) -> tuple[bytes, dict[str, Any]]:
    """The sample's bytes, compared with their checksum, and what is expected of them."""
    told = json.loads(expectation.read_bytes())
    body = (expectation.parent / told["file"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == told["sha256"], f"{told['file']} was changed on its way here"
    return body, dict(told["expect"])
