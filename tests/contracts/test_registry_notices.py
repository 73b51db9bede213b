"""Notices of registries that no authentic sample shows: several at once, tags alone, and what is no image."""

import json
from typing import Any

import pytest

from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.registries import parse_hints
from shared.contracts.registries.notices import Hint

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def hints(content: Any) -> list[Hint | Ignored | Malformed]:
    return parse_hints(json.dumps(content).encode())


def acr(action: str, **target: Any) -> dict[str, Any]:
    return {"id": "1", "timestamp": "2026-01-01T00:00:00Z", "action": action, "target": target}


def harbor(kind: str, *resources: dict[str, Any]) -> dict[str, Any]:
    data = {"resources": list(resources), "repository": {"repo_full_name": "p/x"}}
    return {"type": kind, "occur_at": 1_700_000_000, "operator": "o", "event_data": data}


def github(action: str, **package: Any) -> dict[str, Any]:
    version = {"id": 7, "version": ONE, "package_url": "ghcr.io/Team/App:v1"}
    whole = {"name": "app", "namespace": "Team", "package_type": "CONTAINER", "package_version": version, **package}
    return {"action": action, "registry_package": whole}


def distribution(action: str, **target: Any) -> dict[str, Any]:
    return {"events": [{"id": "1", "timestamp": "2026-01-01T00:00:00Z", "action": action, "target": target}]}


def event_grid(moment: str) -> list[dict[str, Any]]:
    event = {"id": "e", "topic": "/t", "eventType": "Microsoft.ContainerRegistry.ImagePushed", "eventTime": moment}
    return [{**event, "data": acr("push", repository="x", digest=ONE)}]


def test_each_resource_of_one_webhook_is_a_hint_of_its_own() -> None:
    first, second = hints(harbor("PUSH_ARTIFACT", {"digest": ONE, "tag": "a"}, {"digest": TWO, "tag": "b"}))
    assert isinstance(first, Hint)
    assert isinstance(second, Hint)
    assert [(each.digest, each.tag, each.repository) for each in (first, second)] == [
        (ONE, "a", "p/x"),
        (TWO, "b", "p/x"),
    ]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("hub.example/p/x:1", "hub.example"),
        ("hub.example:5000/p/x@sha256:0", "hub.example:5000"),
        ("hub.example/other:1", ""),
        ("p/x:1", ""),
        ("", ""),
        ("//p/x", ""),
    ],
)
def test_a_host_is_only_what_stands_before_the_repository(url: str, host: str) -> None:
    (hint,) = hints(harbor("PUSH_ARTIFACT", {"digest": ONE, "resource_url": url}))
    assert isinstance(hint, Hint)
    assert hint.registry == host


@pytest.mark.parametrize(
    ("content", "action", "tag", "digest"),
    [
        (acr("push", repository="x", digest=ONE, mediaType=MANIFEST), "push", "", ONE),
        (acr("quarantine", repository="x", tag="1", digest="sha256:91ef6"), "push", "1", ""),
        (acr("delete", repository="x", tag="1", digest=ONE), "delete", "1", ONE),
        (distribution("push", repository="x", digest=ONE, mediaType=MANIFEST), "push", "", ONE),
        (distribution("delete", repository="x", digest=ONE), "delete", "", ONE),
        (
            harbor("harbor?", {}) | {"type": "DELETE_ARTIFACT"} | harbor("DELETE_ARTIFACT", {"digest": ONE}),
            "delete",
            "",
            ONE,
        ),
        (github("published"), "push", "", ONE),
        (github("updated", package_type="docker"), "push", "", ONE),
    ],
)
def test_an_image_that_came_or_went_is_a_hint(content: Any, action: str, tag: str, digest: str) -> None:
    (hint,) = hints(content)
    assert isinstance(hint, Hint)
    assert (hint.action, hint.tag, hint.digest) == (action, tag, digest)


@pytest.mark.parametrize(
    ("content", "at"),
    [
        (acr("push", repository="x", digest=ONE), 1_767_225_600.0),
        (distribution("push", repository="x", digest=ONE), 1_767_225_600.0),
        (harbor("PUSH_ARTIFACT", {"digest": ONE}), 1_700_000_000.0),
        (github("published", updated_at="2026-01-01T00:00:01Z"), 1_767_225_601.0),
        (event_grid("2026-01-01T00:00:02Z"), 1_767_225_602.0),
    ],
)
def test_a_hint_is_of_the_moment_that_its_sender_gives(content: Any, at: float) -> None:
    (hint,) = hints(content)
    assert isinstance(hint, Hint)
    assert hint.at == at


def test_an_image_of_github_has_the_repository_by_which_it_is_pulled() -> None:
    (hint,) = hints(github("published"))
    assert isinstance(hint, Hint)
    assert (hint.registry, hint.repository) == ("ghcr.io", "team/app")


@pytest.mark.parametrize(
    "content",
    [
        acr("ping"),
        acr("chart_push", repository="x", tag="1"),
        acr("import_of_tomorrow", repository="x", tag="1"),
        acr("push", repository="x", digest=ONE, mediaType="application/vnd.acr.helm.chart"),
        distribution("mount", repository="x", digest=ONE, mediaType=MANIFEST),
        distribution("push", repository="x", digest=ONE, mediaType="application/octet-stream"),
        harbor("QUOTA_EXCEED"),
        harbor("SCANNING_COMPLETED", {"digest": ONE}),
        github("published", package_type="npm"),
        github("deleted_by_nobody"),
    ],
)
def test_what_is_no_image_that_came_or_went_is_ignored_with_a_reason(content: Any) -> None:
    (outcome,) = hints(content)
    assert isinstance(outcome, Ignored)
    assert outcome.reason


@pytest.mark.parametrize(
    "content",
    [
        acr("push", repository="x"),
        acr("push", tag="1"),
        acr("push", repository="x", digest="sha256:" + "A" * 64),
        {**acr("push", repository="x", tag="1"), "timestamp": "yesterday"},
        {"push_data": {"pushed_at": 1}, "repository": {"repo_name": "a/b"}},
        {"push_data": {"tag": "1"}, "repository": {}},
        {"push_data": {"pushed_at": 1e300, "tag": "1"}, "repository": {"repo_name": "a/b"}},
        {**harbor("PUSH_ARTIFACT", {"digest": ONE}), "occur_at": -1},
        {"events": []},
        {"events": {"0": 1}},
        {"hello": "world"},
    ],
)
def test_what_names_no_image_is_refused_with_a_reason(content: Any) -> None:
    try:
        (outcome,) = hints(content)
    except Malformed as refused:
        outcome = refused
    assert isinstance(outcome, Malformed)
    assert outcome.reason
