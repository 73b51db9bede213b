"""Looks for images in production whose newest scan is older than their policy lets it be."""

from collections.abc import Iterator

from shared import telemetry
from shared.contracts import wire
from shared.core.facts import RescanDue
from shared.core.identity import fact_id
from shared.core.policy import HOUR
from shared.core.record import Seen, seen
from shared.core.release import Release, Stage
from shared.doors.intake import Intake
from shared.listing import listed
from shared.ports import Clock, Documents

RUNNING = frozenset({Stage.CANARY, Stage.LIVE})


class Rescans:
    """Says once in every period that a scan is due; safe to run twice at once."""

    def __init__(self, documents: Documents, intake: Intake, clock: Clock) -> None:
        self._documents, self._intake, self._clock = documents, intake, clock

    def run(self) -> int:
        """Tell RescanDue of every release in production that needs a scan; how many need one. Raises Unavailable."""
        due = [fact for release in self._running() if (fact := self._due(release))]
        news = [fact for release, fact in due if seen(release, fact) is Seen.NEW]
        if news:
            self._intake.tell(news)
        telemetry.count(telemetry.STALE, len(due))
        return len(due)

    def _running(self) -> Iterator[Release]:
        for key, marks in listed(self._documents, "releases"):
            if marks["stage"] in RUNNING and (stored := self._documents.read(key)):
                yield wire.decode_release(key, stored.data)

    def _due(self, release: Release) -> tuple[Release, RescanDue] | None:
        period = release.policy.quarantine.rescan_hours * HOUR
        newest = max((scan.scanned_at for scan in release.scans), default=release.entered)
        now = self._clock.now()
        if not period or now < newest + period:
            return None
        cause = fact_id("rescan due", release.key, f"{newest:.3f}", str(int((now - newest) // period)))
        fact = RescanDue(
            id=cause, at=now, model=release.model, version=release.version, digest=release.digest, scanned_at=newest
        )
        return release, fact
