"""The composition root: what serves events and timers is built once on the wired adapters, on first use."""

from functools import cache
from typing import TYPE_CHECKING, Any

from shared.adapters import wired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.asking import Reply
    from shared.doors.arrivals import Arrivals
    from shared.doors.dead_letters import DeadLetters
    from shared.doors.intake import Intake
    from shared.doors.pipeline import Pipeline
    from shared.doors.registry_hints import RegistryHints
    from shared.doors.rescans import Rescans
    from shared.doors.serving import Serving
    from shared.doors.serving_data import ServingData
    from shared.doors.signals import Signals
    from shared.doors.sweeping import Sweeping
    from shared.doors.webhooks import Webhooks
    from shared.engine import Engine
    from shared.people.watches import Watches

clock = wired.clock


@cache
def intake() -> "Intake":
    """What turns bodies into facts."""
    from shared.doors.intake import Intake

    return Intake(wired.bus(), wired.bodies(), wired.quarantine(), wired.clock())


@cache
def engine() -> "Engine":
    """What applies facts."""
    import random
    import time

    from shared.engine import Engine

    return Engine(
        documents=wired.documents(),
        ledgers=wired.ledgers(),
        bus=wired.bus(),
        clock=wired.clock(),
        policy_for=wired.policies().policy_for,
        pause=time.sleep,
        jitter=random.random,
    )


@cache
def pipeline() -> "Pipeline":
    """What decides facts and performs orders."""
    from shared.doors.pipeline import Pipeline

    return Pipeline(
        engine=engine(),
        world=wired.world(),
        intake=intake(),
        bus=wired.bus(),
        bodies=wired.bodies(),
        clock=wired.clock(),
    )


@cache
def serving() -> "Serving":
    """What counts serving telemetry."""
    import time

    from shared.doors.serving import Serving

    return Serving(
        wired.documents(),
        intake(),
        wired.clock(),
        window_seconds=wired.settings().window_seconds,
        pause=time.sleep,
        data=_serving_data,
    )


@cache
def _serving_data() -> "ServingData":
    import time

    from shared.doors.serving_data import ServingData
    from shared.inference import InferenceData

    data = InferenceData(wired.documents(), wired.bodies())
    return ServingData(wired.documents(), data, window_seconds=wired.settings().data_window_seconds, pause=time.sleep)


@cache
def arrivals() -> "Arrivals":
    """What turns events of storage into facts about datasets."""
    from shared.doors.arrivals import Arrivals

    return Arrivals(intake(), wired.bodies(), wired.data_blobs(), wired.dataset_policies().policies)


def export_ledgers() -> int:
    """Export what is new in every ledger; how many entries that were."""
    from shared.histories import export_all

    return export_all(wired.documents(), wired.ledgers())


@cache
def rescans() -> "Rescans":
    """What watches over old scans."""
    from shared.doors.rescans import Rescans

    return Rescans(wired.documents(), intake(), wired.clock())


@cache
def watches() -> "Watches":
    """What shows the watches over live models, and says what of them is due."""
    from shared.people.watches import Watches

    return Watches(wired.documents(), wired.ledgers(), intake(), wired.clock())


@cache
def dead_letters() -> "DeadLetters":
    """What keeps the messages that the broker gave up on."""
    from shared.doors.dead_letters import DeadLetters

    return DeadLetters(intake())


@cache
def sweeping() -> "Sweeping":
    """What repairs on the timer."""
    from shared.doors.sweeping import Sweeping

    return Sweeping(engine(), wired.documents(), wired.clock())


@cache
def registry_hints() -> "RegistryHints":
    """What follows the hints of registries."""
    from shared.doors.registry_hints import RegistryHints

    return RegistryHints(intake(), wired.images(), wired.bodies(), wired.settings().registry)


@cache
def signals() -> "Signals":
    """What places the signals of others' monitors."""
    from shared.doors.signals import Signals

    ours, monitors = wired.settings().workspace, wired.settings().monitored_models
    return Signals(intake(), wired.documents(), wired.bodies(), workspace=ours, monitors=monitors)


@cache
def _webhooks() -> "Webhooks":
    from shared.doors.webhook_senders import Trust
    from shared.doors.webhooks import Webhooks

    trust = Trust(
        secrets=wired.settings().webhook_secrets,
        topics=wired.settings().event_grid_topics,
        tenant=wired.settings().event_grid_tenant,
        authenticated=wired.settings().authenticated,
    )
    return Webhooks(wired.bus(), intake(), wired.clock(), trust)


def received(
    sender: str, method: str, headers: "Mapping[str, str]", query: "Mapping[str, str]", body: bytes
) -> "Reply":
    """What a webhook's sender is answered; settings of ours that are missing are trouble of ours, 503."""
    from shared.asking import Reply
    from shared.doors.webhook_senders import Delivery
    from shared.settings import Unset

    try:
        door = _webhooks()
    except Unset as problem:
        return Reply(503, {"refused": str(problem)}, {"Retry-After": "30"})
    return door.receive(Delivery(sender=sender, method=method, headers=headers, query=query, body=body))


def health() -> dict[str, Any]:
    """What the app depends on, each `ok` or a sentence on what is wrong; never raises for a dependency's fault.

    `last_sweep` says when the sweep last ended and how much it repaired, None before the first.
    """
    from shared.contracts.malformed import Malformed
    from shared.doors.sweeping import last_sweep, shown
    from shared.ports import Unavailable
    from shared.settings import Unset

    try:
        wired.settings()
        last = last_sweep(wired.documents())
    except (Unset, Unavailable, Malformed, ValueError) as problem:
        return {"settings and storage": str(problem)}
    return {"settings": "ok", "storage": "ok", "last_sweep": shown(last)}
