"""How often the reading of one arrival began and never ended, so that what ends its worker is not read for ever."""

from shared.core.facts import BlobVersion
from shared.performers.world import World

MOST = 3
FOLDER = ".readings"
LONGEST = 20


def marker(container: str, arrival: str, world: World) -> BlobVersion:
    """Where it is noted that the arrival is being read."""
    return BlobVersion(account=world.data.account, container=container, path=f"{FOLDER}/{arrival}")


def begin(place: BlobVersion, world: World) -> int:
    """Note that a reading begins; how many began before and never ended. Raises Conflict, Unavailable."""
    there = world.data.look(place)
    noted = world.data.read(there, LONGEST) if there else b""
    before = int(noted) if noted.isdigit() else 0
    world.data.write(place.container, place.path, str(before + 1).encode())
    return before


def end(place: BlobVersion, world: World) -> None:
    """Forget it: whatever came of the reading, the worker lives. Raises Unavailable."""
    if there := world.data.look(place):
        world.data.remove(there)
