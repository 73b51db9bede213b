"""Tell the outside what became of a release, as one CloudEvents 1.0 event."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from shared.core.orders import Notify
from shared.core.release import Release
from shared.performers.outcomes import Outcome
from shared.performers.world import World, finished

TYPE_PREFIX = "gatehouse.release"


def notify(order: Notify, release: Release, world: World, _attempt: int) -> Outcome:
    """Post the news; a redelivery posts it again under the same event id."""
    heard = world.notices.post(msgspec.json.encode(event(order, release, world.source)))
    return finished(
        order, release, world, f"told the outside: {order.news}" if heard else f"{order.news}: nobody listens"
    )


def ledger_path(release: Release) -> str:
    """Where the full trace of the release is read, below the app's own address."""
    return f"/api/releases/{quote(release.model, safe='')}/{quote(release.version, safe='')}"


def event(order: Notify, release: Release, source: str) -> dict[str, Any]:
    """The CloudEvent (JSON, structured mode) of one piece of news; `time` is when it was decided.

    News so old that its ledger entry is spilled tells the release's present stage and reason.
    """
    entry = release.decided(order)
    return {
        "specversion": "1.0",
        "id": order.message_id("event"),
        "source": source,
        "type": f"{TYPE_PREFIX}.{order.news.replace(' ', '-')}",
        "subject": f"releases/{release.model}/{release.version}",
        "time": datetime.fromtimestamp(order.given, UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {
            "model": release.model,
            "version": release.version,
            "stage": entry.after if entry else release.stage,
            "sentence": entry.sentence if entry else release.reason,
            "requesters": list(dict.fromkeys(release.submitters)),
            "reason": release.reason,
            "ledger": ledger_path(release),
            "image": release.digest,
            "reports": [{"scanner": scan.scanner, "report": scan.report} for scan in release.scans],
            "verdicts": [
                {"gate": verdict.gate, "outcome": verdict.outcome, "reason": verdict.reason}
                for verdict in release.verdicts
            ],
        },
    }
