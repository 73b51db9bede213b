"""Images through the unmodified SDKs: refused, waived, copied by digest, deployed from where they are trusted."""

from typing import Any

import pytest

from local.principal import principal
from shared.core.identity import deployment_name
from tests.journeys.world import QUICK_POLICY, REPOSITORY, World

PATIENT = f"{QUICK_POLICY}quarantine: {{hold_for_waiver_hours: 1}}\n"
FOUND = ["CVE-2024-3094", "CVE-2023-44487"]


@pytest.mark.slow
def test_a_waived_image_is_copied_by_digest_and_deployed_from_there(world: World) -> None:
    world.model("grechetto", PATIENT)
    digest = world.register("grechetto", "1", "1", critical=True)
    held = world.until("grechetto", "1", "quarantined")
    while not held["held"]:
        held = world.until("grechetto", "1", "quarantined")
    answers = [waived(world, digest, role) for role in ("Gatehouse.Approver", "Gatehouse.Security")]
    assert answers == [403, 202]
    release = world.until("grechetto", "1", "awaiting approval", approve=False)
    assert release["trusted"]["repository"] == f"trusted/{REPOSITORY}"
    copies = [line for line in world.witness() if line["effect"] == "image-imported" and line["digest"] == digest]
    assert {line["repository"] for line in copies} == {f"trusted/{REPOSITORY}"}
    made = {"effect": "deployment-create-succeeded", "deployment": deployment_name("grechetto", "1"), "image": digest}
    assert any(made.items() <= line.items() for line in world.witness())
    story = world.get(f"/api/images/{digest}")
    assert (story["stage"], [word["release"] for word in story["cleared_by"]]) == ("cleared", ["grechetto:1"])
    assert digest in {line["digest"] for line in world.get("/api/images")["images"]}


def waived(world: World, digest: str, role: str) -> int:
    """The answer to a waiver by somebody with the role."""
    headers = {"x-ms-client-principal": principal("Sela Local", "sela", [role])}
    waiver: dict[str, Any] = {"ids": FOUND, "reason": "the packages are not loaded", "hours": 2}
    return world.post(f"/api/images/{digest}/waivers", waiver, headers).status_code
