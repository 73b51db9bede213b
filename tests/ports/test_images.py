"""Claims about container images: they are known by digest, from one registry, and gone when discarded."""

from dataclasses import replace

import pytest
from azure.core.exceptions import ResourceNotFoundError

from shared.core.evidence import ImageReference
from shared.ports import Impossible
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique


def test_an_image_is_located_by_tag_and_by_digest(side: Side) -> None:
    repository = f"team/{unique()}"
    image = side.push_image(repository, "1.0")

    assert side.images.locate(f"{side.registry}/{repository}:1.0") == image
    assert side.images.locate(image.pinned()) == image
    assert image.pinned().startswith(f"{side.registry}/{repository}@sha256:")


def test_an_image_without_a_tag_is_the_latest(side: Side) -> None:
    repository = unique()
    latest = side.push_image(repository, "latest")
    side.push_image(repository, "1.0")

    assert side.images.locate(f"{side.registry}/{repository}") == latest


def test_an_image_of_another_registry_is_impossible_and_the_trusted_one_is_named(side: Side) -> None:
    repository = unique()
    side.push_image(repository, "1")

    with pytest.raises(Impossible) as refused:
        side.images.locate(f"elsewhere.example/{repository}:1")

    assert f"elsewhere.example/{repository}:1" in str(refused.value)
    assert side.registry in str(refused.value)


def test_an_image_that_is_not_there_is_impossible_and_named(side: Side) -> None:
    repository = unique()
    pushed = side.push_image(repository, "1")
    missing = [
        f"{side.registry}/{repository}:2",
        f"{side.registry}/{unique()}:1",
        pushed.pinned()[:-64] + "0" * 64,
    ]

    for image in missing:
        with pytest.raises(Impossible) as refused:
            side.images.locate(image)
        assert image in str(refused.value)


def test_an_image_is_found_by_tag_and_by_digest_in_its_repository_alone(side: Side) -> None:
    repository = f"team/{unique()}"
    image = side.push_image(repository, "1.0")

    assert side.images.find(repository, "1.0") == image
    assert side.images.find(repository, image.digest) == image
    for other, reference in [(repository, "2.0"), (unique(), "1.0"), (repository, "sha256:" + "0" * 64)]:
        assert side.images.find(other, reference) is None


@pytest.mark.parametrize(
    ("repository", "reference"),
    [
        ("", "1"),
        ("x", ""),
        ("../x", "1"),
        ("x/../y", "1"),
        ("x?y=", "1"),
        ("x", "sha256:91ef6"),
        ("x", "1/../2"),
        ("x" * 600, "1"),
    ],
)
def test_names_that_no_registry_has_are_impossible(side: Side, repository: str, reference: str) -> None:
    with pytest.raises(Impossible):
        side.images.find(repository, reference)


@pytest.mark.parametrize("image", ["", "no registry", "/x:1", "{registry}/x:1 --privileged", "{registry}/../x:1"])
def test_text_that_is_no_image_reference_is_impossible(side: Side, image: str) -> None:
    with pytest.raises(Impossible):
        side.images.locate(image.format(registry=side.registry))


def promoted(side: Side, image: ImageReference, repository: str) -> ImageReference:
    for _ in range(50):
        if found := side.images.promote(image, repository):
            return found
        side.wait(0.02)
    raise AssertionError(f"{image.pinned()} did not come to {repository}")


def test_a_promoted_image_has_the_same_digest_in_another_repository(side: Side) -> None:
    image, place = side.push_image(unique(), "1"), f"trusted/{unique()}"

    trusted = promoted(side, image, place)

    assert trusted == replace(image, repository=place)
    assert side.images.locate(trusted.pinned()) == trusted
    assert side.images.locate(image.pinned()) == image
    assert promoted(side, image, place) == trusted, "promoting twice is fine"


def test_an_image_that_is_not_there_can_not_be_promoted(side: Side) -> None:
    image = side.push_image(unique(), "1")

    with pytest.raises(Impossible, match="0000"):
        side.images.promote(replace(image, digest="sha256:" + "0" * 64), unique())


def test_a_promoted_image_can_be_pulled_whole_and_has_no_tag(real: RealSide) -> None:
    image, place = real.push_image(unique(), "1"), f"trusted/{unique()}"

    promoted(real, image, place)

    manifest = real.pushing.get_manifest(place, image.digest)
    layer = manifest.manifest["layers"][0]["digest"]
    assert b"".join(real.pushing.download_blob(place, layer)) == f"{image.repository}:1".encode()
    assert list(real.pushing.list_tag_properties(place)) == []
    assert {seen["source"] for seen in real.witnessed(effect="image-imported", repository=place)} == {image.repository}


def test_a_discarded_image_is_found_by_no_name(side: Side) -> None:
    repository = unique()
    image = side.push_image(repository, "1")

    side.images.discard(image)

    for name in (f"{side.registry}/{repository}:1", image.pinned()):
        with pytest.raises(Impossible):
            side.images.locate(name)


def test_discarding_one_image_leaves_its_neighbours(side: Side) -> None:
    repository = unique()
    bad, good = side.push_image(repository, "bad"), side.push_image(repository, "good")

    side.images.discard(bad)

    assert side.images.locate(f"{side.registry}/{repository}:good") == good


def test_discarding_twice_or_what_was_never_there_is_fine(side: Side) -> None:
    image = side.push_image(unique(), "1")

    side.images.discard(image)
    side.images.discard(image)
    side.images.discard(ImageReference(registry=side.registry, repository=unique(), digest=image.digest))

    with pytest.raises(Impossible):
        side.images.locate(image.pinned())


def test_an_image_is_locked_against_pulls_before_it_is_removed(real: RealSide) -> None:
    image = real.push_image(unique(), "1")

    real.images.discard(image)

    seen = real.witnessed(repository=image.repository, digest=image.digest)
    kinds = [(each["effect"], each.get("locks", {}).get("readEnabled")) for each in seen]
    assert kinds == [("image-pushed", None), ("image-locked", False), ("image-locked", False), ("image-deleted", None)]


def test_an_image_that_was_locked_by_a_try_that_broke_off_is_still_removed(real: RealSide) -> None:
    image = real.push_image(unique(), "1")
    real.pushing.update_manifest_properties(
        image.repository, image.digest, can_read=False, can_write=False, can_delete=False
    )

    real.images.discard(image)

    with pytest.raises(ResourceNotFoundError):
        real.pushing.get_manifest_properties(image.repository, image.digest)
