"""Docker Hub: a push by tag, without digest and event id, whose addresses are never called."""

from typing import Any

import msgspec

from shared.contracts.registries.notices import Notice
from shared.contracts.shapes import Epoch, Name, convert

FORMAT = "dockerhub-webhook"
REGISTRY = "docker.io"


class _Push(msgspec.Struct):
    pushed_at: Epoch
    tag: str = ""
    pusher: str = ""


class _Repository(msgspec.Struct):
    repo_name: Name


class _Webhook(msgspec.Struct):
    push_data: _Push
    repository: _Repository


def parse(element: dict[str, Any]) -> Notice:
    """One push; raises Malformed."""
    told = convert(element, _Webhook)
    push = told.push_data
    return Notice(
        format=FORMAT,
        source=FORMAT,
        id="",
        type="push",
        action="push",
        element=element,
        registry=REGISTRY,
        repository=told.repository.repo_name,
        tag=push.tag,
        time=int(push.pushed_at),
        at=push.pushed_at,
        actor=push.pusher,
    )
