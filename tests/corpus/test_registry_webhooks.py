"""What registries send is read exactly as it is meant, and only images that came or went become hints."""

import contextlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.contracts import strict_json
from shared.contracts.envelopes import Event, parse_events
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.registries import acr, docker_hub, ghcr, parse_hints, parse_notices
from shared.contracts.registries.notices import Hint, Notice
from shared.doors.webhooks import is_json
from tests.corpus.expectations import matching, needs_corpus, sample

ROOT = Path(__file__).parents[2]

pytestmark = needs_corpus


@matching("registry-webhooks/*")
def test_what_a_registry_sends_is_read_exactly(expectation: Path) -> None:
    body, expected = sample(expectation)
    told = READERS[family(expected)](body, expected)
    wanted = {key: value for key, value in expected.items() if key not in ("trap", "note", "headers_note")}
    assert {key: told[key] for key in wanted} == wanted


@matching("registry-webhooks/*")
def test_an_image_that_came_or_went_is_a_hint_and_all_else_is_ignored_with_a_reason(expectation: Path) -> None:
    body, _ = sample(expectation)
    for notice, outcome in zip(parse_notices(body), parse_hints(body), strict=True):
        assert isinstance(notice, Notice)
        if notice.action in ("push", "quarantine", "delete") and notice.is_image:
            assert isinstance(outcome, Hint)
            assert outcome.digest in ("", notice.digest)
            assert not outcome.digest or len(outcome.digest) == len("sha256:") + 64
        else:
            assert isinstance(outcome, Ignored)
            assert outcome.reason


@matching("registry-webhooks/*")
def test_a_damaged_notice_is_understood_or_refused(expectation: Path) -> None:
    body, _ = sample(expectation)
    chance = random.Random(expectation.name)
    for _ in range(50):
        damaged = bytearray(body[: chance.choice([len(body), chance.randrange(len(body))])])
        for _ in range(min(chance.randrange(1, 20), len(damaged))):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]",:0e-\\\n&* \xff')
        with contextlib.suppress(Malformed):
            assert parse_hints(bytes(damaged))


def family(expected: dict[str, Any]) -> str:
    return str(expected.get("format") or expected["envelope"])


def only(body: bytes) -> Notice:
    (notice,) = parse_notices(body)
    assert isinstance(notice, Notice)
    return notice


def common(notice: Notice) -> dict[str, Any]:
    return {
        "format": notice.format,
        "id": notice.id,
        "type": notice.type,
        "action": notice.action,
        "registry": notice.registry or None,
        "repository": notice.repository or None,
        "tag": notice.tag or None,
        "digest": notice.digest or None,
        "image_ref": notice.image,
        "timestamp": notice.time,
    }


def from_acr(body: bytes, _expected: dict[str, Any]) -> dict[str, Any]:
    notice, (outcome,) = only(body), parse_hints(body)
    return common(notice) | {
        "dispatch": isinstance(outcome, Hint),
        "chart_name": notice.artifact,
        "chart_version": notice.version,
        "digest_is_masked": not notice.full_digest,
        "digest_is_valid_sha256": bool(notice.full_digest),
    }


def from_events(body: bytes, _expected: dict[str, Any]) -> dict[str, Any]:
    events = [event for event in parse_events(body) if isinstance(event, Event)]
    notices = [notice for notice in parse_notices(body) if isinstance(notice, Notice)]
    return {
        "envelope": " ".join({event.envelope for event in events}),
        "top_level": "array" if isinstance(strict_json.loads(body), list) else "object",
        "event_count": len(events),
        "events": [one_event(event, notice) for event, notice in zip(events, notices, strict=True)],
    }


def one_event(event: Event, notice: Notice) -> dict[str, Any]:
    told = common(notice) | {
        "type_literal": notice.type,
        "type_canonical": acr.canonical_type(event),
        "subject": event.subject,
        "time_literal": event.element["eventTime" if event.envelope == "eventgrid" else "time"],
    }
    for name in ("format", "type", "image_ref", "timestamp"):
        del told[name]
    return told


def from_distribution(body: bytes, expected: dict[str, Any]) -> dict[str, Any]:
    notices = [notice for notice in parse_notices(body) if isinstance(notice, Notice)]
    manifests = [notice for notice in notices if notice.is_image]
    kind = expected.get("content_type", "application/vnd.docker.distribution.events.v1+json")
    names = ("id", "action", "repository", "tag", "digest")
    return {
        "format": " ".join({notice.format for notice in notices}),
        "content_type": kind if is_json(kind) else "refused at the door",
        "event_count": len(notices),
        "manifest_events": len(manifests),
        "layer_events": len(notices) - len(manifests),
        "events": [{name: common(notice)[name] for name in names} for notice in manifests],
    }


def from_docker_hub(body: bytes, _expected: dict[str, Any]) -> dict[str, Any]:
    notice = only(body)
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "shared").rglob("*.py"))
    return common(notice) | {
        "pushed_at": notice.time,
        "pusher": notice.actor,
        "must_not_call_callback_url": "callback_url" not in code,
    }


def from_ghcr(body: bytes, _expected: dict[str, Any]) -> dict[str, Any]:
    notice, element = only(body), strict_json.loads(body)
    assert isinstance(element, dict)
    event = ghcr.read(element)
    version = event.registry_package.package_version
    assert version is not None
    assert version.container_metadata is not None
    tag = version.container_metadata.tag
    return {
        "format": notice.format,
        "action": notice.type,
        "package_name": notice.artifact,
        "namespace": event.registry_package.namespace,
        "package_type": event.registry_package.package_type,
        "version": notice.version,
        "tag": notice.tag,
        "tag_digest": tag.digest if tag else None,
        "package_url": version.package_url,
        "repository": event.repository.full_name,
        "digest": notice.digest,
    }


def from_harbor(body: bytes, _expected: dict[str, Any]) -> dict[str, Any]:
    notice = only(body)
    scan = notice.scan
    scanned = (
        {"scan_status": scan.state, "severity": scan.severity, "total": scan.total, "fixable": scan.fixable}
        if scan
        else {}
    )
    return common(notice) | scanned | {"occur_at": notice.time, "is_clean": bool(scan and scan.clean)}


READERS: dict[str, Callable[[bytes, dict[str, Any]], dict[str, Any]]] = {
    acr.FORMAT: from_acr,
    "eventgrid": from_events,
    "cloudevents": from_events,
    "distribution-notification": from_distribution,
    docker_hub.FORMAT: from_docker_hub,
    ghcr.FORMAT: from_ghcr,
    "harbor-webhook-default": from_harbor,
    "harbor-webhook-cloudevents": from_harbor,
}
