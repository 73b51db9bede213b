"""The adapters, each built once from the settings, on first use, so that importing this costs nothing."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

    from shared.adapters.blobs import BlobBodies, BlobDocuments
    from shared.adapters.data_blobs import StorageBlobs
    from shared.adapters.dataset_policies import DatasetShelf
    from shared.adapters.ledgers import BlobLedgers
    from shared.adapters.policies import PolicyShelf
    from shared.adapters.quarantine import BlobQuarantine
    from shared.adapters.registry import ContainerRegistry
    from shared.adapters.servicebus import ServiceBus
    from shared.performers.world import World
    from shared.ports import Clock
    from shared.settings import Settings

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
def bodies() -> "BlobBodies":
    """Where bytes are kept under their SHA-256."""
    from shared.adapters.blobs import BlobBodies

    return BlobBodies(_container(CLAIMS))


@cache
def quarantine() -> "BlobQuarantine":
    """Where what did not count is kept."""
    from shared.adapters.quarantine import BlobQuarantine

    return BlobQuarantine(_container(QUARANTINE))


@cache
def images() -> "ContainerRegistry":
    """The container registry."""
    from shared.adapters.registry import ContainerRegistry

    return ContainerRegistry(settings())


@cache
def policies() -> "PolicyShelf":
    """The policies that releases are judged by."""
    from shared.adapters.policies import PolicyShelf

    return PolicyShelf(_container(POLICIES))


@cache
def dataset_policies() -> "DatasetShelf":
    """The policies that data is judged by."""
    from shared.adapters.dataset_policies import DatasetShelf

    return DatasetShelf(_container(POLICIES))


@cache
def bus() -> "ServiceBus":
    """The queues."""
    from shared.adapters.servicebus import ServiceBus

    return ServiceBus(settings().service_bus)


@cache
def data_blobs() -> "StorageBlobs":
    """Where data arrives."""
    from shared.adapters.data_blobs import StorageBlobs

    return StorageBlobs(settings().data_storage)


@cache
def world() -> "World":
    """All that performers need."""
    from shared.adapters.azureml_data import AzureMLData
    from shared.adapters.azureml_endpoints import AzureMLEndpoints
    from shared.adapters.azureml_jobs import AzureMLJobs
    from shared.adapters.azureml_models import AzureMLModels
    from shared.adapters.webhook import Webhook
    from shared.performers.world import World

    return World(
        documents=documents(),
        bodies=bodies(),
        quarantine=quarantine(),
        models=AzureMLModels(settings()),
        images=images(),
        endpoints=AzureMLEndpoints(settings()),
        notices=Webhook(settings().notify_url),
        jobs=AzureMLJobs(settings()),
        data=data_blobs(),
        assets=AzureMLData(settings()),
        clock=clock(),
        source=settings().source,
        trusted=settings().trusted_repository,
    )
