"""Load, decide, commit, send: the only loop that writes the state of releases and images."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core import data_arriving, exceptions, images, lifecycle, watching
from shared.core.datasets import Dataset
from shared.core.exceptions import PackageException
from shared.core.facts import DatasetFact, ExceptionFact, Fact, ImageFact, ModelFact, ModelRegistered, ReleaseFact
from shared.core.images import Image
from shared.core.orders import Order
from shared.core.policy import Policy
from shared.core.record import Decision, Record, Seen, commit, conflict, conflicting, seen
from shared.core.release import Release
from shared.core.watch import Watch
from shared.histories import recalled, slim
from shared.ledgers import Ledgers
from shared.listing import labels, listed, overdue_at
from shared.ports import Bus, Clock, Conflict, Documents, Message, Stored, Unavailable

TRIES = 12

log = logging.getLogger("gatehouse.engine")


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A fact that changed nothing because no release or policy could take it; its body belongs in quarantine."""

    reason: str


class Engine:
    """Applies facts to their documents, each in one conditional write, and sends the orders they give.

    `policy_for` gives the policy that binds a new release, and raises Malformed when it cannot be read; `pause` is
    called with the seconds to wait between tries, and `jitter` gives a random share in 0–1.
    """

    def __init__(
        self,
        *,
        documents: Documents,
        ledgers: Ledgers,
        bus: Bus,
        clock: Clock,
        policy_for: Callable[[ModelRegistered], Policy],
        pause: Callable[[float], None],
        jitter: Callable[[], float],
    ) -> None:
        self._documents, self._ledgers, self._bus, self._clock = documents, ledgers, bus, clock
        self._policy_for, self._pause, self._jitter = policy_for, pause, jitter

    def handle(self, fact: Fact) -> Unclaimed | None:
        """Apply `fact` once, however often it comes; raises Unavailable when it could not be made sure.

        After a lost race or a doubtful write the document is read again: if the fact is in its ledger, the write was
        our own and only the sending is left.
        """
        for attempt in range(TRIES):
            try:
                return self._once(fact)
            except Conflict:
                self._pause(0.01 * 2 ** min(attempt, 6) * self._jitter())
        raise Unavailable(f"{fact.document} changed under {TRIES} tries of {type(fact).__name__}; deliver it again")

    def _once(self, fact: Fact) -> Unclaimed | None:
        stored = self._documents.read(fact.document)
        record = self._slimmed(fact.document, stored) if stored else None
        known = self._seen(record, fact) if record else Seen.NEW
        if record and known is Seen.APPLIED:
            self.send(record.caused_by(fact))
            return None
        if record and known is Seen.CONFLICT:
            fact = conflicting(fact)
            if self._seen(record, fact) is not Seen.NEW:
                self.send(record.caused_by(fact))
                return None
            decision: Decision[Record] | Unclaimed = self._conflict(record, fact)
        else:
            decision = self._decide(record, fact)
        if isinstance(decision, Unclaimed):
            return decision
        self._commit(fact, decision, stored.etag if stored else None)
        return None

    def _slimmed(self, key: str, stored: Stored) -> Record:
        return slim(wire.decode_record(key, stored.data), key, len(stored.data), self._ledgers)

    def _seen(self, record: Record, fact: Fact) -> Seen:
        known = seen(record, fact)
        return recalled(record, fact.document, fact, self._ledgers) if known is Seen.NEW else known

    def _conflict(self, record: Record, fact: Fact) -> Decision[Record]:
        return commit(fact.document, record.stage, conflict(record, fact), fact, self._clock.now())

    def _decide(self, record: Record | None, fact: Fact) -> Decision[Record] | Unclaimed:
        now = self._clock.now()
        if isinstance(fact, ImageFact):
            return _widened(images.decide(record if isinstance(record, Image) else None, fact, now))
        if isinstance(fact, ExceptionFact):
            known = record if isinstance(record, PackageException) else None
            return _widened(exceptions.decide(known, fact, now))
        if isinstance(fact, ModelFact):
            return _widened(watching.decide(record if isinstance(record, Watch) else None, fact, now))
        if isinstance(fact, DatasetFact):
            return _widened(data_arriving.decide(record if isinstance(record, Dataset) else None, fact, now))
        assert isinstance(fact, ReleaseFact)
        release = record if isinstance(record, Release) else None
        policy = None
        if release is None and isinstance(fact, ModelRegistered):
            try:
                policy = self._policy_for(fact)
            except Malformed as problem:
                return Unclaimed(f"no policy can judge {fact.model}:{fact.version}: {problem}")
        decision = lifecycle.decide(release, fact, policy, now)
        return _widened(decision) if decision else Unclaimed(f"no release {fact.model}:{fact.version} is registered")

    def _commit(self, fact: Fact, decision: Decision[Record], etag: str | None) -> None:
        record = decision.record
        try:
            self._documents.write(fact.document, wire.encode_record(record), etag, labels(record))
        except Unavailable as doubt:
            raise Conflict(f"the write of {fact.document} may have landed: {doubt}") from doubt
        entry = record.ledger[-1]
        log.info("%s %s → %s: %s", entry.fact, entry.before or "new", entry.after, entry.sentence)
        self.send(decision.orders)

    def send(self, orders: Sequence[Order], attempt: str = "0") -> None:
        """Send `orders` to their lanes; the same `attempt` twice is one message. Raises Unavailable."""
        lanes: dict[str, list[Message]] = defaultdict(list)
        for order in orders:
            message = Message(
                body=wire.encode_errand(wire.Errand(order=order)),
                id=order.message_id(attempt),
                not_before=order.not_before,
            )
            lanes[order.lane].append(message)
        for lane, messages in lanes.items():
            self._bus.send(lane, messages)

    def sweep(self, every_seconds: float) -> int:
        """Send again what is overdue; how many orders that were. Safe to run twice at once.

        Two sweeps within the same `every_seconds` send the same message ids, so the broker keeps one.
        """
        now, repaired = self._clock.now(), 0
        for folder in wire.RECORDS:
            for key, marks in listed(self._documents, folder):
                if marks.get("overdue") and float(marks["overdue"]) <= now:
                    repaired += self._repaired(key, now, f"sweep {int(now // every_seconds)}")
        return repaired

    def _repaired(self, key: str, now: float, attempt: str) -> int:
        try:
            return self._resend(key, now, attempt)
        except Malformed as problem:
            log.error("the sweep passed over %s, which can not be read: %s", key, problem)
            return 0

    def _resend(self, key: str, now: float, attempt: str) -> int:
        stored = self._documents.read(key)
        if stored is None:
            return 0
        record = wire.decode_record(key, stored.data)
        overdue = [order for order in record.outstanding if overdue_at(order) <= now]
        self.send(overdue, attempt)
        for order in overdue:
            log.warning("swept %s of %s, overdue since %.0f", type(order).__name__, key, overdue_at(order))
        return len(overdue)


def _widened[R: Record](decision: Decision[R]) -> Decision[Record]:
    return Decision(record=decision.record, orders=decision.orders)
