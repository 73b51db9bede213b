"""The HTTP doors of registries and Event Grid, without HTTP: what proves its sender is kept before it is answered."""

import hashlib
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared import telemetry
from shared.asking import Refused, Reply, said
from shared.contracts import databricks, handshake, mlflow, model_events
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.malformed import Malformed
from shared.contracts.registries import acr
from shared.core.identity import digest_of
from shared.doors.intake import MODEL_EVENTS, REGISTRY_EVENTS, SIGNALS, Intake
from shared.doors.webhook_senders import AZURE_MONITOR, EVENT_GRID, PROOFS, Delivery, Trust, authenticate
from shared.ports import Bus, Clock, Impossible, Message, Unavailable

LARGEST = 1_048_576
RETRY_SECONDS = "30"
_JSON = re.compile(r"application/([\w.-]+\+)?json *(; *charset=\"?utf-?8\"? *)?", re.IGNORECASE)

log = logging.getLogger("gatehouse.webhooks")


class Webhooks:
    """Answers 2xx only for what is durable: on a queue, or in quarantine with the reason."""

    def __init__(self, bus: Bus, intake: Intake, clock: Clock, trust: Trust) -> None:
        self._bus, self._intake, self._clock, self._trust = bus, intake, clock, trust

    def receive(self, delivery: Delivery) -> Reply:
        """Take one delivery.

        401 without a proof of the sender; 400, 403, 405, 413 and 415 for what no sender of ours sends; 404 for an
        unknown sender; 503 for trouble of ours, after which the sender shall try again. Never raises Unavailable.
        """
        door = delivery.sender if delivery.sender in PROOFS else "unknown"
        try:
            reply = self._taken(delivery)
        except Refused as refusal:
            reply = _refused(refusal, door)
        except Unavailable as problem:
            reply = _refused(Refused(503, "it could not be kept; send it again"), door)
            log.warning("a delivery of %s could not be kept: %s", door, problem)
        if reply.code >= 400:
            telemetry.count(telemetry.REFUSED, door=door, code=str(reply.code))
        else:
            telemetry.count(telemetry.ACCEPTED, door=door)
        return reply

    def _taken(self, delivery: Delivery) -> Reply:
        if delivery.sender not in PROOFS:
            raise Refused(404, f"there are webhooks for {', '.join(PROOFS)}")
        if delivery.method == "OPTIONS" and delivery.sender == EVENT_GRID:
            return Reply(200, {}, handshake.abuse_answer(delivery.headers))
        _check_form(delivery)
        authenticate(delivery, self._trust, self._clock.now())
        if delivery.sender == EVENT_GRID:
            return self._event_grid(delivery)
        if delivery.sender in ("mlflow", "databricks"):
            return self._model_webhook(delivery)
        queue = SIGNALS if delivery.sender == AZURE_MONITOR else REGISTRY_EVENTS
        return self._kept(queue, delivery.body, delivery)

    def _model_webhook(self, delivery: Delivery) -> Reply:
        """Put it on the queue as a CloudEvent, whose id is the sender's, so that the ledger knows a repetition."""
        try:
            event = (
                mlflow.enveloped(delivery.body, delivery.headers["x-mlflow-delivery-id"])
                if delivery.sender == "mlflow"
                else databricks.enveloped(delivery.body)
            )
        except Malformed as problem:
            return self._quarantined(delivery.body, str(problem), delivery.sender)
        return self._kept(MODEL_EVENTS, _json(event), delivery)

    def _event_grid(self, delivery: Delivery) -> Reply:
        try:
            events = parse_events(delivery.body)
        except Malformed as problem:
            return self._quarantined(delivery.body, str(problem), EVENT_GRID)
        if handshake.validates(delivery.headers, events):
            return self._validation(events)
        for event in events:
            self._refuse_unknown(event, delivery.body)
        for queue in (MODEL_EVENTS, REGISTRY_EVENTS):
            elements = [event.element for event in events if _queue_of(event) == queue and isinstance(event, Event)]
            if elements:
                self._kept(queue, _json(elements), delivery)
        return Reply(200, {"accepted": len(events)})

    def _validation(self, events: list[Event | Malformed]) -> Reply:
        try:
            return Reply(200, handshake.validation_answer(events, self._trust.topics))
        except Malformed as problem:
            raise Refused(400, str(problem)) from problem
        except handshake.Foreign as problem:
            raise Refused(403, str(problem)) from problem

    def _refuse_unknown(self, event: Event | Malformed, body: bytes) -> None:
        if isinstance(event, Malformed):
            self._quarantined(body, str(event), EVENT_GRID)
        elif event.type == handshake.DELETION:
            log.info("ignored: a subscription of Event Grid to this door was deleted")
        elif not _queue_of(event):
            reason = f"events of type {event.type[:100]!r} are taken by no queue; filter the subscription by type"
            self._quarantined(event.canonical(), reason, EVENT_GRID)

    def _kept(self, queue: str, body: bytes, delivery: Delivery) -> Reply:
        """Put `body` on the queue under an id of its own each time; what no message can hold lies in quarantine."""
        name = digest_of([delivery.sender, hashlib.sha256(body).hexdigest(), self._clock.now()])
        try:
            self._bus.send(queue, [Message(body=body, id=name)])
        except Impossible as problem:
            return self._quarantined(body, str(problem), delivery.sender)
        return Reply(200, {"accepted": 1})

    def _quarantined(self, body: bytes, reason: str, sender: str) -> Reply:
        return Reply(200, {"quarantined": self._intake.refuse(body, reason, f"webhooks/{sender}")})


def is_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON in UTF-8, by itself or as the syntax of another type (`+json`)."""
    return _JSON.fullmatch(content_type) is not None


def _check_form(delivery: Delivery) -> None:
    """Nothing for a POST of plain JSON of at most 1 MiB; raises Refused."""
    if delivery.method != "POST":
        raise Refused(405, f"{delivery.sender} posts")
    if delivery.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise Refused(415, "send the body without compression")
    if not is_json(delivery.headers.get("content-type", "")):
        raise Refused(415, "send JSON in UTF-8, and say so in Content-Type")
    if len(delivery.body) > LARGEST:
        raise Refused(413, f"the body has {len(delivery.body)} bytes, more than the {LARGEST} allowed")


def _refused(refusal: Refused, door: str) -> Reply:
    more = {405: {"Allow": "OPTIONS, POST" if door == EVENT_GRID else "POST"}, 503: {"Retry-After": RETRY_SECONDS}}
    log.warning("refused a delivery of %s with %d: %s", door, refusal.code, refusal)
    return replace(said(refusal), headers=more.get(refusal.code, {}))


def _queue_of(event: Event | Malformed) -> str:
    if isinstance(event, Malformed):
        return ""
    if model_events.owns(event):
        return MODEL_EVENTS
    return REGISTRY_EVENTS if acr.owns(event) else ""


def _json(value: dict[str, Any] | Sequence[dict[str, Any]]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
