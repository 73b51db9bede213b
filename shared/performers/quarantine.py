"""Know the image by its digest, wait for its scans, bring them to releases, and discard what was refused."""

from shared.contracts import wire
from shared.core.facts import ImageDiscarded, ImageIdentified, ImageRemoved, ImageUnusable, ScanAwaited, ScanReported
from shared.core.identity import fact_id, image_key, release_key
from shared.core.images import Image
from shared.core.orders import AwaitScan, DiscardImage, IdentifyImage, TellRelease
from shared.core.release import IN_PRODUCTION, Release
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, finished, told
from shared.ports import Impossible


def identify_image(order: IdentifyImage, release: Release, world: World, _attempt: int) -> Outcome:
    """Tell ImageIdentified with the digest that the registry gives for the environment's image, or ImageUnusable."""
    environment = release.inspection.environment if release.inspection else ""
    try:
        named = world.models.image_of(environment)
        if named is None:
            raise Impossible(
                f"environment {environment!r} does not exist or names no image; give the model one that does"
            )
        image = world.images.locate(named)
    except Impossible as problem:
        return Done((told(ImageUnusable, order, release, world, reason=str(problem)),))
    return Done((told(ImageIdentified, order, release, world, image=image),))


def await_scan(order: AwaitScan, release: Release, world: World, _attempt: int) -> Outcome:
    """Enter the release in the image's own document, which from then on owes it every scan."""
    assert release.image is not None
    waiting = ScanAwaited(
        id=fact_id(order.document, order.key, "ScanAwaited"),
        at=world.clock.now(),
        digest=release.image.digest,
        repository=release.image.repository,
        model=release.model,
        version=release.version,
    )
    entered = finished(order, release, world, "its image's document knows that it waits")
    return Done((waiting, *entered.facts))


def tell_release(order: TellRelease, image: Image, world: World, _attempt: int) -> Outcome:
    """Bring one scan of the image to one release."""
    scan = order.scan
    reported = ScanReported(
        id=fact_id("scan", scan.scanner, scan.report, order.model, order.version),
        at=world.clock.now(),
        actor=scan.scanner,
        model=order.model,
        version=order.version,
        scan=scan,
    )
    done = finished(order, image, world, f"{order.model}:{order.version} was told of the {scan.scanner} report")
    return Done((reported, *done.facts))


def discard_image(order: DiscardImage, release: Release, world: World, _attempt: int) -> Outcome:
    """Lock and remove the image, unless another release runs on it: that one's own policy decides then."""
    image = release.image
    assert image is not None
    if running := _running_on(image.digest, release, world):
        return finished(order, release, world, f"image {image.digest} is kept: {running} runs on it")
    world.images.discard(image)
    removed = ImageRemoved(
        id=fact_id(order.document, order.key, "ImageRemoved"),
        at=world.clock.now(),
        digest=image.digest,
        reason=f"{release.name} was {release.stage}: {release.reason}",
    )
    return Done((told(ImageDiscarded, order, release, world, digest=image.digest), removed))


def _running_on(digest: str, but: Release, world: World) -> str:
    stored = world.documents.read(image_key(digest))
    image = wire.decode_record(image_key(digest), stored.data) if stored else None
    if not isinstance(image, Image):
        return ""
    others = (world.release(release_key(*name)) for name in image.releases if name != (but.model, but.version))
    return next((other.name for other in others if other and _serves(other, world)), "")


def _serves(release: Release, world: World) -> bool:
    """Whether the release is in production by its stage, or by its endpoint, which knows first what serves again."""
    endpoint, _ = world.traffic_of(release.endpoint)
    return release.stage in IN_PRODUCTION or release.deployment in {endpoint.live, *endpoint.desired}
