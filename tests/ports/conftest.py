"""Both sides of every port: the simulated one, and the adapters on one embedded platform without the app."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.platform import Platform
from shared.adapters.credential import credential
from tests.ports.listener import listening
from tests.ports.side import Side
from tests.ports.simulated_side import SimulatedSide

if TYPE_CHECKING:
    from tests.ports.real_side import RealSide

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # importing the SDK warns about its own use of marshmallow
    import azure.ai.ml  # noqa: F401


@pytest.fixture(scope="session")
def _platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform, found by the SDKs of this process through its environment."""
    folder: Path = tmp_path_factory.mktemp("ports")
    with Platform(with_app=False, root=folder) as platform, pytest.MonkeyPatch.context() as patch:
        for name, value in platform.env.items():
            patch.setenv(name, value)
        credential.cache_clear()
        yield platform
        credential.cache_clear()


@pytest.fixture(scope="session")
def _real(_platform: Platform) -> Iterator["RealSide"]:
    from tests.ports.real_side import RealSide

    with listening() as listener:
        side = RealSide(_platform, listener)
        yield side
        side.close()


@pytest.fixture
def real(_real: "RealSide") -> "RealSide":
    """The real adapters, for claims that make no sense in a simulation; the listener welcomes everything."""
    _real.listener.forget()
    return _real


@pytest.fixture(params=["simulated", "real"])
def side(request: pytest.FixtureRequest) -> Side:
    """Each side in turn."""
    if request.param == "simulated":
        return SimulatedSide()
    found: Side = request.getfixturevalue("real")
    return found


def pytest_itemcollected(item: pytest.Item) -> None:
    """Lets the tests of this folder pass over what the workspace's SDK itself does with a deprecated function."""
    if item.path.parent == Path(__file__).parent:
        item.add_marker(pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"))
