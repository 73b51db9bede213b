"""One front door for each test."""

import pytest

from tests.security.front import Front


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Front:
    """The handlers over simulated ports."""
    return Front(monkeypatch)
