"""Copies inside the registry, asked for as a management client asks: by digest, and only of what may be pulled."""

import time
from typing import Any

import pytest
import requests

from local.cloud import RESOURCE_GROUP, SUBSCRIPTION
from tests.cloud.things import Cloud, push_image

SCOPE = "https://management.azure.com/.default"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{RESOURCE_GROUP}"
ADDRESS = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/localhost/importImage?api-version=2025-04-01"


def asked(cloud: Cloud, credential: Any, source: str, target: Any, token: str | None = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or credential.get_token(SCOPE).token}"}
    content = {"source": {"sourceImage": source}, "untaggedTargetRepositories": target, "mode": "NoForce"}
    address = f"{cloud.url}{ADDRESS}"
    return requests.post(address, json=content, headers=headers, verify=cloud.ready["bundle"], timeout=5)


def ended(cloud: Cloud, credential: Any, answer: requests.Response) -> dict[str, Any]:
    """How the operation ended that the answer started."""
    headers = {"Authorization": f"Bearer {credential.get_token(SCOPE).token}"}
    for _ in range(100):
        poll = requests.get(answer.headers["Location"], headers=headers, verify=cloud.ready["bundle"], timeout=5)
        status: dict[str, Any] = poll.json()
        if status["status"] != "InProgress":
            return status
        time.sleep(0.02)
    raise AssertionError(f"the copy did not end: {status}")


def test_a_copy_takes_its_time_and_has_the_whole_image(
    cloud: Cloud, credential: Any, registry: Any, unique: str
) -> None:
    digest = push_image(registry, unique, "1", b"the layer")
    answer = asked(cloud, credential, f"{unique}@{digest}", [f"trusted/{unique}"])
    assert answer.status_code == 202
    assert ended(cloud, credential, answer)["status"] == "Succeeded"
    manifest = registry.get_manifest(f"trusted/{unique}", digest)
    layer = manifest.manifest["layers"][0]["digest"]
    assert (manifest.digest, b"".join(registry.download_blob(f"trusted/{unique}", layer))) == (digest, b"the layer")


def test_a_copy_over_a_locked_one_fails_and_says_why(cloud: Cloud, credential: Any, registry: Any, unique: str) -> None:
    digest = push_image(registry, unique)
    place = f"trusted/{unique}"
    ended(cloud, credential, asked(cloud, credential, f"{unique}@{digest}", [place]))
    registry.update_manifest_properties(place, digest, can_write=False)
    failed = ended(cloud, credential, asked(cloud, credential, f"{unique}@{digest}", [place]))
    assert (failed["status"], "writeEnabled is false" in failed["error"]["message"]) == ("Failed", True)


def test_what_can_not_be_pulled_can_not_be_copied(cloud: Cloud, credential: Any, registry: Any, unique: str) -> None:
    digest = push_image(registry, unique)
    assert asked(cloud, credential, f"{unique}@sha256:{'0' * 64}", ["x"]).status_code == 404
    assert asked(cloud, credential, f"nothing-{unique}@{digest}", ["x"]).status_code == 404
    registry.update_manifest_properties(unique, digest, can_read=False)
    assert asked(cloud, credential, f"{unique}@{digest}", ["x"]).status_code == 405


@pytest.mark.parametrize("target", [[], None, "trusted"])
def test_a_copy_needs_a_digest_and_a_place(cloud: Cloud, credential: Any, unique: str, target: Any) -> None:
    assert asked(cloud, credential, f"{unique}:1", ["trusted"]).status_code == 400
    assert asked(cloud, credential, f"{unique}@sha256:{'0' * 64}", target).status_code == 400


def test_nobody_copies_without_a_management_token(cloud: Cloud, credential: Any) -> None:
    assert asked(cloud, credential, "x", ["y"], token="nonsense").status_code == 401
