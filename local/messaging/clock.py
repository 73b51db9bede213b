"""The broker's clock: whole milliseconds since 1970, as AMQP timestamps count."""

import time
from collections.abc import Callable

type Clock = Callable[[], int]


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
