"""Images, locks and removal through the unmodified ContainerRegistryClient."""

from typing import Any

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.cloud.things import Cloud, push_image


def test_a_pushed_image_can_be_pulled_by_tag_and_digest(registry: Any, unique: str) -> None:
    repository = f"intake/{unique}"
    digest = push_image(registry, repository, "v1")

    assert registry.get_manifest(repository, "v1").digest == digest
    layer = registry.get_manifest(repository, digest).manifest["layers"][0]["digest"]
    assert b"".join(registry.download_blob(repository, layer)) == b"layer"


def test_properties_name_the_tags_and_the_size(registry: Any, unique: str) -> None:
    digest = push_image(registry, unique, "v1", b"x" * 1000)

    found = registry.get_manifest_properties(unique, "v1")

    assert (found.digest, found.tags) == (digest, ["v1"])
    assert found.size_in_bytes > 1000
    assert [m.digest for m in registry.list_manifest_properties(unique)] == [digest]
    assert [t.name for t in registry.list_tag_properties(unique)] == ["v1"]
    assert unique in registry.list_repository_names()


def test_a_manifest_whose_layers_are_missing_is_refused(registry: Any, unique: str) -> None:
    manifest = {"config": {"digest": "sha256:" + "0" * 64}, "layers": []}
    with pytest.raises(HttpResponseError, match="upload them first"):
        registry.set_manifest(unique, manifest, tag="v1")


@pytest.mark.parametrize("lock", [{"can_delete": False}, {"can_write": False}])
def test_a_locked_image_cannot_be_deleted(registry: Any, unique: str, lock: dict[str, bool]) -> None:
    digest = push_image(registry, unique)
    registry.update_manifest_properties(unique, digest, **lock)

    with pytest.raises(HttpResponseError) as refused:
        registry.delete_manifest(unique, digest)

    assert refused.value.status_code == 405
    assert registry.get_manifest(unique, digest).digest == digest


def test_a_tag_of_a_write_locked_image_cannot_be_moved(registry: Any, unique: str) -> None:
    digest = push_image(registry, unique, "live")
    registry.update_manifest_properties(unique, digest, can_write=False)

    with pytest.raises(HttpResponseError, match="writeEnabled is false"):
        push_image(registry, unique, "live", b"other")

    assert registry.get_manifest(unique, "live").digest == digest


def test_a_read_locked_image_can_be_described_but_not_pulled(registry: Any, unique: str) -> None:
    digest = push_image(registry, unique)
    registry.update_manifest_properties(unique, digest, can_read=False)

    assert registry.get_manifest_properties(unique, digest).can_read is False
    with pytest.raises(HttpResponseError, match="Method Not Allowed"):
        registry.get_manifest(unique, digest)


def test_an_unlocked_image_is_deleted_with_its_tags(registry: Any, unique: str) -> None:
    digest = push_image(registry, unique, "v1")
    registry.update_manifest_properties(unique, digest, can_delete=False, can_write=False)
    registry.update_manifest_properties(unique, digest, can_delete=True, can_write=True)

    registry.delete_manifest(unique, digest)

    with pytest.raises(ResourceNotFoundError):
        registry.get_tag_properties(unique, "v1")
    registry.delete_manifest(unique, digest)  # a second removal is no error


def test_a_locked_tag_protects_its_image(registry: Any, unique: str) -> None:
    digest = push_image(registry, unique, "v1")
    registry.update_tag_properties(unique, "v1", can_delete=False)

    with pytest.raises(HttpResponseError, match=f"{unique}:v1"):
        registry.delete_manifest(unique, digest)


def test_a_call_without_a_token_is_challenged(cloud: Cloud) -> None:
    answer = requests.get(f"{cloud.url}/acr/v1/_catalog", verify=cloud.ready["bundle"], timeout=5)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
