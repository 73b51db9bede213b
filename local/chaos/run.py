"""`python -m local chaos`: kills the app while many releases run, and counts what was lost or doubled."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from local.chaos.killer import Killer
from local.chaos.plan import plan
from local.platform import Platform

if TYPE_CHECKING:
    from local.chaos.crowd import Crowd
    from local.chaos.findings import Evidence

SETTINGS = {"TELEMETRY_WINDOW_SECONDS": "1", "SWEEP_SCHEDULE": "*/20 * * * * *", "NOTIFY_URL": ""}
LOCK = "PT10S"
"""A killed app's messages come back after this; the real queues' minute would only make the run longer."""
PATIENCE_SECONDS = 150.0
"""How long the run may go on without any release moving."""
SETTLE_SECONDS = 60.0


@dataclass(slots=True)
class Figures:
    """What a run came to; `trouble` holds every sentence behind `lost`, `doubled` and `wrong`."""

    releases: int
    seed: int
    kills: int = 0
    seconds: float = 0.0
    endings: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    entries: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    trouble: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled or wrong."""
        return not self.trouble


def run(releases: int, kills: int, seed: int, *, as_json: bool) -> int:
    """Run the plan of `seed`; the exit code is 0 only when nothing was lost, doubled or wrong."""
    folder, figures = Path(tempfile.mkdtemp(prefix="gatehouse-chaos-")), Figures(releases, seed)
    started = time.monotonic()
    with Platform(SETTINGS, root=folder, queues=_queues_with_short_locks(folder)) as platform:
        os.environ.update(platform.env)
        _live(platform, figures, kills, quiet=as_json)
    figures.seconds = round(time.monotonic() - started, 1)
    print(json.dumps({"ok": figures.good, **asdict(figures)}, indent=2) if as_json else _told(figures))
    if figures.good:
        shutil.rmtree(folder)
    else:
        print(f"the logs and the witness are in {folder}", file=sys.stderr)
    return 0 if figures.good else 1


def _queues_with_short_locks(folder: Path) -> Path:
    config = (Path(__file__).parent.parent / "servicebus.json").read_text(encoding="utf-8")
    file = folder / "servicebus.json"
    file.write_text(config.replace('"PT1M"', f'"{LOCK}"'), encoding="utf-8")
    return file


def _live(platform: Platform, figures: Figures, kills: int, *, quiet: bool) -> None:
    from local.chaos.crowd import Crowd

    crowd = Crowd(platform, plan(figures.releases, figures.seed))
    try:
        moved, progress = crowd.team.moved_to, lambda: crowd.progress
        with Killer(platform, kills, figures.seed, moved=moved, progress=progress) as killer:
            _until_done(crowd, killer, figures, quiet=quiet)
        figures.kills = killer.done
        if killer.trouble:
            figures.trouble.append(f"the app did not come back: {killer.trouble}")
        _judge(platform, crowd, figures)
        figures.requests = crowd.answered()
    finally:
        crowd.close()


def _until_done(crowd: "Crowd", killer: Killer, figures: Figures, *, quiet: bool) -> None:
    """Let the crowd act until all has ended and all kills are done, or nothing moves any more."""
    before: Any = None
    began = moved = time.monotonic()
    while not (crowd.done and killer.finished):
        crowd.act()
        now = (dict(crowd.stages), killer.done)
        if now != before:
            before, moved = now, time.monotonic()
            if not quiet:
                stages = ", ".join(f"{count} {stage}" for stage, count in Counter(crowd.stages.values()).items())
                print(f"{moved - began:5.0f} s, {killer.done} kills: {stages}", file=sys.stderr)
        if time.monotonic() - moved > PATIENCE_SECONDS:
            figures.trouble.append(f"nothing moved for {PATIENCE_SECONDS:.0f} s")
            return
        time.sleep(0.2)


def _judge(platform: Platform, crowd: "Crowd", figures: Figures) -> None:
    from local.chaos import findings

    evidence = _evidence(platform, crowd)
    deadline = time.monotonic() + SETTLE_SECONDS
    while findings.lost(evidence) and time.monotonic() < deadline:
        time.sleep(1)
        evidence = _evidence(platform, crowd)
    kinds = {"lost": findings.lost, "doubled": findings.doubled, "wrong": findings.wrong}
    found = {name: kind(evidence) for name, kind in kinds.items()}
    for name, sentences in found.items():
        setattr(figures, name, len(sentences))
        figures.trouble += [f"{name}: {sentence}" for sentence in sentences]
    figures.endings = dict(Counter(str(release.stage) for release in evidence.releases().values()))
    figures.entries = sum(len(record.ledger) for record in evidence.records)


def _evidence(platform: Platform, crowd: "Crowd") -> "Evidence":
    from local.chaos.findings import Evidence, witnessed
    from local.chaos.waiting import waiting
    from local.verify import audited, records

    requests.post(f"{platform.url}/admin/functions/export_ledgers", json={}, timeout=30).raise_for_status()
    return Evidence(
        planned=crowd.registered,
        records=records(platform.env),
        witnessed=witnessed(platform.witness_log),
        queued=waiting(platform.env["ServiceBusConnection"]),
        audited=audited(platform.env),
        approvals=crowd.approvals,
        digests=crowd.digests,
    )


def _told(figures: Figures) -> str:
    endings = ", ".join(f"{count} {stage}" for stage, count in sorted(figures.endings.items()))
    lines = [
        f"{figures.releases} releases, {figures.kills} kills, seed {figures.seed}, {figures.seconds} s",
        f"ended: {endings}; {figures.requests} requests served, {figures.entries} ledger entries",
        f"lost {figures.lost}, doubled {figures.doubled}, wrong {figures.wrong}",
        *figures.trouble,
    ]
    return "\n".join(lines)
