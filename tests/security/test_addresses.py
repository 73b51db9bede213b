"""No address that a sender gives is ever called, and no hostile form of a registry's name passes for ours."""

import ast
import json
from pathlib import Path

import pytest

from shared.doors.registry_hints import same_host
from tests.security.front import Front, pushed
from tests.security.imports import ROOT, clients, imported
from tests.simulated.registry import REGISTRY

INBOUND = sorted(
    file
    for pattern in (
        "handlers/*.py",
        "shared/*.py",
        "shared/doors/*.py",
        "shared/people/*.py",
        "shared/ports/*.py",
        "shared/contracts/**/*.py",
    )
    for file in ROOT.glob(pattern)
    if file.name != "services.py"
)
GIVEN_ADDRESSES = ("callback_url", "validationUrl", "repo_url", "html_url", "WebHook-Request-Callback", "clone_url")
HOSTILE = {
    "U1": f"https://{REGISTRY}",
    "U2": f"http://{REGISTRY}",
    "U3": f"{REGISTRY}.evil.example",
    "U4": f"evil-{REGISTRY}",
    "U5": f"evil.example/{REGISTRY}",
    "U6": f"{REGISTRY}@evil.example",
    "U7": f"user:password@{REGISTRY}",
    "U8": f"evil.example#{REGISTRY}",
    "U9": f"evil.example?{REGISTRY}",
    "U10": f"evil.example\\{REGISTRY}",
    "U11": f"{REGISTRY}:444",
    "U12": f"{REGISTRY}.",
    "U13": f"{REGISTRY}%2eevil.example",
    "U14": f"{REGISTRY}%00.evil.example",
    "U15": f"{REGISTRY}\x00",
    "U16": f"{REGISTRY}\n",
    "U17": f" {REGISTRY}",
    "U18": f"{REGISTRY}/",
    "U19": f"//{REGISTRY}",
    "U20": "127.0.0.1",
    "U21": "2130706433",
    "U22": "0x7f.1",
    "U23": "[::ffff:127.0.0.1]",
    "U24": "169.254.169.254",
    "U25": "localhost",
    "U26": REGISTRY.replace("e", "е"),
    "U27": REGISTRY.replace(".", "。"),
}


@pytest.mark.parametrize("file", INBOUND, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_nothing_that_reads_what_comes_in_can_call_an_address(file: Path) -> None:
    """U1–U27: there is nothing to trick where no client is and no given address is read."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    texts |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not clients(imported(file) - {"azure.functions"})
    assert not texts & set(GIVEN_ADDRESSES)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_form_of_the_registrys_name_is_not_ours(front: Front, case: str) -> None:
    """U1–U27."""
    image = front.house.images.add("team/x", "1")
    assert not same_host(HOSTILE[case], REGISTRY)
    assert front.signed("acr", pushed("team/x", "1", image.digest, HOSTILE[case])).status_code == 200
    front.house.wait(1.0)
    assert front.house.documents.under("images/") == {}
    (kept,) = front.cases()
    assert "the only one that is trusted" in kept.reason


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("registry", REGISTRY),
        ("example", REGISTRY),
        (".", REGISTRY),
        ("\u212aey.example", "key.example"),
        ("", REGISTRY),
    ],
)
def test_a_part_or_a_letter_that_only_looks_alike_is_not_ours(given: str, ours: str) -> None:
    """U26."""
    assert not same_host(given, ours)


@pytest.mark.parametrize("name", [REGISTRY, REGISTRY.upper(), ""])
def test_our_own_name_in_any_case_or_none_at_all_is_ours(front: Front, name: str) -> None:
    image = front.house.images.add("team/x", "1")
    front.signed("acr", pushed("team/x", "1", image.digest, name))
    front.house.wait(1.0)
    assert len(front.house.documents.under("images/")) == 1


@pytest.mark.parametrize(
    "repository",
    [
        *("../x", "x/../../y", "/x", "x//../y", "X", "x?y=z", "x#y", "x%2fy", "x\ny", "x y", "é", "x/.", "x" * 600),
        *("http://evil.example/x", "x@sha256:" + "0" * 64, "..", "x:y", "_x", "x\x00"),
    ],
)
def test_a_repository_that_no_registry_has_is_asked_for_nowhere(front: Front, repository: str) -> None:
    front.signed("acr", pushed(repository, "1", ""))
    front.house.wait(1.0)
    (case,) = front.cases()
    assert case.door == "registry-events"
    assert front.house.documents.under("images/") == {}


@pytest.mark.parametrize("tag", ["../1", "a/b", "-x", ".x", "x" * 129, "x y", "1?x", "é", "%2e", "sha256:0", "1\n"])
def test_a_tag_that_no_registry_has_is_asked_for_nowhere(front: Front, tag: str) -> None:
    front.signed("acr", pushed("team/x", tag, ""))
    front.house.wait(1.0)
    assert len(front.cases()) == 1
    assert front.house.documents.under("images/") == {}


def test_an_address_inside_of_a_body_changes_nothing(front: Front) -> None:
    image = front.house.images.add("team/x", "1")
    body = json.loads(pushed("team/x", "1", image.digest))
    body |= {
        "callback_url": "http://169.254.169.254/",
        "validationUrl": "http://127.0.0.1/",
        "url": "file:///etc/passwd",
    }
    front.signed("acr", json.dumps(body).encode())
    front.house.wait(1.0)
    assert len(front.house.documents.under("images/")) == 1
