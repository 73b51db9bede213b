"""A newer version that reached the people ends the older ones of its model that still wait."""

from collections.abc import Iterator

from shared.core.facts import Overtaken
from shared.core.identity import fact_id
from shared.core.orders import SupersedeOlder
from shared.core.release import WAITING, Release, Stage
from shared.listing import listed
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, finished

AHEAD = frozenset({Stage.AWAITING_APPROVAL, Stage.CANARY, Stage.LIVE})


def supersede_older(order: SupersedeOlder, release: Release, world: World, _attempt: int) -> Outcome:
    """Tell Overtaken to every version of the model that waits and is older than the newest one ahead.

    It looks at all versions as they are now, so it says the same whichever of them asks, and however often.
    """
    family = list(_family(release.model, world))
    newest = max((each for each in family if each.stage in AHEAD), key=_age, default=None)
    older = [each for each in family if newest and each.stage in WAITING and _age(each) < _age(newest)]
    told = tuple(_overtaken(each, newest, world) for each in older if newest)
    done = finished(order, release, world, f"{len(told)} older version(s) that waited are told to end")
    return Done((*told, *done.facts))


def _family(model: str, world: World) -> Iterator[Release]:
    for key, marks in listed(world.documents, "releases"):
        if marks.get("model") == model and marks.get("stage") in AHEAD | WAITING:
            release = world.release(key)
            if release is not None:
                yield release


def _age(release: Release) -> float:
    return release.registered_at


def _overtaken(release: Release, newest: Release, world: World) -> Overtaken:
    return Overtaken(
        id=fact_id("overtaken", newest.key, release.key),
        at=world.clock.now(),
        model=release.model,
        version=release.version,
        by=newest.version,
    )
