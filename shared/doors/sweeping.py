"""The sweep as it runs on the timer: it repairs, counts its repairs, and leaves a note of when it last ran."""

from contextlib import suppress
from typing import Any

import msgspec

from shared import telemetry
from shared.contracts.malformed import Malformed
from shared.engine import Engine
from shared.ports import Clock, Conflict, Documents
from shared.views import iso

NOTE = "sweeps/last"


class LastSweep(msgspec.Struct, frozen=True):
    """When the sweep last ended (seconds since the epoch), and how many orders it sent again."""

    at: float
    repairs: int


class Sweeping:
    """Runs the engine's sweep; safe to run twice at once."""

    def __init__(self, engine: Engine, documents: Documents, clock: Clock) -> None:
        self._engine, self._documents, self._clock = engine, documents, clock

    def run(self, every_seconds: float) -> int:
        """Send again what is overdue; how many orders that were. Raises Unavailable."""
        repairs = self._engine.sweep(every_seconds)
        telemetry.count(telemetry.REPAIRS, repairs)
        self._note(LastSweep(self._clock.now(), repairs))
        return repairs

    def _note(self, last: LastSweep) -> None:
        stored = self._documents.read(NOTE)
        with suppress(Conflict):  # another sweep ended at the same time, and its note says as much
            self._documents.write(NOTE, msgspec.json.encode(last), stored.etag if stored else None)


def last_sweep(documents: Documents) -> LastSweep | None:
    """The note of the last sweep, None before the first; raises Malformed, Unavailable."""
    stored = documents.read(NOTE)
    try:
        return msgspec.json.decode(stored.data, type=LastSweep) if stored else None
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise Malformed(f"{problem}; delete {NOTE}.json, the next sweep writes it anew", NOTE) from None


def shown(last: LastSweep | None) -> dict[str, Any] | None:
    """The note as people and programs read it."""
    return {"at": iso(last.at), "repairs": last.repairs} if last else None
