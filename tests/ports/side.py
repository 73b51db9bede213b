"""What a claim about the ports may use: the ports themselves, and the world on their other side."""

import uuid
from collections.abc import Mapping
from typing import Protocol

from shared.core.evidence import ImageReference
from shared.core.facts import BlobVersion
from shared.ledgers import Ledgers
from shared.ports import (
    Bodies,
    Bus,
    DataAssets,
    DataBlobs,
    DeploymentSpec,
    Documents,
    Endpoints,
    Images,
    Jobs,
    Models,
    Notices,
    Quarantine,
)

GOOD_SAMPLE = b'{"input_data": [[1.0, 3.0, 2.0]]}'


class Side(Protocol):
    """One set of adapters with their outside; the same claims hold on every side."""

    @property
    def documents(self) -> Documents:
        """State."""

    @property
    def ledgers(self) -> Ledgers:
        """Exported ledgers."""

    @property
    def bodies(self) -> Bodies:
        """Claim checks and evidence."""

    @property
    def quarantine(self) -> Quarantine:
        """What did not count."""

    @property
    def bus(self) -> Bus:
        """Queues."""

    @property
    def models(self) -> Models:
        """The model registry."""

    @property
    def images(self) -> Images:
        """The container registry."""

    @property
    def endpoints(self) -> Endpoints:
        """Online endpoints."""

    @property
    def jobs(self) -> Jobs:
        """Jobs."""

    @property
    def notices(self) -> Notices:
        """The news."""

    @property
    def data(self) -> DataBlobs:
        """The storage in which data arrives."""

    @property
    def assets(self) -> DataAssets:
        """The register of data assets."""

    @property
    def registry(self) -> str:
        """The login server of the one trusted registry."""

    @property
    def registrant(self) -> str:
        """Who registers the models of `put_model`."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass."""

    def settle(self, endpoint: str) -> None:
        """Wait until nothing about the endpoint is under way; raises AssertionError when that takes too long."""

    def take(self, queue: str, count: int) -> list[bytes]:
        """Take what can be received from the queue now, waiting for `count` bodies; more are given, too."""

    def take_beside(self, queue: str) -> Mapping[str, str]:
        """Take one message from the queue; the properties beside its body."""

    def put_model(
        self,
        name: str,
        version: str,
        files: Mapping[str, bytes],
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Register a model version with its files (bodies by path)."""

    def upload_data(self, path: str, body: bytes) -> BlobVersion:
        """Upload a blob into the container `landing`, as a sender of data does."""

    def data_at(self, container: str, path: str) -> bytes | None:
        """What lies in a container, None for nothing."""

    def asset_place(self, name: str, version: str) -> str:
        """Where the register says that the data asset lies."""

    def put_environment(self, environment: str, image: str) -> None:
        """Register the environment `name:version` on an image."""

    def put_built_environment(self, environment: str) -> None:
        """Register the environment `name:version` as packages for which the service builds an image."""

    def push_image(self, repository: str, tag: str) -> ImageReference:
        """Push an image of its own for the tag."""

    def spec(self, endpoint: str, name: str, *, sound: bool = True) -> DeploymentSpec:
        """A deployment that comes up; or fails, unless it is `sound`."""

    def put_component(self, inputs: Mapping[str, str], program: str) -> str:
        """Register a command component with inputs (types by name) that runs a program; its `name:version`."""

    def wait_for_job(self) -> None:
        """Let a job come to its end, or nearer to it."""

    def runs_of(self, job: str) -> int:
        """How often a job of that name was started."""

    def heard(self) -> list[bytes]:
        """Every event that the listener of the notices got."""

    def quarantined(self, case: str) -> tuple[bytes, str, str, float]:
        """Body, reason, source and time (seconds since the epoch) of a quarantine case."""


def unique(prefix: str = "t") -> str:
    """A name that nobody else uses, allowed for models, endpoints, repositories and keys."""
    return f"{prefix}{uuid.uuid4().hex[:12]}"
