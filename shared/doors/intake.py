"""The front door: what comes from outside becomes facts on the one queue, or lies in quarantine with its reason."""

import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from shared import telemetry
from shared.contracts import wire
from shared.contracts.envelopes import parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.model_events import model_fact
from shared.contracts.monitoring import azureml_events
from shared.core.facts import Fact
from shared.core.identity import digest_of
from shared.ports import Bodies, Bus, Clock, Message, Quarantine

MODEL_EVENTS, REGISTRY_EVENTS, SCAN_RESULTS, FACTS = "model-events", "registry-events", "scan-results", "facts"
SIGNALS = "monitoring-signals"
READ = {SCAN_RESULTS: ("image",)}
"""The properties of a message that a queue's door reads, by queue."""
LONGEST_PROPERTY = 512

log = logging.getLogger("gatehouse.intake")


class Intake:
    """Durable once it returns: every body is told as facts, or kept with the reason why not."""

    def __init__(self, bus: Bus, bodies: Bodies, quarantine: Quarantine, clock: Clock) -> None:
        self._bus, self._bodies, self._quarantine, self._clock = bus, bodies, quarantine, clock

    def tell(self, facts: Iterable[Fact]) -> None:
        """Put `facts` on the facts queue; raises Unavailable.

        The broker's duplicate detection may merge only what Gatehouse itself says twice. What comes from outside gets
        an id of its own each time: the ledger knows the fact, and tells a repetition from a conflict.
        """
        self._bus.send(FACTS, [Message(body=wire.encode_fact(fact), id=self._message_id(fact)) for fact in facts])

    def _message_id(self, fact: Fact) -> str:
        return digest_of([fact.id, fact.body, self._clock.now()]) if fact.body else fact.id

    def refuse(
        self,
        body: bytes,
        reason: str,
        source: str,
        door: str = "",
        properties: Mapping[str, object] = MappingProxyType({}),
    ) -> str:
        """Keep `body` in quarantine; the id of the case. Raises Unavailable.

        `door` is the queue to which an operator may send it again, "" for none; of the message's `properties` those
        are kept that this door reads, the first 512 characters of each.
        """
        beside = {name: str(properties[name])[:LONGEST_PROPERTY] for name in READ.get(door, ()) if properties.get(name)}
        case = self._quarantine.keep(body, reason, source, self._clock.now(), door, properties=beside)
        log.warning("quarantined %s from %s: %s", case, source, reason)
        telemetry.count(telemetry.CASES, door=door)
        return case

    def model_events(self, body: bytes) -> None:
        """Events about models, one or many; a bad one never holds up its neighbours. Raises Unavailable."""
        try:
            events = parse_events(body)
        except Malformed as problem:
            self.refuse(body, str(problem), MODEL_EVENTS, MODEL_EVENTS)
            return
        for event in events:
            if isinstance(event, Malformed):
                self.refuse(body, str(event), MODEL_EVENTS, MODEL_EVENTS)
                continue
            if azureml_events.owns(event):
                self.pass_on(SIGNALS, event.canonical())
                continue
            fact = model_fact(event)
            if isinstance(fact, Malformed):
                self.refuse(event.canonical(), str(fact), MODEL_EVENTS, MODEL_EVENTS)
            elif isinstance(fact, Ignored):
                log.info("ignored: %s", fact.reason)
            else:
                self._bodies.keep(event.canonical())
                self.tell([fact])

    def pass_on(self, queue: str, body: bytes) -> None:
        """Put a body that came by another door on `queue`, under an id of its own each time; raises Unavailable."""
        self._bus.send(queue, [Message(body=body, id=digest_of([queue, body.hex(), self._clock.now()]))])

    def scan_report(self, body: bytes, image: str = "", received_at: float | None = None) -> None:
        """One document about an image: a scanner's report, a VEX document or a bill of materials. Raises Unavailable.

        The document itself is kept as evidence. `image` is what the sender says beside it, repository@sha256:… or
        sha256:…; `received_at` (seconds since the epoch) is when it came, the present when that is not known.
        """
        from shared.contracts import image_documents

        try:
            facts = image_documents.facts_of(body, image, self._clock.now() if received_at is None else received_at)
        except Malformed as problem:
            self.refuse(body, str(problem), SCAN_RESULTS, SCAN_RESULTS, {"image": image})
            return
        self._bodies.keep(body)
        self.tell(facts)
