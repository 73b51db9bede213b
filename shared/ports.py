"""What the engine and the performers need from the world, in their own words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from shared.core.evidence import ImageReference
from shared.core.facts import BlobVersion


class Conflict(Exception):
    """Somebody else wrote the document first; read it again."""


class Unavailable(Exception):
    """A service did not answer or is overloaded; the same may work later."""


class Impossible(Exception):
    """A service refused what was asked for; asking again will not help."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it is kept, and the tag that a conditional write must name.

    `age` is how many seconds ago it was written, by the storage's own clock and in whole seconds.
    """

    data: bytes
    etag: str
    age: float


class Documents(Protocol):
    """JSON documents with conditional writes."""

    def read(self, key: str) -> Stored | None:
        """The document, or None; raises Unavailable."""

    def write(self, key: str, data: bytes, etag: str | None, labels: Mapping[str, str] | None = None) -> None:
        """Write over exactly `etag`, or create when it is None; raises Conflict, or Unavailable when unsure."""

    def labelled(self, prefix: str) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Every key under `prefix` with the labels of its last write; raises Unavailable."""


class Bodies(Protocol):
    """Bytes kept for ever under their SHA-256: claim checks, reports, bodies of events."""

    def keep(self, body: bytes) -> str:
        """Keep `body`; its SHA-256 (64 hex characters). Keeping twice is free. Raises Unavailable."""

    def read(self, digest: str) -> bytes:
        """The bytes; raises Impossible when they are not there, Unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """Who sent a case again (directory object id and name), and when in seconds since the epoch.

    `properties` are those that this person gave, in place of what came with the case.
    """

    person: str
    name: str
    at: float
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A payload of `size` bytes that did not count, and why; `at` is the last time it came.

    `door` is the queue it came by, "" when it cannot be sent again; `redriven` tells of each time that it was.
    `properties` came with the payload, as many as its door reads.
    """

    id: str
    source: str
    door: str
    reason: str
    at: float
    sha256: str
    size: int
    redriven: tuple[Redrive, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


class Quarantine(Protocol):
    """Where payloads that did not count lie with their reasons."""

    def keep(
        self,
        body: bytes,
        reason: str,
        source: str,
        at: float,
        door: str = "",
        *,
        properties: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Keep `body`, why and from where, and its `properties`; the id of the case. Raises Unavailable.

        The same body, reason, source and properties are the same case. One that comes again has the new time, and
        still tells when it was sent again.
        """

    def newest(self, limit: int) -> Sequence[Case]:
        """At most `limit` cases, the one that came last first; raises Unavailable."""

    def case(self, case: str) -> Case | None:
        """The case of that id, or None; raises Unavailable."""

    def body(self, case: Case, limit: int = 0) -> bytes:
        """The bytes, or the first `limit` of them where that is above 0; raises Impossible, Unavailable."""

    def redriven(self, case: str, redrive: Redrive) -> None:
        """Add to the case that it was sent again; raises Conflict, Impossible for an unknown one, Unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to send: `id` for duplicate detection, `not_before` in seconds since the epoch, 0 for now.

    `properties` travel beside the body.
    """

    body: bytes
    id: str
    not_before: float = 0.0
    properties: Mapping[str, str] = field(default_factory=dict)


class Bus(Protocol):
    """Queues with at-least-once delivery."""

    def send(self, queue: str, messages: Sequence[Message]) -> None:
        """Send all; raises Unavailable when it is not sure that all were accepted, Impossible for one too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """A model version as its registry knows it; `path` names its folder, `created_by` who registered it."""

    path: str
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobView:
    """One file of a model: path inside its folder, size in bytes, checksum or tag of its content."""

    path: str
    size: int
    checksum: str


class Models(Protocol):
    """The model registry and the storage behind it."""

    def model(self, name: str, version: str) -> ModelView | None:
        """The model version, or None; raises Unavailable."""

    def image_of(self, environment: str) -> str | None:
        """The image that the environment `name:version` names, or None; raises Unavailable."""

    def files(self, path: str, limit: int) -> Sequence[BlobView]:
        """At most `limit` files of the model folder `path`; raises Impossible for a path of elsewhere, Unavailable."""

    def read(self, path: str, file: str, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of one file from `offset` on; raises Impossible when it is not there, Unavailable."""


class DataBlobs(Protocol):
    """The blobs of the one storage account in which data arrives; every change names the content that it is about."""

    @property
    def account(self) -> str:
        """The name of the account."""

    def look(self, blob: BlobVersion) -> BlobVersion | None:
        """The blob as it is now, with etag and size, or None; raises Unavailable."""

    def read(self, blob: BlobVersion, limit: int, offset: int = 0) -> bytes:
        """At most `limit` bytes of exactly that content from `offset` on.

        Raises Conflict when that content is not there any more, Impossible for a container that is not, Unavailable.
        """

    def copy(self, blob: BlobVersion, container: str, path: str) -> BlobVersion | None:
        """Exactly that content at another place of the account; None while the copy is only started.

        Copying twice is one copy. Raises Conflict when that content is not there any more, Impossible for a container
        that is not and where another content lies at that place, Unavailable.
        """

    def remove(self, blob: BlobVersion) -> None:
        """Delete exactly that content; one that is gone or was written again is fine. Raises Unavailable."""

    def write(self, container: str, path: str, body: bytes) -> None:
        """Write a small document over whatever is there; raises Impossible, Unavailable."""


class DataAssets(Protocol):
    """The register of data that trainings read."""

    def register(self, name: str, version: int, blob: BlobVersion, datastore: str, tags: Mapping[str, str]) -> None:
        """Register the blob as `name` in `version`, by its `datastore` or "" by its address; twice is once.

        Raises Impossible when it is refused, Unavailable.
        """


class Images(Protocol):
    """The container registry."""

    def locate(self, image: str) -> ImageReference:
        """The digest that `registry/repository[:tag|@digest]` names; raises Impossible when unusable, Unavailable."""

    def promote(self, image: ImageReference, repository: str) -> ImageReference | None:
        """The image by the same digest in `repository` of its registry; None while its copy is only started.

        Raises Conflict while another copy of it is under way, Impossible when it can not be copied, Unavailable.
        """

    def find(self, repository: str, reference: str) -> ImageReference | None:
        """What the tag or sha256 digest `reference` names in `repository` of the trusted registry, None for nothing.

        Raises Impossible for names that no registry has, Unavailable.
        """

    def discard(self, image: ImageReference) -> None:
        """Lock the image against pulls, then remove it; removing twice is fine. Raises Unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentView:
    """A deployment as it is now; `state` is the service's own word (Creating, Succeeded, Failed …)."""

    name: str
    state: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """An online endpoint as it is now: traffic in percent by deployment, zeros left out."""

    name: str
    state: str
    scoring_uri: str
    traffic: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpec:
    """What to deploy: a model version in its environment, but on exactly this image; `instances` of a type."""

    endpoint: str
    name: str
    model: str
    version: str
    environment: str
    image: str
    instance_type: str
    instances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a deployment answered; `code` is HTTP's, `detail` the start of the body when it is not 200."""

    code: int
    latency_ms: float
    detail: str


class Endpoints(Protocol):
    """Online endpoints; every change only starts here, and is looked at again later."""

    def endpoint(self, name: str) -> EndpointView | None:
        """The endpoint, or None; raises Unavailable."""

    def create_endpoint(self, name: str) -> None:
        """Start making an endpoint; raises Conflict when it is there or being changed, Impossible, Unavailable."""

    def deployment(self, endpoint: str, name: str) -> DeploymentView | None:
        """The deployment, or None; raises Unavailable."""

    def deployments(self, endpoint: str) -> Sequence[DeploymentView]:
        """All deployments of the endpoint; raises Unavailable."""

    def create_deployment(self, spec: DeploymentSpec) -> None:
        """Start making a deployment; raises Conflict when it is there or being changed, Impossible, Unavailable."""

    def delete_deployment(self, endpoint: str, name: str) -> None:
        """Start deleting a deployment; one that is gone is fine. Raises Conflict, Impossible, Unavailable."""

    def set_traffic(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """Start writing the whole traffic map; raises Conflict, Impossible, Unavailable."""

    def score(self, endpoint: EndpointView, deployment: str, body: bytes) -> Answer:
        """Send `body` to one deployment; an answer of any code, code 0 for none. Raises Unavailable."""


class JobState(StrEnum):
    """Where a job is, whatever its service calls that."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """A job to run: the command component `template` (`name:version`) on `compute`, "" for the service's own.

    Every one of `parameters` must be an input of the component; of what is `offered` it gets the inputs that it has.
    A value for an input of data or a model is `azureml:name:version` or a path.
    """

    name: str
    template: str
    compute: str
    parameters: Mapping[str, str]
    offered: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it is now; `word` is the service's own for its state, `outputs` are paths by name."""

    name: str
    state: JobState
    word: str
    outputs: Mapping[str, str] = field(default_factory=dict)


class Jobs(Protocol):
    """Jobs that train, index and evaluate; they only start here, and are looked at again later."""

    def submit(self, spec: JobSpec) -> None:
        """Start the job; one of that name that was started before is fine. Raises Impossible, Unavailable."""

    def look(self, name: str) -> JobView | None:
        """The job as it is now, or None; raises Unavailable."""

    def cancel(self, name: str) -> None:
        """Ask for the end of the job; one that has ended or is not there is fine. Raises Unavailable."""


class Notices(Protocol):
    """Where people and other systems hear the news."""

    def post(self, event: bytes) -> bool:
        """Deliver one CloudEvent; False when nobody listens. Raises Unavailable, Impossible when refused for good."""


class Clock(Protocol):
    """The one clock."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
