"""What can go wrong at the call of a port, decided by whoever runs the simulation."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum, auto

from shared.ports import Conflict, Unavailable


class Crash(Exception):
    """The process died here; nobody in it can catch this, and the broker delivers again."""


class Fault(Enum):
    """What goes wrong at one call."""

    REFUSED = auto()
    """The service is unavailable and nothing happened."""
    LOST_ANSWER = auto()
    """It happened, but the answer never came."""
    OWN_CONFLICT = auto()
    """It happened, and the client's own second try was answered with a conflict."""
    OVERTAKEN = auto()
    """Somebody else wrote the document first."""
    CRASH_BEFORE = auto()
    """The process died before the call."""
    CRASH_AFTER = auto()
    """The process died after the call."""


class Faults:
    """Asks `pick` at every call of every port, by its name such as `documents.write`, what shall go wrong there."""

    def __init__(self, pick: Callable[[str], Fault | None] = lambda call: None) -> None:
        self.pick = pick

    def around(self, call: str) -> AbstractContextManager[None]:
        """Runs the body between what can go wrong before and after it; raises Crash, Unavailable or Conflict."""
        return self._around(call)

    @contextmanager
    def _around(self, call: str) -> Iterator[None]:
        fault = self.pick(call)
        if fault is Fault.CRASH_BEFORE:
            raise Crash(call)
        if fault is Fault.REFUSED:
            raise Unavailable(f"{call} is refused by the simulation")
        if fault is Fault.OVERTAKEN and call == "documents.write":
            raise Conflict("somebody else wrote first, says the simulation")
        yield
        if fault is Fault.CRASH_AFTER:
            raise Crash(call)
        if fault is Fault.LOST_ANSWER:
            raise Unavailable(f"the answer of {call} is lost by the simulation")
        if fault is Fault.OWN_CONFLICT and call == "documents.write":
            raise Conflict(f"{call} was tried twice by the client")
