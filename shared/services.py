"""The composition root: everything is built once, on first use, so that importing it costs nothing."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.storage.blob import ContainerClient

    from shared.adapters.blobs import BlobBodies, BlobDocuments
    from shared.adapters.data_blobs import StorageBlobs
    from shared.adapters.ledgers import BlobLedgers
    from shared.adapters.quarantine import BlobQuarantine
    from shared.adapters.registry import ContainerRegistry
    from shared.adapters.servicebus import ServiceBus
    from shared.arrivals import Arrivals
    from shared.asking import Reply
    from shared.custody import Custody
    from shared.dataset_stories import DatasetStories
    from shared.dead_letters import DeadLetters
    from shared.engine import Engine
    from shared.exceptions import Exceptions
    from shared.image_stories import ImageStories
    from shared.intake import Intake
    from shared.labels import Labels
    from shared.operators import Operators
    from shared.packages import Packages
    from shared.people import People
    from shared.performers.world import World
    from shared.pipeline import Pipeline
    from shared.ports import Clock
    from shared.registry_hints import RegistryHints
    from shared.rescans import Rescans
    from shared.serving import Serving
    from shared.serving_data import ServingData
    from shared.settings import Settings
    from shared.signals import Signals
    from shared.sweeping import Sweeping
    from shared.waivers import Waivers
    from shared.watches import Watches
    from shared.webhooks import Webhooks

STATE, LEDGERS, CLAIMS, QUARANTINE, POLICIES = "state", "ledgers", "claims", "quarantine", "policies"


@cache
def settings() -> "Settings":
    """The settings of this process; raises Unset."""
    import os

    from shared.settings import read

    return read(os.environ)


@cache
def _container(name: str) -> "ContainerClient":
    from shared.adapters.blobs import connect

    return connect(settings().state_storage).get_container_client(name)


@cache
def clock() -> "Clock":
    """The one clock."""
    from shared.adapters.clock import SystemClock

    return SystemClock()


@cache
def documents() -> "BlobDocuments":
    """Where releases, images, endpoints and windows are kept."""
    from shared.adapters.blobs import BlobDocuments

    return BlobDocuments(_container(STATE))


@cache
def ledgers() -> "BlobLedgers":
    """Where ledgers are exported to."""
    from shared.adapters.ledgers import BlobLedgers

    return BlobLedgers(_container(LEDGERS))


@cache
def _bodies() -> "BlobBodies":
    from shared.adapters.blobs import BlobBodies

    return BlobBodies(_container(CLAIMS))


@cache
def _quarantine() -> "BlobQuarantine":
    from shared.adapters.quarantine import BlobQuarantine

    return BlobQuarantine(_container(QUARANTINE))


@cache
def _images() -> "ContainerRegistry":
    from shared.adapters.registry import ContainerRegistry

    return ContainerRegistry(settings())


@cache
def bus() -> "ServiceBus":
    """The queues."""
    from shared.adapters.servicebus import ServiceBus

    return ServiceBus(settings().service_bus)


@cache
def intake() -> "Intake":
    """What turns bodies into facts."""
    from shared.intake import Intake

    return Intake(bus(), _bodies(), _quarantine(), clock())


@cache
def packages() -> "Packages":
    """What people ask about packages."""
    from shared.adapters.policies import PolicyShelf
    from shared.packages import Packages

    policy_for = PolicyShelf(_container(POLICIES)).policy_for
    return Packages(documents(), clock(), policy_for, authenticated=settings().authenticated)


@cache
def exceptions() -> "Exceptions":
    """What people ask and say about exceptions for packages."""
    from shared.adapters.policies import PolicyShelf
    from shared.exceptions import Exceptions

    policy_for = PolicyShelf(_container(POLICIES)).policy_for
    return Exceptions(documents(), intake(), clock(), policy_for, authenticated=settings().authenticated)


@cache
def engine() -> "Engine":
    """What applies facts."""
    import random
    import time

    from shared.adapters.policies import PolicyShelf
    from shared.engine import Engine

    return Engine(
        documents=documents(),
        ledgers=ledgers(),
        bus=bus(),
        clock=clock(),
        policy_for=PolicyShelf(_container(POLICIES)).policy_for,
        pause=time.sleep,
        jitter=random.random,
    )


@cache
def _data_blobs() -> "StorageBlobs":
    from shared.adapters.data_blobs import StorageBlobs

    return StorageBlobs(settings().data_storage)


@cache
def _world() -> "World":
    from shared.adapters.azureml_data import AzureMLData
    from shared.adapters.azureml_endpoints import AzureMLEndpoints
    from shared.adapters.azureml_jobs import AzureMLJobs
    from shared.adapters.azureml_models import AzureMLModels
    from shared.adapters.webhook import Webhook
    from shared.performers.world import World

    return World(
        documents=documents(),
        bodies=_bodies(),
        quarantine=_quarantine(),
        models=AzureMLModels(settings()),
        images=_images(),
        endpoints=AzureMLEndpoints(settings()),
        notices=Webhook(settings().notify_url),
        jobs=AzureMLJobs(settings()),
        data=_data_blobs(),
        assets=AzureMLData(settings()),
        clock=clock(),
        source=settings().source,
        trusted=settings().trusted_repository,
    )


@cache
def pipeline() -> "Pipeline":
    """What decides facts and performs orders."""
    from shared.pipeline import Pipeline

    return Pipeline(engine=engine(), world=_world(), intake=intake(), bus=bus(), bodies=_bodies(), clock=clock())


@cache
def serving() -> "Serving":
    """What counts serving telemetry."""
    import time

    from shared.serving import Serving

    return Serving(
        documents(),
        intake(),
        clock(),
        window_seconds=settings().window_seconds,
        pause=time.sleep,
        data=_serving_data,
    )


@cache
def _serving_data() -> "ServingData":
    import time

    from shared.inference import InferenceData
    from shared.serving_data import ServingData

    data = InferenceData(documents(), _bodies())
    return ServingData(documents(), data, window_seconds=settings().data_window_seconds, pause=time.sleep)


@cache
def arrivals() -> "Arrivals":
    """What turns events of storage into facts about datasets."""
    from shared.adapters.dataset_policies import DatasetShelf
    from shared.arrivals import Arrivals

    return Arrivals(intake(), _bodies(), _data_blobs(), DatasetShelf(_container(POLICIES)).policies)


@cache
def dataset_stories() -> "DatasetStories":
    """What shows datasets and goes back to earlier versions."""
    from shared.dataset_stories import DatasetStories

    guarded = settings().authenticated
    return DatasetStories(documents(), ledgers(), _bodies(), intake(), clock(), authenticated=guarded)


@cache
def people() -> "People":
    """What people talk to."""
    from shared.people import People

    return People(documents(), ledgers(), intake(), clock(), authenticated=settings().authenticated)


def export_ledgers() -> int:
    """Export what is new in every ledger; how many entries that were."""
    from shared.histories import export_all

    return export_all(documents(), ledgers())


@cache
def operators() -> "Operators":
    """What operators talk to."""
    from shared.operators import Operators

    return Operators(documents(), intake(), clock(), authenticated=settings().authenticated)


@cache
def waivers() -> "Waivers":
    """What takes waivers of findings in images."""
    from shared.waivers import Waivers

    return Waivers(documents(), intake(), clock(), authenticated=settings().authenticated)


@cache
def image_stories() -> "ImageStories":
    """What shows images."""
    from shared.image_stories import ImageStories

    return ImageStories(documents(), ledgers())


@cache
def rescans() -> "Rescans":
    """What watches over old scans."""
    from shared.rescans import Rescans

    return Rescans(documents(), intake(), clock())


@cache
def labels() -> "Labels":
    """What shows items to label, and takes the labels."""
    from shared.labels import Labels

    return Labels(documents(), _bodies(), _data_blobs(), intake(), clock(), authenticated=settings().authenticated)


@cache
def watches() -> "Watches":
    """What shows the watches over live models, and says what of them is due."""
    from shared.watches import Watches

    return Watches(documents(), ledgers(), intake(), clock())


@cache
def custody() -> "Custody":
    """What shows the quarantine and sends its cases again."""
    from shared.custody import Custody

    return Custody(_quarantine(), bus(), clock(), authenticated=settings().authenticated)


@cache
def dead_letters() -> "DeadLetters":
    """What keeps the messages that the broker gave up on."""
    from shared.dead_letters import DeadLetters

    return DeadLetters(intake())


@cache
def sweeping() -> "Sweeping":
    """What repairs on the timer."""
    from shared.sweeping import Sweeping

    return Sweeping(engine(), documents(), clock())


@cache
def registry_hints() -> "RegistryHints":
    """What follows the hints of registries."""
    from shared.registry_hints import RegistryHints

    return RegistryHints(intake(), _images(), _bodies(), settings().registry)


@cache
def signals() -> "Signals":
    """What places the signals of others' monitors."""
    from shared.signals import Signals

    ours, monitors = settings().workspace, settings().monitored_models
    return Signals(intake(), documents(), _bodies(), workspace=ours, monitors=monitors)


@cache
def _webhooks() -> "Webhooks":
    from shared.webhook_senders import Trust
    from shared.webhooks import Webhooks

    trust = Trust(
        secrets=settings().webhook_secrets,
        topics=settings().event_grid_topics,
        tenant=settings().event_grid_tenant,
        authenticated=settings().authenticated,
    )
    return Webhooks(bus(), intake(), clock(), trust)


def received(
    sender: str, method: str, headers: "Mapping[str, str]", query: "Mapping[str, str]", body: bytes
) -> "Reply":
    """What a webhook's sender is answered; settings of ours that are missing are trouble of ours, 503."""
    from shared.asking import Reply
    from shared.settings import Unset
    from shared.webhook_senders import Delivery

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
    from shared.ports import Unavailable
    from shared.settings import Unset
    from shared.sweeping import last_sweep, shown

    try:
        settings()
        last = last_sweep(documents())
    except (Unset, Unavailable, Malformed, ValueError) as problem:
        return {"settings and storage": str(problem)}
    return {"settings": "ok", "storage": "ok", "last_sweep": shown(last)}
