"""Real storage and messaging for the tests of the host, once per session."""

from collections.abc import Iterator

import pytest

from tests.host.harness import spawn


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from local.storage import storage_connection_string

    child = spawn("storage", ["local.storage"], tmp_path_factory.mktemp("storage"))
    yield storage_connection_string(child.ready(20)["port"])
    child.stop()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from local.messaging import connection_string

    child = spawn("messaging", ["local.messaging"], tmp_path_factory.mktemp("messaging"))
    yield connection_string(child.ready(20)["port"])
    child.stop()
