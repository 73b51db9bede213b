"""Tell the outside what became of a release, a live model or a dataset, as one CloudEvents 1.0 event."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from shared.core.datasets import Dataset
from shared.core.orders import Notify
from shared.core.release import Release
from shared.core.watch import Watch
from shared.performers.outcomes import Outcome
from shared.performers.world import World, finished

TYPE_PREFIX = "gatehouse.release"
WATCH_PREFIX = "gatehouse.watch"
DATASET_PREFIX = "gatehouse.dataset"


def notify(order: Notify, record: Release | Watch | Dataset, world: World, _attempt: int) -> Outcome:
    """Post the news; a redelivery posts it again under the same event id."""
    told = news_of(order, record, world.source)
    heard = world.notices.post(msgspec.json.encode(told))
    return finished(
        order, record, world, f"told the outside: {order.news}" if heard else f"{order.news}: nobody listens"
    )


def news_of(order: Notify, record: Release | Watch | Dataset, source: str) -> dict[str, Any]:
    """The CloudEvent of one piece of news, whatever it is about."""
    if isinstance(record, Release):
        return event(order, record, source)
    return of_watch(order, record, source) if isinstance(record, Watch) else of_dataset(order, record, source)


def ledger_path(release: Release) -> str:
    """Where the full trace of the release is read, below the app's own address."""
    return f"/api/releases/{quote(release.model, safe='')}/{quote(release.version, safe='')}"


def event(order: Notify, release: Release, source: str) -> dict[str, Any]:
    """The CloudEvent (JSON, structured mode) of one piece of news about a release; `time` is when it was decided.

    News so old that its ledger entry is spilled tells the release's present stage and reason.
    """
    entry = release.decided(order)
    data = {
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
            {"gate": verdict.gate, "outcome": verdict.outcome, "reason": verdict.reason} for verdict in release.verdicts
        ],
    }
    return _enveloped(order, TYPE_PREFIX, f"releases/{release.model}/{release.version}", source, data)


def of_watch(order: Notify, watch: Watch, source: str) -> dict[str, Any]:
    """The CloudEvent of one piece of news about a live model, with the numbers of its verdicts: cost and worth, too."""
    entry = watch.decided(order)
    verdicts = entry.verdicts if entry else watch.verdicts
    data = {
        "model": watch.model,
        "version": watch.version,
        "scenario": watch.scenario,
        "endpoint": watch.endpoint,
        "stage": entry.after if entry else watch.stage,
        "sentence": entry.sentence if entry else "",
        "action": watch.active.action if watch.active else None,
        "reference": watch.active.reference if watch.active else None,
        "signals": list(watch.signals),
        "ledger": f"/api/watches/{quote(watch.model, safe='')}",
        "verdicts": msgspec.to_builtins(verdicts),
    }
    return _enveloped(order, WATCH_PREFIX, f"watches/{watch.model}", source, data)


def of_dataset(order: Notify, dataset: Dataset, source: str) -> dict[str, Any]:
    """The CloudEvent of one piece of news about data that arrived, with the numbers of its verdict."""
    entry = dataset.decided(order)
    data = {
        "dataset": dataset.name,
        "stage": entry.after if entry else dataset.stage,
        "sentence": entry.sentence if entry else "",
        "current": dataset.current or None,
        "ledger": f"/api/datasets/{quote(dataset.name, safe='')}",
        "verdicts": msgspec.to_builtins(entry.verdicts) if entry else [],
    }
    return _enveloped(order, DATASET_PREFIX, f"datasets/{dataset.name}", source, data)


def _enveloped(order: Notify, prefix: str, subject: str, source: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": order.message_id("event"),
        "source": source,
        "type": f"{prefix}.{order.news.replace(' ', '-')}",
        "subject": subject,
        "time": datetime.fromtimestamp(order.given, UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
