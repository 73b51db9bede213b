"""What the telemetry door keeps of an event: its number, its bytes, and when the hub took it."""

from datetime import UTC, datetime

import azure.functions as func
import pytest

from handlers.inference import arrived
from shared.doors.serving import Arrived

TAKEN = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("taken", "at"),
    [(TAKEN, 1772352000.0), (TAKEN.replace(tzinfo=None), 1772352000.0), (None, 0.0)],
    ids=["in UTC", "without a zone", "not told"],
)
def test_an_event_is_dated_by_the_hub(taken: datetime | None, at: float) -> None:
    event = func.EventHubEvent(body=b"{}", enqueued_time=taken, sequence_number=7)
    assert arrived([event]) == [Arrived(7, b"{}", at)]
