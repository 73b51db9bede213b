"""Where the news arrives, in memory."""

from tests.simulated.faults import Faults


class SimulatedNotices:
    """Keeps every event that was posted."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.events: list[bytes] = []

    def post(self, event: bytes) -> bool:
        """Take one event."""
        with self._faults.around("notices.post"):
            self.events.append(event)
            return True
