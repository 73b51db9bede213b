"""The model's champion: crowned and watched when a release is live, given back when it leaves production."""

import msgspec

from shared.contracts import wire
from shared.core import traffic
from shared.core.facts import Fact, Promoted, Reinstated, Superseded, WatchBegun, WatchEnded
from shared.core.identity import fact_id, model_key, release_key
from shared.core.orders import Promote, RollBack
from shared.core.policy import HOUR
from shared.core.release import Release
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, told

# A roll-back that is decided in the last moment of the soak, by whatever clock, still finds the version before; where
# the soak itself is shorter, as in trials, it is kept for twice the soak.
LAST_MOMENT_SECONDS = 900.0


def promote(order: Promote, release: Release, world: World, _attempt: int) -> Outcome:
    """Make the live release the champion: first of its endpoint, then of its model; tell it and the one before.

    From then on it is the one that is watched.
    """
    endpoint, etag = world.traffic_of(release.endpoint)
    if world.dropped(order):
        return Done()
    if endpoint.live != release.deployment:
        soak = release.policy.live.soak_hours * HOUR
        kept_until = world.clock.now() + soak + min(LAST_MOMENT_SECONDS, soak)
        endpoint = traffic.promoted(endpoint, release.deployment, kept_until)
        world.keep_traffic(endpoint, etag)
    champion = _crowned(release, world)
    told_to_me = told(Promoted, order, release, world, previous=champion.previous)
    if not champion.previous:
        return Done((told_to_me, _watched(order, release, champion.turn, world)))
    superseded = Superseded(
        id=fact_id(order.document, order.key, "Superseded"),
        at=world.clock.now(),
        model=release.model,
        version=champion.previous,
        by=release.version,
        until=endpoint.kept_until,
    )
    return Done((told_to_me, superseded, _watched(order, release, champion.turn, world)))


def _crowned(release: Release, world: World) -> wire.Champion:
    current, etag = _read(release.model, world)
    if current and current.version == release.version:
        return current
    metrics = release.inspection.metrics if release.inspection else {}
    previous, turn = (current.version, current.turn) if current else ("", 0)
    champion = wire.Champion(
        model=release.model, version=release.version, metrics=metrics, previous=previous, turn=turn + 1
    )
    _store(champion, etag, world)
    return champion


def reinstated(order: RollBack, release: Release, world: World, kept: frozenset[str]) -> tuple[Fact, ...]:
    """Give the model back to the version before a release that was live, and tell that version; nothing for others.

    It is watched again, unless another version went live meanwhile. One whose deployment is not among those `kept` was
    removed at the end of its soak, and can not serve again.
    """
    before = world.release(release_key(release.model, release.previous)) if release.previous else None
    current, etag = _read(release.model, world)
    led = current if current and current.version == release.version else None
    if before is None or before.deployment not in kept:
        return _unwatched(order, led, etag, world) if led else ()
    if led:
        metrics = before.inspection.metrics if before.inspection else {}
        current = wire.Champion(model=before.model, version=before.version, metrics=metrics, turn=led.turn + 1)
        _store(current, etag, world)
    told_to_it = Reinstated(
        id=fact_id(order.document, order.key, "Reinstated"),
        at=world.clock.now(),
        model=before.model,
        version=before.version,
        instead_of=release.version,
    )
    if current is None or current.version != before.version:
        return (told_to_it,)
    return (told_to_it, _watched(order, before, current.turn, world))


def _watched(order: Promote | RollBack, live: Release, turn: int, world: World) -> WatchBegun:
    return WatchBegun(
        id=fact_id(order.document, order.key, "WatchBegun"),
        at=world.clock.now(),
        model=live.model,
        version=live.version,
        turn=turn,
        endpoint=live.endpoint,
        deployment=live.deployment,
        scenario=live.policy.scenario,
        policy=live.policy.watch,
    )


def _unwatched(order: RollBack, led: wire.Champion, etag: str | None, world: World) -> tuple[Fact, ...]:
    """None serves in the champion's place; its metrics stay what a next version is compared with."""
    gone = msgspec.structs.replace(led, turn=led.turn + 1)
    _store(gone, etag, world)
    cause = fact_id(order.document, order.key, "WatchEnded")
    ended = WatchEnded(id=cause, at=world.clock.now(), model=gone.model, version=gone.version, turn=gone.turn)
    return (ended,)


def _read(model: str, world: World) -> tuple[wire.Champion | None, str | None]:
    stored = world.documents.read(model_key(model))
    return (wire.decode_champion(stored.data), stored.etag) if stored else (None, None)


def _store(champion: wire.Champion, etag: str | None, world: World) -> None:
    key = model_key(champion.model)
    world.documents.write(key, wire.encode_champion(champion), etag, {"model": champion.model})
