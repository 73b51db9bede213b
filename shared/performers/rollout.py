"""The single writer of an endpoint's traffic: shift, measure, roll back and promote."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from shared.core import traffic
from shared.core.facts import CanaryMeasured, NothingToRestore, TrafficRestored, TrafficShifted
from shared.core.identity import traffic_prefix
from shared.core.orders import MeasureCanary, RollBack, ShiftTraffic
from shared.core.release import IN_PRODUCTION, Release
from shared.core.traffic import Endpoint
from shared.core.windows import total
from shared.monitoring.traffic import decode_ring
from shared.performers.champion import reinstated
from shared.performers.deploy import READY
from shared.performers.outcomes import Done, Later, Outcome
from shared.performers.world import World, told, wait_after
from shared.ports import EndpointView

WRITE_SECONDS = 90.0  # a write that nobody waits for any more may land for a minute, and may have begun late


@dataclass(frozen=True, slots=True)
class Settled:
    """The endpoint was read back and serves what its document wants."""

    endpoint: Endpoint
    weights: dict[str, int]


def shift_traffic(order: ShiftTraffic, release: Release, world: World, attempt: int) -> Outcome:
    """Give the release its weight, once no other release holds the endpoint; tell TrafficShifted when read back.

    A paused release waits, but a shift that was begun before the pause is brought to its end.
    """
    endpoint, etag = world.traffic_of(release.endpoint)
    if world.dropped(order):
        return Done()
    if endpoint.holder not in ("", release.key) and _still_rolling(endpoint.holder, world):
        return Later(wait_after(attempt), f"another release holds the traffic of {endpoint.name}")
    if release.weight and endpoint.holder != release.key:
        return _lost(order, release, endpoint, world)

    def wanted(current: Endpoint) -> dict[str, int]:
        return traffic.split(current, release.deployment, order.weight)

    if release.paused and not (endpoint.holder == release.key and endpoint.desired == wanted(endpoint)):
        return Later(wait_after(attempt), f"{release.name} is paused by {release.paused}")

    settled = _write(traffic.taken(endpoint, release.key, release.model), etag, wanted, world, attempt)
    if isinstance(settled, Later):
        return settled
    return _shifted(order, release, settled.endpoint, settled.weights, world)


def _lost(order: ShiftTraffic | MeasureCanary, release: Release, endpoint: Endpoint, world: World) -> Outcome:
    """What is left of the release's share after the live version was rolled back beside it: it must climb again."""
    view = world.endpoints.endpoint(endpoint.name)
    return _shifted(order, release, endpoint, dict(view.traffic) if view else {}, world)


def _shifted(
    order: ShiftTraffic | MeasureCanary, release: Release, endpoint: Endpoint, weights: dict[str, int], world: World
) -> Done:
    weight = weights.get(release.deployment, 0)
    return Done((told(TrafficShifted, order, release, world, weight=weight, weights=weights, epoch=endpoint.epoch),))


def roll_back(order: RollBack, release: Release, world: World, attempt: int) -> Outcome:
    """Give all traffic to the healthy side, whoever holds the endpoint; tell TrafficRestored when read back.

    Where the version before is being deleted already nothing changes, and NothingToRestore is told: bad answers are
    better than none. A release that never came near the traffic leaves it alone, because another may be rolling out;
    the document is written even then, so that a shift of this release that has read it already can not land.
    """
    endpoint, etag = world.traffic_of(release.endpoint)
    view = world.endpoints.endpoint(release.endpoint)
    if view is None or not _touched(endpoint, view, release):
        left = traffic.forgotten(endpoint, release.deployment)
        world.keep_traffic(replace(left, seq=endpoint.seq + 1), etag)
        weights = dict(view.traffic) if view else {}
        gone = told(TrafficRestored, order, release, world, weights=weights, epoch=endpoint.epoch)
        return Done((gone, *reinstated(order, release, world, _kept(endpoint, weights))))

    if _passed_on(endpoint, view, release, world):
        return Later(wait_after(attempt), f"another release has all traffic of {endpoint.name} and is being promoted")
    if release.previous and not traffic.restored(endpoint, release.deployment):
        return Done((told(NothingToRestore, order, release, world),))

    def wanted(current: Endpoint) -> dict[str, int]:
        return traffic.restored(current, release.deployment)

    settled = _write(traffic.taken(endpoint, release.key, release.model), etag, wanted, world, attempt)
    if isinstance(settled, Later):
        return settled
    current, etag = world.traffic_of(release.endpoint)
    world.keep_traffic(traffic.withdrawn(current, release.deployment), etag)
    epoch = settled.endpoint.epoch
    restored = told(TrafficRestored, order, release, world, weights=settled.weights, epoch=epoch)
    return Done((restored, *reinstated(order, release, world, _kept(current, settled.weights))))


def _kept(endpoint: Endpoint, weights: Mapping[str, int]) -> frozenset[str]:
    return frozenset({endpoint.live, endpoint.previous, *weights})


def _write(
    endpoint: Endpoint, etag: str | None, wanted: Callable[[Endpoint], dict[str, int]], world: World, attempt: int
) -> Settled | Later:
    """Bring the endpoint to the wanted map: intent, write, read back; each call goes as far as it can."""
    view = world.endpoints.endpoint(endpoint.name)
    if view is None or view.state != READY:
        return Later(wait_after(attempt), f"endpoint {endpoint.name} is {view.state if view else 'not there'}")
    endpoint = traffic.adopted(endpoint, view.traffic)
    weights = traffic.checked(wanted(endpoint), _ready(view, world))
    if weights == dict(view.traffic) == endpoint.desired:
        settled = replace(endpoint, desired=weights, applied=weights, writing=False)
        world.keep_traffic(settled, etag)
        return Settled(settled, weights)
    if endpoint.writing and world.traffic_age(endpoint.name) < WRITE_SECONDS:
        return Later(wait_after(attempt), f"a write of the traffic of {endpoint.name} is under way")
    intent = replace(endpoint, desired=weights, seq=endpoint.seq + 1, writing=True)
    world.keep_traffic(intent, etag)
    world.endpoints.set_traffic(endpoint.name, weights)
    return Later(wait_after(attempt), f"{endpoint.name} is being set to {weights}")


def _touched(endpoint: Endpoint, view: EndpointView, release: Release) -> bool:
    return endpoint.holder == release.key or release.deployment in {endpoint.live, *endpoint.desired, *view.traffic}


def _passed_on(endpoint: Endpoint, view: EndpointView, release: Release, world: World) -> bool:
    """Whether another release was read back with all traffic: its promotion is on the way and must not be overtaken."""
    read_back = not endpoint.writing and dict(view.traffic) == endpoint.desired
    others = endpoint.holder not in ("", release.key) and release.deployment not in view.traffic
    return read_back and others and _still_rolling(endpoint.holder, world)


def _ready(view: EndpointView, world: World) -> frozenset[str]:
    return frozenset(each.name for each in world.endpoints.deployments(view.name) if each.state == READY)


def _still_rolling(key: str, world: World) -> bool:
    holder = world.release(key)
    return holder is not None and holder.stage in IN_PRODUCTION


def measure_canary(order: MeasureCanary, release: Release, world: World, _attempt: int) -> Outcome:
    """Add up what both sides served in the windows since the weight was set, and tell it.

    A release whose share was taken away since is told that instead.
    """
    endpoint, _ = world.traffic_of(release.endpoint)
    if release.weight and endpoint.holder != release.key:
        return _lost(order, release, endpoint, world)
    rings = (world.documents.read(key) for key, _ in world.documents.labelled(traffic_prefix(release.endpoint)))
    windows = [
        window for ring in rings if ring for window in decode_ring(ring.data).windows if window.start >= order.since
    ]
    mine = total(
        window.deployments[release.deployment] for window in windows if release.deployment in window.deployments
    )
    other = endpoint.live if endpoint.live != release.deployment else ""
    stable = total(window.deployments[other] for window in windows if other in window.deployments) if other else None
    measured = told(
        CanaryMeasured,
        order,
        release,
        world,
        weight=order.weight,
        windows=len({window.start for window in windows}),
        canary=mine,
        stable=stable,
    )
    return Done((measured,))
