"""Five lives of a release, told live: one goes to production, one was replaced by it, three are stopped."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.demo.ending import Claim, Ended, Heard, claims, ended
from local.demo.news import News
from local.demo.plot import ACTS, ENDPOINT, MODEL, OUTSIDE, POLICY, REPOSITORY, SETTINGS
from local.demo.screen import ENDED, Screen
from local.platform import Platform

if TYPE_CHECKING:
    from local.demo.models import Candidate, Rows

RATE = 80.0
PATIENCE_SECONDS = 60.0
PACKAGE, _, PACKAGE_VERSION = OUTSIDE.partition("@")

type Trained = tuple["Rows", dict[str, "Candidate"]]


def run(as_json: bool) -> int:
    """Tell the story; the exit code is 0 only when every release ended as expected and every claim holds."""
    screen = Screen(quiet=as_json)
    started = time.monotonic()
    screen.say("starting storage, messaging, the cloud and the app; training five models on scikit-learn's wine data …")
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-demo-"))
    with ThreadPoolExecutor(1) as pool, News() as news:
        training = pool.submit(_train)
        with Platform({**SETTINGS, "NOTIFY_URL": news.url}, root=folder) as platform:
            os.environ.update(platform.env)
            endings, checks, history = Story(platform, screen, news, training).tell()
    seconds = time.monotonic() - started
    good = all(each.stage == each.expected for each in endings) and all(claim.holds for claim in checks)
    if as_json:
        print(_as_json(endings, checks, good, seconds))
    else:
        screen.summary(endings, checks, history, good, seconds)
    if good:
        shutil.rmtree(folder)
    else:
        screen.say(f"the logs are in {folder}")
    return 0 if good else 1


def _as_json(endings: list[Ended], checks: list[Claim], good: bool, seconds: float) -> str:
    outcomes, claimed = [asdict(each) for each in endings], [asdict(claim) for claim in checks]
    return json.dumps({"ok": good, "seconds": round(seconds, 1), "outcomes": outcomes, "claims": claimed}, indent=2)


def _train() -> Trained:
    """The data and the trained candidates, made while the platform starts, as are the slow imports."""
    import local.demo.team  # noqa: F401
    from local.demo.models import candidates, wine

    rows = wine()
    return rows, {candidate.version: candidate for candidate in candidates(rows)}


class Story:
    """The acts, on a running platform."""

    def __init__(self, platform: Platform, screen: Screen, news: News, training: Future[Trained]) -> None:
        from local.demo.desk import PackageDesk
        from local.demo.team import Team

        self._platform, self._screen, self._news = platform, screen, news
        self._rows, self._models = training.result()
        self._team, self._desk = Team(platform.env, platform.url), PackageDesk(platform.url)
        self._digests: dict[str, str] = {}
        self._approved: set[tuple[str, str]] = set()

    def tell(self) -> tuple[list[Ended], list[Claim], list[str]]:
        """Play all acts; how each release ended, the claims about the world, and the history of the good one."""
        from local.demo.callers import Callers

        self._team.override_policy(MODEL, POLICY)
        self._release("1")
        self._until("1 is deployed", lambda: self._stage("1") == "canary" and bool(self._team.traffic(ENDPOINT)))
        uri = str(self._team.workspace.online_endpoints.get(ENDPOINT).scoring_uri)
        with Callers(uri, self._rows.test, RATE, self._platform.env["REQUESTS_CA_BUNDLE"]):
            self._until("1 is live", lambda: self._stage("1") == "live")
            rejection = self._refusal()
            before, after = self._exception()
            self._release("3")
            self._until("3 is live", lambda: self._stage("3") == "live")
            for version in ("4", "5"):
                self._release(version)
            self._until("all have ended", self._all_ended)
            self._until("the house is in order", lambda: not self._waiting())
        return self._told(Heard(before=before, after=after, rejection=rejection))

    def _refusal(self) -> dict[str, Any]:
        """A version on an image with fixable findings: it is refused, the image removed; the news of that."""
        self._release("2")
        self._until("2 has ended", lambda: self._stage("2") in ENDED)
        self._until("its image is gone", lambda: not self._team.has_image(REPOSITORY, self._digests["2"]))
        self._until("Grace has heard of it", lambda: self._news.of(MODEL, "2", "rejected") is not None)
        heard = self._news.of(MODEL, "2", "rejected") or {}
        told = ", ".join(heard["requesters"])
        self._screen.say(f"the news goes to {told}: {MODEL}:2 is rejected, and its trace is at {heard['ledger']}")
        return heard

    def _exception(self) -> tuple[str, str]:
        """A package outside of the curated list is asked for and granted; what the rules said before and after."""
        self._screen.act(f"{PACKAGE} — a package of the rebuilt image that is not on the curated list")
        before = self._ruling()
        exception = self._desk.ask(MODEL, PACKAGE, "explains each score to those who buy the wine")
        self._until("the wish is known", lambda: self._desk.state(exception) == "requested")
        self._screen.say("Grace asks for an exception, and Ben reviews it")
        self._desk.grant(exception, "widely used, and it was looked at")
        self._until("it is granted", lambda: self._desk.state(exception) == "granted")
        return before, self._ruling()

    def _ruling(self) -> str:
        judged = self._desk.check(MODEL, f"{PACKAGE}=={PACKAGE_VERSION}")
        self._screen.say(f"{OUTSIDE}: {judged['ruling']}, because {'; '.join(judged['reasons'])}")
        return str(judged["ruling"])

    def _release(self, version: str) -> None:
        """Push its image, as the registry then posts, register it, and scan the image."""
        candidate, act, tag = self._models[version], ACTS[version], f"v{version}"
        self._screen.act(f"{MODEL}:{version} — {candidate.title} (accuracy {candidate.accuracy:.2f})")
        digest = self._digests[version] = self._team.push_image(REPOSITORY, tag)
        self._team.announce_push(REPOSITORY, tag, digest)
        environment = self._team.name_environment(REPOSITORY, version, REPOSITORY, tag)
        self._team.register(MODEL, candidate, environment, ENDPOINT)
        self._team.report_packages(REPOSITORY, digest, act.packages)
        self._team.report_scan(REPOSITORY, digest, act.findings)

    def _until(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._platform.check()
            releases = self._team.releases()
            self._screen.show(releases, lambda version: self._team.release(MODEL, version)["history"])
            self._approve_waiting(releases)
            if reached():
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {PATIENCE_SECONDS:.0f} s until {what}; see {self._platform.logs}")
            time.sleep(0.25)

    def _approve_waiting(self, releases: list[dict[str, Any]]) -> None:
        for line in releases:
            release = (line["model"], line["version"])
            if line["stage"] == "awaiting approval" and release not in self._approved:
                self._approved.add(release)
                self._screen.say(f"Ada approves {line['model']}:{line['version']}")
                self._team.approve(line["model"], line["version"])

    def _stage(self, version: str) -> str:
        return next((line["stage"] for line in self._team.releases() if line["version"] == version), "")

    def _all_ended(self) -> bool:
        stages = {line["version"]: line["stage"] for line in self._team.releases()}
        return all(stages.get(version) in (*ENDED, "live") for version in ACTS)

    def _waiting(self) -> list[str]:
        return [order for version in ACTS for order in self._team.release(MODEL, version)["waits_for"]]

    def _told(self, heard: Heard) -> tuple[list[Ended], list[Claim], list[str]]:
        releases = {version: self._team.release(MODEL, version) for version in ACTS}
        witnessed = [json.loads(line) for line in self._platform.witness_log.read_text().splitlines()]
        told = claims(self._team, releases, self._digests, heard, witnessed)
        self._team.close()
        return ended(releases, self._models), told, releases["3"]["history"]
