"""Four lives of a release, told live: one goes to production, three are stopped for different reasons."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local.demo.screen import ENDED, Screen
from local.platform import Platform
from shared.core.identity import deployment_name

if TYPE_CHECKING:
    from local.demo.models import Candidate
    from local.demo.team import Team

MODEL, ENDPOINT, REPOSITORY = "wine", "wine", "wine-serving"
RATE = 80.0
PATIENCE_SECONDS = 60.0
SETTINGS = {"TELEMETRY_WINDOW_SECONDS": "1", "SWEEP_SCHEDULE": "0 */5 * * * *", "NOTIFY_URL": ""}
POLICY = """\
# The demonstration's own limits: production ones would take hours. Every number is explained in classical.yaml.
canary:
  ladder: [20, 50]
  measure_every_seconds: 1
  minimum_requests: 60
  maximum_latency_ratio: 5.0
live:
  soak_hours: 0.001
"""
EXPECTED = {"1": "superseded", "2": "live", "3": "rejected", "4": "rolled back", "5": "rejected"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must be true at the end, and whether it is."""

    claim: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How one release ended."""

    model: str
    version: str
    title: str
    expected: str
    stage: str
    reason: str


def run(as_json: bool) -> int:
    """Tell the story; the exit code is 0 only when every release ended as expected and every claim holds."""
    screen = Screen(quiet=as_json)
    started = time.monotonic()
    screen.say("starting storage, messaging, the cloud and the app …")
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-demo-"))
    with Platform(SETTINGS, root=folder) as platform:
        os.environ.update(platform.env)
        ended, claims, history = Story(platform, screen).tell()
    seconds = time.monotonic() - started
    good = all(each.stage == each.expected for each in ended) and all(claim.holds for claim in claims)
    if as_json:
        outcomes, checks = [asdict(each) for each in ended], [asdict(claim) for claim in claims]
        print(json.dumps({"ok": good, "seconds": round(seconds, 1), "outcomes": outcomes, "claims": checks}, indent=2))
    else:
        screen.summary(ended, claims, history, good, seconds)
    if good:
        shutil.rmtree(folder)
    else:
        screen.say(f"the logs are in {folder}")
    return 0 if good else 1


class Story:
    """The acts, on a running platform."""

    def __init__(self, platform: Platform, screen: Screen) -> None:
        self._platform, self._screen = platform, screen
        self._approved: set[tuple[str, str]] = set()

    def tell(self) -> tuple[list[Ended], list[Finding], list[str]]:
        """Play all acts; how each release ended, the claims about the world, and the history of the good one."""
        self._screen.say("training five models on scikit-learn's wine data …")
        from local.demo.callers import Callers
        from local.demo.models import candidates, wine
        from local.demo.team import Team

        rows = wine()
        models = {candidate.version: candidate for candidate in candidates(rows)}
        team = Team(self._platform.env, self._platform.url)
        team.override_policy(MODEL, POLICY)
        digests = {version: team.push_image(REPOSITORY, f"v{version}") for version in models}
        self._release(team, models["1"], digests["1"])
        self._until(team, "1 is deployed", lambda: self._stage(team, "1") == "canary" and bool(team.traffic(ENDPOINT)))
        uri = team.workspace.online_endpoints.get(ENDPOINT).scoring_uri
        with Callers(str(uri), rows.test, RATE, self._platform.env["REQUESTS_CA_BUNDLE"]):
            self._until(team, "1 is live", lambda: self._stage(team, "1") == "live")
            self._release(team, models["2"], digests["2"])
            self._until(team, "2 is live", lambda: self._stage(team, "2") == "live")
            for version in ("3", "4", "5"):
                self._release(team, models[version], digests[version])
            self._until(team, "all have ended", lambda: self._all_ended(team))
            self._until(team, "the house is in order", lambda: not self._waiting(team))
        told = self._ended(team, models), self._claims(team, digests), team.release(MODEL, "2")["history"]
        team.close()
        return told

    def _release(self, team: "Team", candidate: "Candidate", digest: str) -> None:
        from local.demo.scanner import CRITICAL, HARMLESS

        version = candidate.version
        self._screen.act(f"{MODEL}:{version} — {candidate.title} (accuracy {candidate.accuracy:.2f})")
        environment = team.name_environment(REPOSITORY, version, REPOSITORY, f"v{version}")
        team.register(MODEL, candidate, environment, ENDPOINT)
        team.report_scan(REPOSITORY, digest, CRITICAL if version == "3" else HARMLESS)

    def _until(self, team: "Team", what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._platform.check()
            self._screen.show(team.releases(), lambda version: team.release(MODEL, version)["history"])
            self._approve_waiting(team)
            if reached():
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {PATIENCE_SECONDS:.0f} s until {what}; see {self._platform.logs}")
            time.sleep(0.25)

    def _approve_waiting(self, team: "Team") -> None:
        for line in team.releases():
            release = (line["model"], line["version"])
            if line["stage"] == "awaiting approval" and release not in self._approved:
                self._approved.add(release)
                self._screen.say(f"Ada approves {line['model']}:{line['version']}")
                team.approve(line["model"], line["version"])

    def _stage(self, team: "Team", version: str) -> str:
        return next((line["stage"] for line in team.releases() if line["version"] == version), "")

    def _all_ended(self, team: "Team") -> bool:
        stages = {line["version"]: line["stage"] for line in team.releases()}
        return all(stages.get(version) in (*ENDED, "live") for version in EXPECTED)

    def _waiting(self, team: "Team") -> list[str]:
        return [order for version in EXPECTED for order in team.release(MODEL, version)["waits_for"]]

    def _ended(self, team: "Team", models: "dict[str, Candidate]") -> list[Ended]:
        found = {version: team.release(MODEL, version) for version in EXPECTED}
        return [
            Ended(MODEL, version, models[version].title, EXPECTED[version], each["stage"], each["reason"])
            for version, each in found.items()
        ]

    def _claims(self, team: "Team", digests: dict[str, str]) -> list[Finding]:
        made = {line.get("deployment") for line in self._witnessed() if line["effect"].startswith("deployment")}
        serving = team.traffic(ENDPOINT)
        return [
            Finding("version 2 serves all traffic", serving == {deployment_name(MODEL, "2"): 100}),
            Finding("the image with critical findings is gone", not team.has_image(REPOSITORY, digests["3"])),
            Finding("no deployment was ever made of version 3", deployment_name(MODEL, "3") not in made),
            Finding("no deployment was ever made of version 5", deployment_name(MODEL, "5") not in made),
            Finding("version 4 had its chance", deployment_name(MODEL, "4") in made),
            Finding("every ledger is whole", all(team.release(MODEL, v)["ledger_whole"] for v in EXPECTED)),
        ]

    def _witnessed(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self._platform.witness_log.read_text().splitlines()]
