"""What others' monitors say: placed with the model that is meant and told, or kept with the reason why not."""

import logging
from collections.abc import Mapping

from shared.contracts import wire
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring import Heard, hear
from shared.contracts.monitoring.signals import About, Signal
from shared.core.facts import DriftSignalled
from shared.core.identity import digest_of, endpoint_key, fact_id, watch_key
from shared.core.watch_policy import DAY
from shared.doors.intake import SIGNALS, Intake
from shared.ports import Bodies, Documents, Unavailable

log = logging.getLogger("gatehouse.signals")


class Signals:
    """Works the queue monitoring-signals and the hub monitoring-alerts.

    `workspace` is the one whose endpoints are ours; `monitors` maps names of monitors in lower case to models.
    """

    def __init__(
        self, intake: Intake, documents: Documents, bodies: Bodies, *, workspace: str, monitors: Mapping[str, str]
    ) -> None:
        self._intake, self._documents, self._bodies = intake, documents, bodies
        self._workspace, self._monitors = workspace, monitors

    def take(self, body: bytes, received_at: float) -> None:
        """Tell what one body says, which came at `received_at` (seconds since the epoch); a bad record hides no other.

        Raises Unavailable.
        """
        try:
            every = hear(body)
        except Malformed as problem:
            self._refuse(body, problem)
            return
        for heard in every:
            self._follow(heard, received_at)

    def take_from_hub(self, body: bytes, received_at: float) -> None:
        """Tell what one event of a hub says, like `take`; what our own code fails on goes to the queue instead.

        A hub would bring it again for ever, and nothing behind it. The queue gives up, and keeps it as a dead letter.
        """
        try:
            self.take(body, received_at)
        except Unavailable:
            raise
        except Exception:
            log.exception("an event of the hub can not be taken; it goes to the queue %s", SIGNALS)
            self._intake.pass_on(SIGNALS, body)

    def _follow(self, heard: Heard, received_at: float) -> None:
        if isinstance(heard.outcome, Ignored):
            log.info("ignored: %s", heard.outcome.reason)
            return
        try:
            if isinstance(heard.outcome, Malformed):
                raise heard.outcome
            model = self._model_of(heard.outcome.about)
        except Malformed as problem:
            self._refuse(heard.body, problem)
            return
        self._intake.tell([_fact(heard.outcome, model, self._bodies.keep(heard.body), received_at)])

    def _model_of(self, about: About) -> str:
        """The model that is meant: the one named, the one of the monitor, or the one that the endpoint serves.

        Raises Malformed when there is none, or when no version of it was ever live; raises Unavailable.
        """
        model = about.model or self._of_monitor(about) or self._of_endpoint(about)
        if not model:
            named = ", ".join(filter(None, (about.endpoint, *about.monitors)))[:200] or "nothing"
            raise Malformed(
                f"it speaks of {named}, which is no model here: name its model in a label 'model' or in "
                "MONITORED_MODELS, then send it again"
            )
        if self._documents.read(watch_key(model)) is None:
            raise Malformed(f"no version of model {model[:200]!r} was ever live; send it again once one is")
        return model

    def _of_monitor(self, about: About) -> str:
        return next(filter(None, (self._monitors.get(name.lower()) for name in about.monitors)), "")

    def _of_endpoint(self, about: About) -> str:
        """The model that our endpoint of that name serves; Azure writes names in capitals at some places."""
        if about.workspace and about.workspace.lower() != self._workspace.lower():
            return ""
        for name in dict.fromkeys(filter(None, (about.endpoint, about.endpoint.lower()))):
            if stored := self._documents.read(endpoint_key(name)):
                return wire.decode_endpoint(stored.data).model
        return ""

    def _refuse(self, body: bytes, problem: Malformed) -> None:
        self._intake.refuse(body, str(problem), SIGNALS, SIGNALS)


def _fact(signal: Signal, model: str, body: str, received_at: float) -> DriftSignalled:
    """The fact; a source that gives its reports no name tells each of them once a day, however often it sends it."""
    identity = signal.identity or (body, str(int(received_at // DAY)))
    return DriftSignalled(
        id=fact_id("signal", signal.source, digest_of(identity)),
        at=received_at,
        body=body,
        actor=signal.source,
        model=model,
        source=signal.source,
        signal=signal.name,
        features=signal.features,
        observed=dict(signal.observed),
        resolved=signal.resolved,
    )
