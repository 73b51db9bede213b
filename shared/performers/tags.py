"""Which image a tag names: a tag that moves changes no release, but whoever runs on the older image is told."""

from collections.abc import Iterator

from shared.contracts import wire
from shared.core.evidence import ImageReference
from shared.core.facts import TagMoved
from shared.core.identity import fact_id, image_key, tag_key
from shared.core.images import Image
from shared.core.orders import FollowTag
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, finished


def remember(named: str, image: ImageReference, world: World) -> None:
    """Keep which image the tag in `named` was found to name, unless the tag is known; raises Conflict, Unavailable."""
    if "@" in named:
        return
    tag = named.rpartition("/")[2].partition(":")[2] or "latest"
    name = f"{image.registry}/{image.repository}:{tag}"
    if world.documents.read(tag_key(name)) is None:
        _keep(wire.Tag(name=name, digest=image.digest, at=world.clock.now()), None, world)


def follow_tag(order: FollowTag, image: Image, world: World, _attempt: int) -> Outcome:
    """Let the tag name this image, unless a later push is known, and tell the releases of the image before.

    Performed again after a crash, it finds its own writing and tells the same facts.
    """
    stored = world.documents.read(tag_key(order.name))
    known = wire.decode_tag(stored.data) if stored else None
    if known and known.at > order.at:
        return finished(order, image, world, f"{order.name} was pushed again since")
    before = "" if known is None else known.previous if known.digest == image.digest else known.digest
    tag = wire.Tag(name=order.name, digest=image.digest, at=order.at, previous=before)
    if tag != known:
        _keep(tag, stored.etag if stored else None, world)
    moved = tuple(_moved(tag, world)) if before else ()
    note = f"{order.name} names this image now; {len(moved)} release(s) of the one before are told"
    return Done((*moved, *finished(order, image, world, note).facts))


def _keep(tag: wire.Tag, etag: str | None, world: World) -> None:
    world.documents.write(tag_key(tag.name), wire.encode_tag(tag), etag, {"name": tag.name})


def _moved(tag: wire.Tag, world: World) -> Iterator[TagMoved]:
    key = image_key(tag.previous)
    stored = world.documents.read(key)
    before = wire.decode_record(key, stored.data) if stored else None
    for model, version in before.releases if isinstance(before, Image) else ():
        yield TagMoved(
            id=fact_id("tag moved", tag.name, tag.previous, tag.digest, model, version),
            at=world.clock.now(),
            model=model,
            version=version,
            name=tag.name,
            digest=tag.previous,
            to=tag.digest,
        )
