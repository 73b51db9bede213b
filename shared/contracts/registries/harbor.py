"""Harbor's webhooks in its own format and as CloudEvents: artifacts that came, went or were scanned."""

from dataclasses import replace
from typing import Any

import msgspec

from shared.contracts.envelopes import Event
from shared.contracts.registries.notices import Notice, Overview
from shared.contracts.shapes import Epoch, Name, convert

DEFAULT, CLOUD_EVENTS = "harbor-webhook-default", "harbor-webhook-cloudevents"
PREFIX = "harbor."
_ACTIONS = {
    "PUSH_ARTIFACT": "push",
    "pushImage": "push",
    "harbor.artifact.pushed": "push",
    "DELETE_ARTIFACT": "delete",
    "deleteImage": "delete",
    "harbor.artifact.deleted": "delete",
    "PULL_ARTIFACT": "pull",
    "pullImage": "pull",
    "harbor.artifact.pulled": "pull",
    "SCANNING_COMPLETED": "scan",
    "SCANNING_FAILED": "scan",
    "SCANNING_STOPPED": "scan",
    "scanningCompleted": "scan",
    "scanningFailed": "scan",
    "harbor.scan.completed": "scan",
    "harbor.scan.failed": "scan",
    "harbor.scan.stopped": "scan",
}


class _Totals(msgspec.Struct):
    total: int | None = None
    fixable: int | None = None
    summary: dict[str, int] | None = None


class _Scan(msgspec.Struct):
    scan_status: str = ""
    severity: str = ""
    summary: _Totals | None = None


class _Resource(msgspec.Struct):
    digest: str = ""
    tag: str | None = None
    resource_url: str = ""
    scan_overview: dict[str, _Scan] | None = None


class _Repository(msgspec.Struct):
    repo_full_name: str = ""


class _Data(msgspec.Struct):
    resources: list[_Resource] | None = None
    repository: _Repository | None = None


class _Webhook(msgspec.Struct):
    type: Name
    occur_at: Epoch
    operator: str = ""
    event_data: _Data = msgspec.field(default_factory=_Data)


def owns(event: Event) -> bool:
    """Whether the CloudEvent is one of Harbor."""
    return event.type.startswith(PREFIX)


def from_webhook(element: dict[str, Any]) -> list[Notice]:
    """One notice per resource of a webhook in Harbor's own format, at least one; raises Malformed."""
    told = convert(element, _Webhook)
    shared = Notice(
        format=DEFAULT,
        source=DEFAULT,
        id="",
        type=told.type,
        action=_ACTIONS.get(told.type, "other"),
        element=element,
        time=int(told.occur_at),
        at=told.occur_at,
        actor=told.operator,
    )
    return _per_resource(shared, told.event_data, "event_data")


def from_event(event: Event) -> list[Notice]:
    """One notice per resource of a CloudEvent, at least one; raises Malformed."""
    shared = Notice(
        format=CLOUD_EVENTS,
        source=event.source,
        id=event.id,
        type=event.type,
        action=_ACTIONS.get(event.type, "other"),
        element=event.element,
        time=str(event.element["time"]),
        at=event.time,
        actor=str(event.element.get("operator", "")),
        where=event.where,
    )
    return _per_resource(shared, convert(event.data, _Data, f"{event.where}.data"), f"{event.where}.data")


def _per_resource(shared: Notice, data: _Data, where: str) -> list[Notice]:
    repository = data.repository.repo_full_name if data.repository else ""
    shared = replace(shared, repository=repository, where=where)
    return [
        replace(
            shared,
            registry=_host(resource.resource_url, repository),
            tag=resource.tag or "",
            digest=resource.digest,
            scan=_overview(resource),
            where=f"{where}.resources[{index}]".removeprefix("."),
        )
        for index, resource in enumerate(data.resources or [])
    ] or [shared]


def _host(image: str, repository: str) -> str:
    """What stands before the repository in the image's name, "" where that is not its name."""
    host, slash, rest = image.partition("/")
    return host if slash and rest.startswith(repository) else ""


def _overview(resource: _Resource) -> Overview | None:
    """The summary by the first scanner; Harbor has one for each project."""
    scan = next(iter((resource.scan_overview or {}).values()), None)
    if scan is None:
        return None
    totals = scan.summary or _Totals()
    return Overview(
        state=scan.scan_status,
        severity=scan.severity,
        total=totals.total,
        fixable=totals.fixable,
        by_severity=totals.summary or {},
    )
