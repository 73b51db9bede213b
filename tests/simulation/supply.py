"""Those who speak of images: scanners, authors of VEX, people who waive, tools that list packages, and a registry."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random

import msgspec

from local.principal import principal
from shared.asking import Reply
from shared.ports import Conflict, Unavailable
from tests.simulated import story
from tests.simulated.faults import Crash
from tests.simulated.registry import REGISTRY
from tests.simulation import findings as known
from tests.simulation.findings import Bill, Excepted, Scanned, Waived
from tests.simulation.plant import Plant
from tests.simulation.truth import Fate, Truth

MINUTE, HOUR = 60.0, 3600.0
WAIVING = (("Wanda", "Gatehouse.Security"), ("Carl", "Gatehouse.Security"), ("Nora", "Gatehouse.Approver"))
SPOKEN = (known.HARMFUL, known.ALLOWED, known.OUTDATED, known.STATED, known.RUMOURED)


class Supply:
    """Speaks of the images of all versions; only where the policy has rules of its own, more than scanners do."""

    def __init__(self, plant: Plant, truth: Truth, random: Random, stages: Mapping[str, str], *, calm: bool) -> None:
        self._plant, self._truth, self._random, self._calm = plant, truth, random, calm
        self._stages, self._known = stages, truth.findings
        self._rich = bool(truth.policy.quarantine.vex_authors)

    def plan(self, fate: Fate, start: float) -> None:
        """Let everybody speak of the image of a version that appears in `start` seconds."""
        self._plan_scans(fate, start)
        if not self._rich:
            return
        random, after = self._random, self._plant.scheduler.after
        after(start + random.uniform(0.0, 40 * MINUTE), lambda: self._scan(fate, "grype", self._found(0.1)))
        for author in (known.VENDOR, known.STRANGER):
            when = max(0.0, start + random.uniform(-10 * MINUTE, 20 * MINUTE))
            after(when, partial(self._state, fate, author))
        person, role = random.choice(WAIVING)
        after(start + random.uniform(0.0, 20 * MINUTE), lambda: self._waive_in_time(fate, person, role, 30))
        if self._truth.policy.packages.enforce == "block":
            after(start + random.uniform(0.0, 10 * MINUTE), self._ask)
            after(start + random.uniform(0.0, 50 * MINUTE), lambda: self._list(fate))
        after(start + random.uniform(0.0, HOUR), lambda: self._hint(fate))

    def _plan_scans(self, fate: Fate, start: float) -> None:
        random, after = self._random, self._plant.scheduler.after
        if random.random() < 0.96 or self._calm:
            when = max(0.0, start + random.uniform(-10 * MINUTE, 30 * MINUTE))
            critical = 1 if random.random() < (0.5 if self._rich else 0.08) else 0
            after(when, lambda: self.scan(fate, critical))
        if random.random() < 0.35:
            again = start + random.uniform(0.0, 2.5 * HOUR)
            findings = 1 if random.random() < 0.5 else 0
            after(again, lambda: self.scan(fate, findings))

    def scan(self, fate: Fate, critical: int) -> None:
        """Let the scanner report on the version's image now."""
        if self._rich and critical:
            self._scan(fate, "trivy", self._found(1.0))
            return
        body = story.report(self._plant, fate.image, critical=critical)
        self._send(fate, body, Scanned(self._now(), critical, body, "trivy", (known.HARMFUL,) * critical))

    def _found(self, share: float) -> tuple[str, ...]:
        return (self._random.choice(SPOKEN),) if self._random.random() < share else ()

    def _scan(self, fate: Fate, scanner: str, ids: tuple[str, ...]) -> None:
        body = (_grype if scanner == "grype" else _trivy)(fate, ids, _iso(self._now()))
        self._send(fate, body, Scanned(self._now(), len(ids), body, scanner, ids))

    def _send(self, fate: Fate, body: bytes, scan: Scanned) -> None:
        self._known.scans.setdefault(fate.digest, []).append(scan)
        self._plant.bus.put("scan-results", body)

    def _state(self, fate: Fate, author: str) -> None:
        """An author says of one vulnerability that it does no harm in the image."""
        spoken = known.STATED if author == known.VENDOR else known.RUMOURED
        statement = {
            "vulnerability": {"name": spoken},
            "products": [{"@id": f"pkg:oci/{fate.image}@{fate.digest}"}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
        }
        head = {"@context": "https://openvex.dev/ns/v0.2.0", "@id": f"vex-{author}", "version": 1}
        document = {**head, "author": author, "timestamp": _iso(self._now()), "statements": [statement]}
        self._known.stated.add((fate.digest, author))
        self._document(msgspec.json.encode(document))

    def _document(self, body: bytes) -> None:
        self._known.documents.append(body)
        self._plant.bus.put("scan-results", body)

    def _waive_in_time(self, fate: Fate, person: str, role: str, tries: int) -> None:
        """Once the release waits and a report of its image is bad."""
        if self._stages.get(fate.key) == "quarantined" and self._truth.refused_scan(fate):
            self._plant.scheduler.spawn(0, f"{person} waives", lambda: self._waive(fate, person, role))
        elif tries:
            self._plant.scheduler.after(2 * MINUTE, lambda: self._waive_in_time(fate, person, role, tries - 1))

    def _waive(self, fate: Fate, person: str, role: str) -> None:
        hours, at = self._random.choice([0.1, 0.3, 1.0, 5.0]), self._plant.clock.now()
        body = msgspec.json.encode({"ids": "all", "reason": "not reachable", "hours": hours})
        entitled = role in self._truth.policy.quarantine.waiver_roles
        self._known.waived.append(Waived(fate.digest, person, entitled, at, at + hours * HOUR))
        self._heard(lambda: self._plant.waivers.grant(fate.digest, _signed(person, role), body))

    def _heard(self, ask: Callable[[], Reply]) -> Reply | None:
        """What was answered, None when that is lost; what was taken must be in a ledger in the end."""
        try:
            reply = ask()
        except (Crash, Unavailable, Conflict):
            return None
        if reply.code == 202:
            self._known.told.append(str(reply.content["fact"]))
        return reply

    def _list(self, fate: Fate) -> None:
        """A tool lists what the image is made of."""
        more = self._random.choice([(), (), (known.EXCEPTED,), (known.EXCEPTED,), (known.DENIED,)])
        packages = (known.CURATED, *more)
        self._known.bills.setdefault(fate.digest, []).append(Bill(self._now(), packages))
        parts = [{"type": "library", "name": name, "purl": f"pkg:pypi/{name}@1.0.0"} for name in packages]
        about = {"type": "container", "name": fate.image, "version": fate.digest}
        tools = {"components": [{"type": "application", "name": "syft"}]}
        head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"tools": tools, "component": about}}
        self._document(msgspec.json.encode({**head, "components": parts}))

    def _ask(self) -> None:
        """Alice asks for a package, and somebody, perhaps herself, reviews it minutes later."""
        body = msgspec.json.encode({"package": known.EXCEPTED, "reason": "the model needs it"})

        def ask() -> None:
            reply = self._heard(lambda: self._plant.exceptions.ask(_signed("Alice", "Gatehouse.PackageReviewer"), body))
            if reply is not None and reply.code == 202:
                later, exception = self._random.uniform(MINUTE, 5 * MINUTE), str(reply.content["exception"])
                self._plant.scheduler.after(later, lambda: self._review(exception))

        self._plant.scheduler.spawn(0, "Alice asks", ask)

    def _review(self, exception: str) -> None:
        person = self._random.choice(["Rita", "Alice"])
        until = self._now() + self._random.choice([10 * MINUTE, 20 * HOUR])
        body = msgspec.json.encode({"decision": "approve", "until": _iso(until)})
        self._known.exceptions.append(Excepted("Alice", person, until))

        def review() -> None:
            header = _signed(person, "Gatehouse.PackageReviewer")
            self._heard(lambda: self._plant.exceptions.review(exception, header, body))

        self._plant.scheduler.spawn(0, f"{person} reviews", review)

    def _hint(self, fate: Fate) -> None:
        """A registry tells of a push of an image that nobody has, or of a deletion that never was."""
        digest, action = self._random.choice([("sha256:" + "7" * 64, "push"), (fate.digest, "delete")])
        target = {"digest": digest, "repository": fate.image, "tag": "latest"}
        event = {"id": f"{action}-{fate.version}", "timestamp": _iso(self._now()), "action": action, "target": target}
        request = {"id": "r", "host": REGISTRY, "method": "PUT"}
        self._plant.bus.put("registry-events", json.dumps({**event, "request": request}).encode())

    def _now(self) -> float:
        return self._plant.scheduler.now()


def _trivy(fate: Fate, ids: tuple[str, ...], at: str) -> bytes:
    rows = [{"VulnerabilityID": each, "PkgName": "openssl", "Severity": "CRITICAL"} for each in ids]
    content = {
        "SchemaVersion": 2,
        "ReportID": f"{fate.image}-{at}-{ids}",
        "CreatedAt": at,
        "ArtifactName": fate.image,
        "ArtifactType": "container_image",
        "Metadata": {"RepoDigests": [f"{REGISTRY}/{fate.image}@{fate.digest}"]},
        "Results": [{"Class": "os-pkgs", "Target": fate.image, "Vulnerabilities": rows}],
    }
    return msgspec.json.encode(content)


def _grype(fate: Fate, ids: tuple[str, ...], at: str) -> bytes:
    openssl = {"name": "openssl", "version": "3.0.1", "type": "deb"}
    matches = [{"vulnerability": {"id": each, "severity": "Critical"}, "artifact": openssl} for each in ids]
    target = {"userInput": fate.image, "repoDigests": [f"{REGISTRY}/{fate.image}@{fate.digest}"]}
    descriptor = {"name": "grype", "version": "0.90.0", "timestamp": at, "db": {"status": {"valid": True}}}
    distro = {"name": "debian", "version": "12"}
    return msgspec.json.encode(
        {"matches": matches, "source": {"type": "image", "target": target}, "distro": distro, "descriptor": descriptor}
    )


def _signed(person: str, role: str) -> dict[str, str]:
    return {"x-ms-client-principal": principal(person, f"id-of-{person}", [role])}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
