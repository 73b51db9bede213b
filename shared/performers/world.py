"""The ports a performer works through, and what all performers say alike."""

from dataclasses import dataclass
from typing import Any

from shared.contracts import wire
from shared.core.datasets import Dataset
from shared.core.facts import (
    DatasetFact,
    DatasetOrderDone,
    Fact,
    ImageOrderDone,
    ModelFact,
    OrderDone,
    ReleaseFact,
    WatchOrderDone,
)
from shared.core.identity import endpoint_key, fact_id
from shared.core.images import Image
from shared.core.orders import Order
from shared.core.record import Record
from shared.core.release import Release
from shared.core.traffic import Endpoint
from shared.core.watch import Watch
from shared.performers.outcomes import Done
from shared.ports import (
    Bodies,
    Clock,
    DataAssets,
    DataBlobs,
    Documents,
    Endpoints,
    Images,
    Jobs,
    Models,
    Notices,
    Quarantine,
)

LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside that an order can touch; `source` names this installation in events.

    `trusted` is the repository of cleared images, with {repository} for the one that they were pushed to, "" for that.
    """

    documents: Documents
    bodies: Bodies
    quarantine: Quarantine
    models: Models
    images: Images
    endpoints: Endpoints
    notices: Notices
    jobs: Jobs
    data: DataBlobs
    assets: DataAssets
    clock: Clock
    source: str
    trusted: str = ""

    def release(self, key: str) -> Release | None:
        """The release kept under `key`, or None; raises Unavailable."""
        stored = self.documents.read(key)
        return wire.decode_release(key, stored.data) if stored else None

    def dropped(self, order: Order) -> bool:
        """Whether the release dropped the order before its endpoint's document was read.

        What ends a release writes that document too: either it is seen here, or the conditional write that follows
        fails.
        """
        release = self.release(order.document)
        return release is None or not release.waits_for(order.key)

    def traffic_of(self, endpoint: str) -> tuple[Endpoint, str | None]:
        """The single writer's document of `endpoint` and its tag, None for a new one; raises Unavailable."""
        stored = self.documents.read(endpoint_key(endpoint))
        return (wire.decode_endpoint(stored.data), stored.etag) if stored else (Endpoint(name=endpoint), None)

    def traffic_age(self, endpoint: str) -> float:
        """How many seconds ago the document of `endpoint` was written, by the storage's own clock; raises Unavailable.

        The clocks of workers may differ, so none of them says when another one wrote.
        """
        stored = self.documents.read(endpoint_key(endpoint))
        return stored.age if stored else 0.0

    def keep_traffic(self, endpoint: Endpoint, etag: str | None) -> None:
        """Write the document over exactly `etag`; raises Conflict, Unavailable."""
        key, labels = endpoint_key(endpoint.name), {"endpoint": endpoint.name}
        self.documents.write(key, wire.encode_endpoint(endpoint), etag, labels)


def news[F: Fact](kind: type[F], order: Order, world: World, /, **content: Any) -> F:
    """The fact `kind` that `order` led to; performed twice, it has the same id twice."""
    return kind(id=fact_id(order.document, order.key, kind.__name__), at=world.clock.now(), **content)


def told[F: ReleaseFact](kind: type[F], order: Order, release: Release, world: World, /, **content: Any) -> F:
    """The fact `kind` about `release` that answers `order`; performed twice, it has the same id twice."""
    return news(kind, order, world, answers=order.key, model=release.model, version=release.version, **content)


def watch_told[F: ModelFact](kind: type[F], order: Order, watch: Watch, world: World, /, **content: Any) -> F:
    """The fact `kind` about the model of `watch` that answers `order`; performed twice, it has the same id twice."""
    return news(kind, order, world, answers=order.key, model=watch.model, **content)


def data_told[F: DatasetFact](kind: type[F], order: Order, dataset: Dataset, world: World, /, **content: Any) -> F:
    """The fact `kind` about `dataset` that answers `order`; performed twice, it has the same id twice."""
    return news(kind, order, world, answers=order.key, dataset=dataset.name, **content)


def finished(order: Order, record: Record, world: World, note: str) -> Done:
    """Done, with nothing more to say than `note`."""
    if isinstance(record, Release):
        return Done((told(OrderDone, order, record, world, note=note),))
    if isinstance(record, Watch):
        return Done((watch_told(WatchOrderDone, order, record, world, note=note),))
    if isinstance(record, Dataset):
        return Done((data_told(DatasetOrderDone, order, record, world, note=note),))
    assert isinstance(record, Image)
    return Done((news(ImageOrderDone, order, world, answers=order.key, digest=record.digest, note=note),))


def wait_after(attempt: int) -> float:
    """Seconds until the next look at work that takes time: 0.5 doubling to 30."""
    return min(LONGEST_WAIT, 0.5 * 2.0 ** min(attempt, 10))
