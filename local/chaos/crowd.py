"""Everybody around Gatehouse in a chaos run: they register, approve and call, whether the app is alive or not."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace

import requests
from azure.core.exceptions import ResourceNotFoundError

from local.chaos.plan import LIKE, Fate, Planned
from local.demo.callers import Callers
from local.demo.models import candidates, wine
from local.demo.scanner import CRITICAL, HARMLESS
from local.demo.screen import ENDED
from local.demo.team import Team
from local.platform import Platform

REPOSITORY = "chaos-serving"
RATE = 4.0
POLICY = """\
canary:
  ladder: [50]
  measure_every_seconds: 2
  minimum_requests: 6
  maximum_error_rate: 0.5
  maximum_error_increase: 0.4
  maximum_latency_ratio: 1000.0
live:
  soak_hours: 0.0005
"""


class Crowd:
    """Brings the planned releases, as fast as their models allow.

    `registered` holds those that were announced, `approvals` the ids of all facts that the app accepted (HTTP 202),
    `digests` the image of each release and `stages` what the app said last, by (model, version).
    """

    def __init__(self, platform: Platform, planned: Sequence[Planned]) -> None:
        self._rows = wine()
        self._trained = {candidate.version: candidate for candidate in candidates(self._rows)}
        self._bundle = platform.env["REQUESTS_CA_BUNDLE"]
        self._waiting = list(planned)
        self._callers: dict[str, Callers] = {}
        self._stack = ExitStack()
        self.team = Team(platform.env, platform.url)
        self.registered: list[Planned] = []
        self.approvals: dict[str, tuple[str, str]] = {}
        self.digests: dict[tuple[str, str], str] = {}
        self.stages: dict[tuple[str, str], str] = {}
        for model in dict.fromkeys(each.model for each in planned):
            self.team.override_policy(model, POLICY)

    def close(self) -> None:
        """Stop calling, and close all clients."""
        self._stack.close()
        self.team.close()

    @property
    def done(self) -> bool:
        """Whether all that was planned is registered and has ended or is live."""
        ended = all(self.stages.get((each.model, each.version)) in (*ENDED, "live") for each in self.registered)
        return not self._waiting and ended

    @property
    def progress(self) -> float:
        """How much of the plan is done, 0–1: a release counts half when registered and wholly when ended."""
        ended = sum(self._ended(each) for each in self.registered)
        return (len(self.registered) + ended) / (2 * (len(self.registered) + len(self._waiting)))

    def act(self) -> None:
        """Look at the releases, approve those that wait, register one more, and call endpoints that serve."""
        try:
            self.stages = {(line["model"], line["version"]): line["stage"] for line in self.team.releases()}
            self._approve()
        except requests.RequestException:
            pass  # the app is dead just now; the next look finds it
        self._register_one()
        self._call()

    def _approve(self) -> None:
        for (model, version), stage in self.stages.items():
            if stage == "awaiting approval":
                with suppress(requests.HTTPError):  # it moved on since it was listed
                    self.approvals[self.team.approve(model, version)] = (model, version)

    def _register_one(self) -> None:
        under_way = Counter(each.model for each in self.registered if not self._ended(each))
        following = next((each for each in self._waiting if self._may_start(each, under_way)), None)
        if following:
            self._waiting.remove(following)
            self._register(following)

    def _may_start(self, release: Planned, under_way: Counter[str]) -> bool:
        first_lives = release.version == "1" or self.stages.get((release.model, "1")) in ("live", "superseded")
        return first_lives and under_way[release.model] < (2 if release.early else 1)

    def _ended(self, release: Planned) -> bool:
        return self.stages.get((release.model, release.version)) in (*ENDED, "live")

    def _register(self, release: Planned) -> None:
        digest = self.team.push_image(REPOSITORY, release.tag)
        environment = self.team.name_environment(release.tag, "1", REPOSITORY, release.tag)
        candidate = replace(self._trained[LIKE[release.fate]], version=release.version)
        self.team.register(release.model, candidate, environment, release.model)
        self.team.report_scan(REPOSITORY, digest, CRITICAL if release.fate is Fate.BAD_SCAN else HARMLESS)
        self.digests[release.model, release.version] = digest
        self.registered.append(release)

    def _call(self) -> None:
        for model in {model for (model, _), stage in self.stages.items() if stage == "canary"} - set(self._callers):
            if uri := self._served(model):
                callers = Callers(uri, self._rows.test, RATE, self._bundle)
                self._callers[model] = self._stack.enter_context(callers)

    def _served(self, model: str) -> str:
        try:
            endpoint = self.team.workspace.online_endpoints.get(model)
        except ResourceNotFoundError:
            return ""
        return str(endpoint.scoring_uri) if any((endpoint.traffic or {}).values()) else ""

    def answered(self) -> int:
        """How many requests of callers were answered."""
        return sum(count for callers in self._callers.values() for count in callers.answers.values())
