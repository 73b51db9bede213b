"""The two repeating steps of every life: decide a fact, perform an order."""

import logging

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.facts import Fact
from shared.doors.intake import FACTS, MODEL_EVENTS, Intake
from shared.engine import Engine, Unclaimed
from shared.performers.outcomes import Done, Later
from shared.performers.performing import perform
from shared.performers.world import World
from shared.ports import Bodies, Bus, Clock, Impossible, Message

log = logging.getLogger("gatehouse.pipeline")


class Pipeline:
    """What the queue triggers call; whatever it raises reaches the broker, which delivers again."""

    def __init__(self, *, engine: Engine, world: World, intake: Intake, bus: Bus, bodies: Bodies, clock: Clock) -> None:
        self._engine, self._world, self._intake = engine, world, intake
        self._bus, self._bodies, self._clock = bus, bodies, clock

    def decide_fact(self, body: bytes) -> None:
        """Apply one message of the facts queue; raises Unavailable."""
        try:
            fact = wire.decode_fact(body)
        except Malformed as problem:
            self._intake.refuse(body, str(problem), FACTS, FACTS)
            return
        answer = self._engine.handle(fact)
        if isinstance(answer, Unclaimed):
            source, door = self._source(fact, body)
            self._intake.refuse(source, answer.reason, FACTS, door)

    def _source(self, fact: Fact, message: bytes) -> tuple[bytes, str]:
        """The bytes that the outside sent, where there are any, else Gatehouse's own message; and their door."""
        try:
            return (self._bodies.read(fact.body), MODEL_EVENTS) if fact.body else (message, FACTS)
        except Impossible:
            return message, FACTS

    def perform_order(self, body: bytes, lane: str = "") -> None:
        """Carry out one message of the order queue `lane`: tell its facts, or look again later. Raises Unavailable."""
        try:
            errand = wire.decode_errand(body)
            outcome = perform(errand.order, errand.attempt, self._world)
        except Malformed as problem:
            self._intake.refuse(body, str(problem), "orders", lane)
            return
        match outcome:
            case Done(facts=facts):
                self._intake.tell(facts)
            case Later(seconds=seconds, why=why):
                log.info("%s again in %.1f s: %s", type(errand.order).__name__, seconds, why)
                self._look_again(errand, seconds)

    def _look_again(self, errand: wire.Errand, seconds: float) -> None:
        """Send a scheduled copy; two chains of the same order that would look at the same time become one.

        The id names the slot of the due time. A chain's next slot is later than its last, because it is due a whole
        slot after the last was due, whatever the clocks say: so the broker's duplicate detection can not swallow the
        last copy of an order.
        """
        due = max(self._clock.now(), errand.due) + seconds
        slot = f"again {seconds:g} {int(due // seconds)}"
        copy = wire.Errand(order=errand.order, attempt=errand.attempt + 1, due=due)
        message = Message(body=wire.encode_errand(copy), id=errand.order.message_id(slot), not_before=due)
        self._bus.send(errand.order.lane, [message])
