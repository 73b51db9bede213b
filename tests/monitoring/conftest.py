"""One small reference that the tests of profiles and drift share."""

import pytest

from shared.monitoring.calibration import Reference, calibrated
from shared.monitoring.encoding import Batch
from shared.monitoring.frames import Frame, frame_of
from tests.monitoring.samples import usual


@pytest.fixture(scope="session")
def rows() -> Batch:
    """4,000 rows of what is usual."""
    return usual(4000, seed=1)


@pytest.fixture(scope="session")
def frame(rows: Batch) -> Frame:
    """The frame of those rows."""
    return frame_of(rows)


@pytest.fixture(scope="session")
def reference(frame: Frame, rows: Batch) -> Reference:
    """The reference of those rows, calibrated for windows of 100 and 500."""
    return calibrated(frame, rows, seed=2, sizes=(100, 500), splits=400)
