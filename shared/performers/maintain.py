"""Watch deadlines and keep what did not count."""

from shared import telemetry
from shared.core.datasets import Dataset
from shared.core.facts import DeadlinePassed
from shared.core.images import Image
from shared.core.orders import QuarantineBody, WatchDeadline
from shared.core.record import Record
from shared.core.release import Release
from shared.core.watch import Watch
from shared.performers.outcomes import Done, Later, Outcome
from shared.performers.world import World, finished, told

DOORS: dict[type[Record], str] = {Image: "scan-results", Watch: "monitoring-signals", Dataset: ""}
"""The queue by which the bodies came that a record met, "" for a hub; those of all others are events of models."""


def watch_deadline(order: WatchDeadline, release: Release, world: World, _attempt: int) -> Outcome:
    """Tell DeadlinePassed once it has; a message that came too early waits."""
    left = order.deadline - world.clock.now()
    if left > 0:
        return Later(left, f"{release.name} has {left:.0f} s left in {order.stage}")
    return Done((told(DeadlinePassed, order, release, world, stage=order.stage, deadline=order.deadline),))


def quarantine_body(order: QuarantineBody, record: Record, world: World, _attempt: int) -> Outcome:
    """Copy the body into quarantine, with its reason and the queue that it came by."""
    if not order.body:
        return finished(order, record, world, f"no body to keep: {order.reason}")
    body = world.bodies.read(order.body)
    door = DOORS.get(type(record), "model-events")
    beside = {"image": record.digest} if isinstance(record, Image) else {}
    case = world.quarantine.keep(body, order.reason, order.document, world.clock.now(), door, properties=beside)
    telemetry.count(telemetry.CASES, door=door)
    return finished(order, record, world, f"kept in quarantine as {case}: {order.reason}")
