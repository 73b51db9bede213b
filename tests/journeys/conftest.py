"""One embedded platform for all journeys, with callers, a webhook that listens, and the team around it."""

import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.demo.news import News
from local.platform import Platform
from tests.journeys.world import SECRET, World

POLICY_SETTINGS = {
    "TELEMETRY_WINDOW_SECONDS": "1",
    "INFERENCE_WINDOW_SECONDS": "1",
    "SWEEP_SCHEDULE": "0 0 */6 * * *",
    "ACR_WEBHOOK_SECRETS": SECRET,
    "MLFLOW_WEBHOOK_SECRETS": SECRET,
    "AZURE_MONITOR_WEBHOOK_SECRETS": SECRET,
}


@pytest.fixture(scope="session")
def news() -> Iterator[News]:
    """Who hears the news."""
    with News() as listening:
        yield listening


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, news: News) -> Iterator[World]:
    """The platform with the real app, and the team."""
    folder: Path = tmp_path_factory.mktemp("platform")
    before = dict(os.environ)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Platform({**POLICY_SETTINGS, "NOTIFY_URL": news.url}, root=folder) as platform:
            os.environ.update(platform.env)
            world = World(platform)
            try:
                yield world
            finally:
                world.close()
                os.environ.clear()
                os.environ.update(before)


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """Wait until a function gives something true, and give that."""

    def wait(what: str, found: Callable[[], Any], seconds: float = 60.0) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := found():
                return answer
            time.sleep(0.2)
        raise AssertionError(f"waited {seconds:.0f} s until {what}")

    return wait
