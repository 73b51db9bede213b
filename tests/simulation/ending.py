"""What must be true when everything has come to rest: all ended, nothing left over, nothing lost."""

import hashlib
import json

from shared.contracts.envelopes import parse_events
from shared.contracts.malformed import Malformed
from shared.core.identity import staging_endpoint, watch_key
from tests.simulated.story import ENDPOINT, MODEL
from tests.simulation.findings import Scanned
from tests.simulation.hearing import Violation
from tests.simulation.oracle import ENDED, REFUSED, Oracle
from tests.simulation.plant import Plant
from tests.simulation.truth import Fate, Truth

MINUTE = 60.0


class Ending:
    """Judges a plant at rest; raises Violation with the first claim that does not hold."""

    def __init__(self, plant: Plant, truth: Truth, oracle: Oracle) -> None:
        self._plant, self._truth, self._oracle = plant, truth, oracle

    def judge(self, *, calm: bool, patience: float, since: float) -> None:
        """All claims; a `calm` schedule must also give every version the end that it deserves.

        `patience` is how many seconds a failing canary may serve after `since`, when the faults stopped.
        """
        self._everything_ended()
        self._nothing_is_left()
        self._traffic_is_as_wanted()
        self._the_live_one_is_watched()
        self._nothing_was_lost()
        self._bad_ones_were_stopped(patience, since)
        for fate in self._truth.fates.values():
            self._refused_image_is_gone(fate)
        if calm:
            for fate in self._truth.fates.values():
                self._deserved(fate)

    def _need(self, holds: bool, problem: str) -> None:
        if not holds:
            raise Violation(problem)

    def _everything_ended(self) -> None:
        for fate in self._truth.fates.values():
            stage = self._oracle.stages.get(fate.key, "unknown")
            self._need(stage in ENDED | {"live"}, f"L1 version {fate.version} is {stage} for ever")

    def _nothing_is_left(self) -> None:
        waiting = {key: count for key, count in self._oracle.outstanding.items() if count}
        self._need(not waiting, f"L4 orders of {waiting} are outstanding for ever")
        letters = [letter.queue for letter in self._plant.bus.waiting()]
        self._need(not letters, f"L4 letters in {letters} are never settled")
        staged = sorted(self._plant.endpoints.standing(staging_endpoint(ENDPOINT)))
        self._need(not staged, f"L3 {staged} are left in staging")

    def _traffic_is_as_wanted(self) -> None:
        serving, document = self._plant.endpoints.serving(ENDPOINT), self._oracle.endpoint()
        live = [fate for fate in self._truth.fates.values() if self._oracle.stages[fate.key] == "live"]
        self._need(len(live) <= 1, f"I9 versions {[fate.version for fate in live]} are live at once")
        wanted = {live[0].deployment: 100} if live else {}
        self._need(serving == wanted, f"L3 {serving} is served where {wanted} is right")
        self._need(document.get("desired", {}) == wanted, f"L3 {document.get('desired')} is desired, {wanted} is right")
        self._need(document.get("holder", "") == "", f"L3 {document.get('holder')} holds the traffic for ever")
        expected = {fate.deployment for fate in live}
        made = self._plant.endpoints.standing(ENDPOINT)
        self._need(made == expected, f"L3 deployments {sorted(made)} are there where {sorted(expected)} are right")
        for fate in live:
            alert = any(key == fate.key and "alert" in line for _, key, line in self._oracle.sentences)
            silent = self._suspicious(fate) and not alert
            self._need(not silent, f"L5 version {fate.version} is live on a refused image, silently")

    def _the_live_one_is_watched(self) -> None:
        """W: the watch follows what serves, in whatever order the news of it came."""
        live = [fate.version for fate in self._truth.fates.values() if self._oracle.stages[fate.key] == "live"]
        (stored,) = self._plant.documents.under(watch_key(MODEL)).values() or (None,)
        watched = json.loads(stored)["version"] if stored else ""
        self._need(watched == "".join(live), f"W version {watched or 'none'} is watched, {live or 'none'} serves")

    def _suspicious(self, fate: Fate) -> bool:
        """Whether the newest report of any scanner holds what still counts."""
        known, now = self._truth.findings, self._plant.scheduler.now()
        newest = {scan.scanner: scan for scan in sorted(known.scans[fate.digest], key=_newness)}
        return any(known.counting(scan, fate.digest, fate.submitter, now, now) for scan in newest.values())

    def _nothing_was_lost(self) -> None:
        """I6: each input that was taken is in a ledger or in quarantine."""
        kept = {case.body for case in self._plant.quarantine.cases.values()}
        for version, bodies in self._truth.announced.items():
            for event in (event for body in bodies for event in parse_events(body)):
                assert not isinstance(event, Malformed)
                known = event.digest in self._oracle.bodies or event.canonical() in kept
                self._need(known, f"I6 an event about version {version} was lost")
        found = self._truth.findings
        for body in (*found.documents, *(scan.body for scans in found.scans.values() for scan in scans)):
            digest = hashlib.sha256(body).hexdigest()
            self._need(digest in self._oracle.bodies or body in kept, "I6 a scan report was lost")
        self._need(set(found.told) <= self._oracle.facts, "I6 a waiver or an exception was lost")
        for said in self._truth.said:
            self._need(not said.fact or said.fact in self._oracle.facts, f"I6 {said.person}'s answer was lost")
        for fact, body in self._truth.strays:
            self._need(fact in self._oracle.facts or body in kept, "I6 an approval by another door was lost")
        for body in self._truth.poison:
            self._need(body in kept, "I6 a body that nobody understands is not in quarantine")

    def _bad_ones_were_stopped(self, patience: float, since: float) -> None:
        """L2: a failing canary does not serve for long."""
        for deployment, began in self._oracle.bad_since.items():
            ended = self._oracle.bad_until.get(deployment)
            self._need(ended is not None, f"L2 {deployment} serves for ever, doing badly")
            assert ended is not None
            served = ended - max(began, since)
            self._need(served <= patience, f"L2 {deployment} did badly for {served:.0f} s")

    def _refused_image_is_gone(self, fate: Fate) -> None:
        """Q: what a scan has refused is removed, unless another version runs on it."""
        shared = [other for other in self._truth.fates.values() if other.digest == fate.digest]
        refused = any(
            key == fate.key and "critical finding" in line and ("rejected:" in line or "rolling back:" in line)
            for _, key, line in self._oracle.sentences
        )
        serves = self._oracle.stages[fate.key] == "live"
        gone = serves or fate.digest in self._plant.images.discarded or not self._newest_is_bad(fate)
        self._need(gone or not refused or len(shared) > 1, f"Q the image of version {fate.version} is still there")

    def _deserved(self, fate: Fate) -> None:
        """Without faults nothing may end otherwise than it deserves."""
        stage, truth = self._oracle.stages[fate.key], self._truth
        name = f"version {fate.version}"
        if (
            truth.refused_scan(fate)
            or truth.policy.packages.enforce == "block"
            or truth.refused_by_people(fate)
            or fate.version in truth.operated
        ):
            return
        if fate.good:
            self._need(stage in ("live", "superseded"), f"end: {name} is good and yet {stage}")
        elif not fate.valid or fate.smoke != 200:
            self._need(stage in ("rejected", "superseded"), f"end: {name} is bad and yet {stage}")
        elif not fate.slow:
            self._need(stage in (REFUSED | {"superseded"}), f"end: {name} is bad in use and yet {stage}")

    def _newest_is_bad(self, fate: Fate) -> bool:
        """Whether the last report of its image was above the limits: a later clean one keeps the image."""
        newest = max(self._truth.findings.scans.get(fate.digest, []), key=_newness, default=None)
        return newest is not None and newest.critical > 0


def _newness(scan: Scanned) -> tuple[float, int]:
    """By the time of the report; of two of one moment the worse counts."""
    return scan.at, scan.critical
