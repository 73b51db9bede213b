"""What must hold after a chaos run, by the word of the cloud's witness, the queues and the ledgers."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.audit import Audited
from local.chaos.plan import ENDINGS, Fate, Planned
from shared.core.identity import deployment_name
from shared.core.images import Image
from shared.core.record import Record
from shared.core.release import Release

STAGING = "-stg"
REFUSED = frozenset({Fate.BAD_SCAN, Fate.BAD_METRICS})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is left after a run: the plan, whole records, the witness' lines, what the queues hold, the audit.

    `approvals` are the releases (model, version) of the facts that HTTP accepted, by id; `digests` the images.
    """

    planned: Sequence[Planned]
    records: Sequence[Record]
    witnessed: Sequence[Mapping[str, Any]]
    queued: Mapping[str, int]
    audited: Sequence[Audited]
    approvals: Mapping[str, tuple[str, str]]
    digests: Mapping[tuple[str, str], str]

    def releases(self) -> dict[tuple[str, str], Release]:
        """Every release by model and version."""
        found = [record for record in self.records if isinstance(record, Release)]
        return {(release.model, release.version): release for release in found}


def witnessed(log: Path) -> list[dict[str, Any]]:
    """The lines of the cloud's own log, oldest first."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def lost(evidence: Evidence) -> list[str]:
    """Everything that was accepted and did not get where it must."""
    return [*_wrong_endings(evidence), *_facts_without_entry(evidence), *_left_waiting(evidence)]


def _wrong_endings(evidence: Evidence) -> Iterator[str]:
    releases = evidence.releases()
    for each in evidence.planned:
        release = releases.get((each.model, each.version))
        stage = str(release.stage) if release else "not known"
        if stage not in ENDINGS[each.fate]:
            yield f"{each.model}:{each.version} ({each.fate}) is {stage}"


def _facts_without_entry(evidence: Evidence) -> Iterator[str]:
    facts = {entry.fact_id for record in evidence.records for entry in record.ledger}
    for fact, (model, version) in evidence.approvals.items():
        if fact not in facts:
            yield f"the approval {fact[:12]} of {model}:{version} is in no ledger"
    images = [record for record in evidence.records if isinstance(record, Image)]
    scanned = {image.digest for image in images if any(entry.fact == "ImageScanned" for entry in image.ledger)}
    for (model, version), digest in evidence.digests.items():
        if digest not in scanned:
            yield f"the scan of {model}:{version} is in no ledger"


def _left_waiting(evidence: Evidence) -> Iterator[str]:
    yield from (f"{count} message(s) wait in {queue}" for queue, count in evidence.queued.items() if count)
    for release in evidence.releases().values():
        if waits := [type(order).__name__ for order in release.outstanding]:
            yield f"{release.name} waits for {', '.join(waits)}"


def doubled(evidence: Evidence) -> list[str]:
    """Everything that happened more often than it was meant to."""
    return [*_made_twice(evidence.witnessed), *_counted_twice(evidence.records)]


def _made_twice(witnessed: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    made = Counter(
        (line["endpoint"], line["deployment"]) for line in witnessed if line["effect"] == "deployment-create-started"
    )
    yield from (f"{name} was made {count} times on {at}" for (at, name), count in made.items() if count > 1)


def _counted_twice(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        counted = Counter(entry.fact_id for entry in record.ledger)
        yield from (f"{fact[:12]} is {count} times in one ledger" for fact, count in counted.items() if count > 1)
        kinds = Counter(entry.fact for entry in record.ledger)
        if kinds["ModelRegistered"] > 1 or kinds["Promoted"] > 1:
            yield f"one release was registered or promoted more than once: {dict(kinds)}"


def wrong(evidence: Evidence) -> list[str]:
    """Traffic that may not be, deployments of what was refused, and ledgers that are not whole."""
    return [
        *_illegal_traffic(evidence.witnessed),
        *_undeserved_deployments(evidence),
        *_wrong_traffic_now(evidence),
        *(f"{each.name}: {each.broken}" for each in evidence.audited if each.broken),
    ]


def _illegal_traffic(witnessed: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for line in witnessed:
        if line["effect"] == "traffic-written":
            weights = [weight for weight in line["traffic"].values() if weight]
            if sum(weights) != 100 or any(not 0 < weight <= 100 for weight in weights):
                yield f"{line['endpoint']} served {line['traffic']} at {line['time']}"


def _undeserved_deployments(evidence: Evidence) -> Iterator[str]:
    made = {line["deployment"] for line in evidence.witnessed if line["effect"] == "deployment-create-started"}
    for each in evidence.planned:
        if each.fate in REFUSED and deployment_name(each.model, each.version) in made:
            yield f"{each.model}:{each.version} ({each.fate}) was deployed"


def _wrong_traffic_now(evidence: Evidence) -> Iterator[str]:
    """Every production endpoint ends with all its traffic on its one live release."""
    now = {line["endpoint"]: line["traffic"] for line in evidence.witnessed if "traffic" in line}
    live: dict[str, dict[str, int]] = {}
    for (model, version), release in evidence.releases().items():
        if release.stage == "live":
            live.setdefault(model, {})[deployment_name(model, version)] = 100
    for endpoint, weights in now.items():
        serving = {name: weight for name, weight in weights.items() if weight}
        if not endpoint.endswith(STAGING) and serving != live.get(endpoint, {}):
            yield f"{endpoint} serves {serving}, but live is {live.get(endpoint)}"
