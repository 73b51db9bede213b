"""Judge data that arrived, copy what is good to the next layer, and take what is bad out of the way."""

import msgspec

from shared import telemetry
from shared.contracts.dataset_policies import parse_dataset_policy
from shared.core.dataset_policy import DatasetPolicy
from shared.core.datasets import Dataset, Pending
from shared.core.facts import (
    BlobVersion,
    DataAbsent,
    DataAssetRegistered,
    DataJudged,
    DataPromoted,
    DataQuarantined,
)
from shared.core.orders import JudgeData, PromoteData, QuarantineData, RegisterDataAsset
from shared.performers import readings
from shared.performers.outcomes import Done, Later, Outcome
from shared.performers.world import World, data_told, finished, wait_after
from shared.ports import Conflict, Impossible, Unavailable

GONE = "the blob was deleted"
ENDLESS = f"reading it ended its worker {readings.MOST} times: it takes too long, or what it says of itself is not so"
CHANGED = "the blob was written again, and that content has an event of its own"


def judge_data(order: JudgeData, dataset: Dataset, world: World, _attempt: int) -> Outcome:
    """Read exactly the content that arrived, and tell DataJudged; DataAbsent when it is not there any more."""
    pending = _waiting(dataset, order.arrival)
    there = world.data.look(pending.blob)
    if there is None or (pending.blob.etag and there.etag != pending.blob.etag):
        reason = CHANGED if there else GONE
        return Done((data_told(DataAbsent, order, dataset, world, arrival=order.arrival, reason=reason),))
    policy = _policy(pending.policy, world)
    place = readings.marker(policy.quarantine, order.arrival, world)
    begun = readings.begin(place, world)
    try:
        told: DataJudged | DataAbsent = _judged(order, there, policy, dataset, world, begun=begun)
    except Conflict:
        told = data_told(DataAbsent, order, dataset, world, arrival=order.arrival, reason=CHANGED)
    except Unavailable:
        readings.end(place, world)
        raise
    readings.end(place, world)
    return Done((told,))


def _judged(
    order: JudgeData, blob: BlobVersion, policy: DatasetPolicy, dataset: Dataset, world: World, *, begun: int
) -> DataJudged:
    """The judgement; data whose reading `begun` too often without an end is refused without another one."""
    from shared.monitoring.judging import judged, unreadable

    reference = world.bodies.read(dataset.reference) if dataset.reference and policy.quality.learn else None
    endless = begun >= readings.MOST
    found = unreadable(ENDLESS) if endless else judged(BlobBytes(blob, world), policy, reference)
    telemetry.count(telemetry.DISTANCE, round(found.distance * 1000), dataset=dataset.name)
    return data_told(
        DataJudged,
        order,
        dataset,
        world,
        arrival=order.arrival,
        blob=blob,
        verdict=found.verdict(dataset.name, blob.name),
        distance=found.distance,
        rows=found.rows,
        worst=found.worst,
        profile=world.bodies.keep(found.profile) if found.profile else "",
        reference=dataset.reference if found.compared else "",
        learned=world.bodies.keep(found.learned) if found.learned else "",
        replaces=dataset.reference,
    )


class BlobBytes:
    """One content of a blob as the readers want it: its size, and any part of it."""

    def __init__(self, blob: BlobVersion, world: World) -> None:
        self._blob, self._data = blob, world.data
        self.size, self.name = blob.size, blob.name

    def part(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset` on; raises Conflict, Impossible, Unavailable."""
        return self._data.read(self._blob, length, offset)


def promote_data(order: PromoteData, dataset: Dataset, world: World, attempt: int) -> Outcome:
    """Copy the accepted content into the next layer, into a folder of its version, and tell DataPromoted."""
    pending = _waiting(dataset, order.arrival)
    layer = _policy(pending.policy, world).accepted
    path = f"{layer.path}/v{order.version:06}/{_file_of(pending.blob)}"
    try:
        copy = world.data.copy(pending.blob, layer.container, path)
    except Conflict:
        return Done((data_told(DataAbsent, order, dataset, world, arrival=order.arrival, reason=CHANGED),))
    if copy is None:
        return Later(wait_after(attempt), f"{pending.blob.name} is being copied to {layer.container}/{path}")
    told = data_told(DataPromoted, order, dataset, world, arrival=order.arrival, version=order.version, blob=copy)
    return Done((told,))


def quarantine_data(order: QuarantineData, dataset: Dataset, world: World, attempt: int) -> Outcome:
    """Move the refused content into the quarantine, and write its reasons beside it; tell DataQuarantined."""
    pending = _waiting(dataset, order.arrival)
    policy = _policy(pending.policy, world)
    folder = f"{dataset.name}/{order.arrival}"
    world.data.write(policy.quarantine, f"{folder}/reasons.json", _reasons(order, pending, dataset, world))
    place = order.blob.name
    if policy.when_bad == "quarantine":
        moved = _moved(order.blob, policy.quarantine, folder, world)
        if moved is None:
            return Later(wait_after(attempt), f"{order.blob.name} is being copied into the quarantine")
        place = moved
    return Done((data_told(DataQuarantined, order, dataset, world, arrival=order.arrival, place=place),))


def _moved(blob: BlobVersion, container: str, folder: str, world: World) -> str | None:
    """Where the content lies now, or a word on why it is nowhere; None while the copy is only started."""
    there = world.data.look(blob) if not blob.etag else blob
    try:
        copy = world.data.copy(there, container, f"{folder}/{_file_of(blob)}") if there else None
    except (Conflict, Impossible) as problem:
        return f"nowhere: {problem}"
    if there is None:
        return f"nowhere: {GONE}"
    if copy is None:
        return None
    world.data.remove(there)
    return copy.name


def _reasons(order: QuarantineData, pending: Pending, dataset: Dataset, world: World) -> bytes:
    about = {
        "dataset": dataset.name,
        "arrival": order.arrival,
        "source": msgspec.to_builtins(order.blob),
        "reason": order.reason,
        "rows": pending.rows,
        "distance": pending.distance,
        "worst": msgspec.to_builtins(pending.worst),
        "policy": pending.policy,
        "profile": pending.profile,
        "at": world.clock.now(),
    }
    return msgspec.json.format(msgspec.json.encode(about))


def register_data_asset(order: RegisterDataAsset, dataset: Dataset, world: World, _attempt: int) -> Outcome:
    """Register the version where its policy names an asset, with its lineage as tags; tell DataAssetRegistered."""
    version = dataset.version(order.version)
    if version is None or version.withdrawn:
        return finished(order, dataset, world, f"version {order.version} is not there to be registered any more")
    policy = _policy(version.policy, world)
    if not policy.asset:
        return finished(order, dataset, world, f"version {order.version} becomes no asset: the policy names none")
    tags = {
        "dataset": dataset.name,
        "source": version.source.name,
        "source_etag": version.source.etag,
        "policy": version.policy,
        "profile": version.profile,
        "rows": str(version.rows),
    }
    world.assets.register(policy.asset, version.version, version.blob, policy.datastore, tags)
    asset = f"{policy.asset}:{version.version}"
    told = data_told(DataAssetRegistered, order, dataset, world, version=version.version, asset=asset)
    return Done((told,))


def _waiting(dataset: Dataset, arrival: str) -> Pending:
    """The data that the order is about; raises Impossible when the dataset knows it no more."""
    pending = dataset.waiting(arrival)
    if pending is None:
        raise Impossible(f"dataset {dataset.name} does not wait for arrival {arrival}")
    return pending


def _policy(digest: str, world: World) -> DatasetPolicy:
    """The policy that was kept when the data arrived; raises Impossible, Unavailable."""
    return parse_dataset_policy(world.bodies.read(digest))


def _file_of(blob: BlobVersion) -> str:
    return blob.path.rpartition("/")[2]
