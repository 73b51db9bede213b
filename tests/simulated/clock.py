"""A clock that moves only when it is told to."""

START = 1_800_000_000.0


class SimulatedClock:
    """Seconds since the epoch, from `START` on."""

    def __init__(self, at: float = START) -> None:
        self._at = at

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._at

    def advance_to(self, at: float) -> None:
        """Move on to `at`; never back."""
        self._at = max(self._at, at)
