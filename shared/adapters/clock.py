"""The system's clock."""

import time


class SystemClock:
    """Seconds since the epoch, as the machine believes."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()
