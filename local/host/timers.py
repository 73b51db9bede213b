"""Timer triggers: six-field NCRONTAB schedules in UTC, start-up runs and runs on demand."""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from croniter import CroniterError, croniter

from local.host.config import resolve
from local.host.failures import StartError
from local.host.functions import Function
from local.host.worker import Worker

_LOG = logging.getLogger("local.host")
_NEVER = "0001-01-01T00:00:00+00:00"


def next_occurrence(expression: str, after: datetime) -> datetime:
    """The first time after `after` (aware, UTC) that a five- or six-field NCRONTAB expression names.

    Day of month and day of week must both match, as on the platform (cron takes either).
    """
    schedule = croniter(expression, after, second_at_beginning=True, day_or=False)
    occurrence: datetime = schedule.get_next(datetime)
    return occurrence


class Timer:
    """One timer-triggered function. Runs never overlap; a failed run does not stop the schedule."""

    def __init__(self, function: Function, worker: Worker, settings: Mapping[str, str]) -> None:
        """Raises StartError when the schedule is not an NCRONTAB expression."""
        self.function = function
        self._worker = worker
        self._expression = resolve(str(function.trigger["schedule"]), settings)
        self._one_at_a_time = asyncio.Lock()
        self._last = _NEVER
        try:
            next_occurrence(self._expression, datetime.now(UTC))
        except CroniterError as error:
            expected = "an NCRONTAB expression of six fields, seconds first"
            raise StartError(f"Timer {function.name}: {self._expression!r} is not {expected}: {error}.") from error

    async def run(self) -> None:
        """Invoke the function whenever it is due, until cancelled."""
        if self.function.trigger.get("runOnStartup"):
            await self.fire()
        while True:
            due = next_occurrence(self._expression, datetime.now(UTC))
            await _sleep_until(due)
            await self.fire()

    async def fire(self) -> None:
        """Invoke the function now, after a run that may be under way."""
        async with self._one_at_a_time:
            now = datetime.now(UTC)
            await asyncio.shield(self._worker.persist(self.function, self._datum(now), {}))
            self._last = now.isoformat()

    def _datum(self, now: datetime) -> Any:
        from azure_functions_runtime.bindings.datumdef import Datum

        timer = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": self._status(now), "IsPastDue": False}
        return Datum(json.dumps(timer), "json")

    def _status(self, now: datetime) -> dict[str, str] | None:
        """Null for schedules more frequent than a minute, which the platform does not monitor."""
        following = next_occurrence(self._expression, now)
        if next_occurrence(self._expression, following) - following < timedelta(minutes=1):
            return None
        return {"Last": self._last, "Next": following.isoformat(), "LastUpdated": self._last}


async def _sleep_until(due: datetime) -> None:
    while (remaining := (due - datetime.now(UTC)).total_seconds()) > 0:
        await asyncio.sleep(min(remaining + 0.001, 3600.0))
