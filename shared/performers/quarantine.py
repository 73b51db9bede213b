"""Know the image by its digest, wait for its scans, bring them to releases, and discard what was refused."""

from dataclasses import replace

from shared import telemetry
from shared.contracts import wire
from shared.core.evidence import ImageReference
from shared.core.facts import (
    FindingsDismissed,
    ImageCleared,
    ImageDiscarded,
    ImageIdentified,
    ImagePromoted,
    ImageRefused,
    ImageRemoved,
    ImageSuspected,
    ImageUnusable,
    Judgement,
    ScanAwaited,
    ScanReported,
)
from shared.core.identity import fact_id, image_key, release_key
from shared.core.images import Image
from shared.core.orders import (
    AwaitScan,
    DiscardImage,
    IdentifyImage,
    Order,
    PromoteImage,
    SuspectImage,
    TellDismissals,
    TellRelease,
)
from shared.core.release import IN_PRODUCTION, Release
from shared.performers import tags
from shared.performers.outcomes import Done, Later, Outcome
from shared.performers.world import World, finished, news, told, wait_after
from shared.ports import Impossible

REPOSITORY = "{repository}"


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
        tags.remember(named, image, world)
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
        dismissals=image.dismissals,
    )
    done = finished(order, image, world, f"{order.model}:{order.version} was told of the {scan.scanner} report")
    return Done((reported, *done.facts))


def tell_dismissals(order: TellDismissals, image: Image, world: World, _attempt: int) -> Outcome:
    """Bring what dismisses the image's findings, as it is now, to one release."""
    dismissed = FindingsDismissed(
        id=fact_id(order.document, order.key, "FindingsDismissed"),
        at=world.clock.now(),
        model=order.model,
        version=order.version,
        digest=image.digest,
        dismissals=image.dismissals,
    )
    known = f"{len(image.waivers)} waiver(s) and {len(image.stated)} statement(s)"
    done = finished(order, image, world, f"{order.model}:{order.version} was told of {known}")
    return Done((dismissed, *done.facts))


def promote_image(order: PromoteImage, release: Release, world: World, attempt: int) -> Outcome:
    """Copy the cleared image to where images are trusted, and tell the release and the image."""
    assert release.image is not None
    place = trusted_place(release.image, world)
    trusted = release.image if place == release.image else world.images.promote(release.image, place.repository)
    if trusted is None:
        return Later(wait_after(attempt), f"{release.image.digest} is being copied to {place.repository}")
    reason = next((verdict.reason for verdict in release.verdicts if verdict.gate == "scan"), "")
    cleared = _judgement(ImageCleared, order, release, world, reason=reason, trusted=trusted.pinned())
    telemetry.count(telemetry.CLEARED_AFTER, int(world.clock.now() - release.registered_at))
    return Done((told(ImagePromoted, order, release, world, image=trusted), cleared))


def trusted_place(image: ImageReference, world: World) -> ImageReference:
    """Where the image lies once it is cleared: where it is when nothing else is set, or when it is there already."""
    before, found, after = world.trusted.partition(REPOSITORY)
    there = image.repository.startswith(before) and image.repository.endswith(after)
    return image if not found or there else replace(image, repository=f"{before}{image.repository}{after}")


def suspect_image(order: SuspectImage, release: Release, world: World, _attempt: int) -> Outcome:
    """Tell the image's document that it fails while it is in production."""
    suspected = _judgement(ImageSuspected, order, release, world, reason=order.reason)
    done = finished(order, release, world, f"image {release.digest} is quarantined again")
    return Done((suspected, *done.facts))


def discard_image(order: DiscardImage, release: Release, world: World, _attempt: int) -> Outcome:
    """Lock and remove the image, unless another release runs on it: that one's own policy decides then."""
    image = release.image
    assert image is not None
    if running := _running_on(image.digest, release, world):
        refused = _judgement(ImageRefused, order, release, world, reason=release.reason, kept_for=running)
        done = finished(order, release, world, f"image {image.digest} is kept: {running} runs on it")
        return Done((*done.facts, refused))
    for each in dict.fromkeys((image, release.trusted or image, trusted_place(image, world))):
        world.images.discard(each)
    removed = ImageRemoved(
        id=fact_id(order.document, order.key, "ImageRemoved"),
        at=world.clock.now(),
        digest=image.digest,
        reason=f"{release.name} was {release.stage}: {release.reason}",
    )
    refused = _judgement(ImageRefused, order, release, world, reason=release.reason)
    return Done((told(ImageDiscarded, order, release, world, digest=image.digest), refused, removed))


def _judgement[J: Judgement](kind: type[J], order: Order, release: Release, world: World, /, **content: str) -> J:
    """What the release's gate made of its image, for the image's own document."""
    about = {"digest": release.digest, "model": release.model, "version": release.version}
    return news(kind, order, world, policy=release.policy.name, **about, **content)


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
