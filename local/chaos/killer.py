"""Kills the app at random moments, and starts it again."""

import random
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from local.platform import Platform

EARLIEST, LAST = 0.02, 0.97
"""The part of the run (0–1) in which the app is killed."""
LONGEST_DELAY = 2.0
LONGEST_DEATH = 1.5
LOOK_SECONDS = 0.05


class Killer:
    """While the `with` block lasts, kills `platform`'s app `kills` times; `moved` hears each new address.

    When is random, spread over the run, of which `progress` says how much (0–1) is done. `done` counts the kills so
    far; `trouble` is what ended the killing, None while all is well.
    """

    def __init__(
        self,
        platform: Platform,
        kills: int,
        seed: int,
        *,
        moved: Callable[[str], None],
        progress: Callable[[], float],
    ) -> None:
        self._platform, self._moved, self._progress = platform, moved, progress
        self._chance = random.Random(seed)
        self._moments = sorted(self._chance.uniform(EARLIEST, LAST) for _ in range(kills))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self.done = 0
        self.trouble: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=60)

    @property
    def finished(self) -> bool:
        """Whether it has killed as often as it may, or could not go on."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            for moment in self._moments:
                while self._progress() < moment:
                    if self._stop.wait(LOOK_SECONDS):
                        return
                time.sleep(self._chance.uniform(0, LONGEST_DELAY))
                self._kill()
        except Exception as problem:
            self.trouble = problem

    def _kill(self) -> None:
        self._platform.kill_app()
        self.done += 1
        time.sleep(self._chance.uniform(0, LONGEST_DEATH))
        self._platform.start_app()
        self._moved(self._platform.url)
