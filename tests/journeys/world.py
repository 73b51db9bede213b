"""What the journeys share: the team's clients, models of their own, and what storage holds."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import requests
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient

from local.demo.callers import Callers
from local.demo.models import Candidate, candidates, wine
from local.demo.scanner import CRITICAL, HARMLESS
from local.demo.team import Team
from local.platform import Platform
from shared.core.identity import release_key

REPOSITORY = "journey-serving"
SECRET = "a-secret-of-the-journeys-that-is-long-enough"
QUICK_POLICY = """\
canary: {ladder: [30], measure_every_seconds: 1, minimum_requests: 25, maximum_latency_ratio: 8.0}
live: {soak_hours: 0.0005}
"""
ENDED = frozenset({"live", "superseded", "rejected", "rolled back", "recalled", "expired", "aborted"})


class World:
    """The platform, seen by those who use it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._approved: set[tuple[str, str]] = set()
        self.rows = wine()
        self.trained = {candidate.version: candidate for candidate in candidates(self.rows)}
        self.team = Team(platform.env, platform.url)
        self._blobs = BlobServiceClient.from_connection_string(platform.env["StateStorage"])
        self._bus = ServiceBusClient.from_connection_string(platform.env["ServiceBusConnection"])

    def close(self) -> None:
        """Close the clients."""
        self.team.close()
        self._bus.close()
        self._blobs.close()

    def model(self, name: str, policy: str = QUICK_POLICY) -> None:
        """Give the model `name` thresholds that a test can wait for."""
        self.team.override_policy(name, policy)

    def register(self, name: str, version: str, like: str, *, critical: bool = False, scan: bool = True) -> str:
        """Register the trained candidate `like` as name:version on an image of its own; the image's digest."""
        candidate: Candidate = replace(self.trained[like], version=version)
        tag = f"{name}-{version}"
        digest = self.team.push_image(REPOSITORY, tag)
        environment = self.team.name_environment(tag, "1", REPOSITORY, tag)
        self.team.register(name, candidate, environment, name)
        if scan:
            self.team.report_scan(REPOSITORY, digest, CRITICAL if critical else HARMLESS)
        return digest

    def stage(self, name: str, version: str) -> str:
        """The stage of a release, "" when it is not known."""
        lines = self.team.releases()
        return next((line["stage"] for line in lines if (line["model"], line["version"]) == (name, version)), "")

    def until(self, name: str, version: str, *stages: str, approve: bool = True, seconds: float = 60) -> dict[str, Any]:
        """Wait until the release is in one of `stages`, approving it on the way; the release in full."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            stage = self.stage(name, version)
            if stage in stages:
                return self.team.release(name, version)
            assert stage not in ENDED, self.team.release(name, version)["history"]
            if approve and stage == "awaiting approval" and (name, version) not in self._approved:
                self._approved.add((name, version))
                self.team.approve(name, version)
            time.sleep(0.2)
        raise AssertionError(f"{name}:{version} stayed {self.stage(name, version)!r}, wanted {stages}")

    @contextmanager
    def callers(self, endpoint: str, rate: float = 60.0) -> Iterator[Callers]:
        """Real traffic on an endpoint while the block lasts."""
        uri = str(self.team.workspace.online_endpoints.get(endpoint).scoring_uri)
        with Callers(uri, self.rows.test, rate, self.platform.env["REQUESTS_CA_BUNDLE"]) as callers:
            yield callers

    def first_live(self, name: str, policy: str = QUICK_POLICY) -> None:
        """Bring version 1 of `name` live, alone."""
        self.model(name, policy)
        self.register(name, "1", "1")
        self.until(name, "1", "canary")
        deadline = time.monotonic() + 30
        while not self.served(name) and time.monotonic() < deadline:
            time.sleep(0.2)
        with self.callers(name):
            self.until(name, "1", "live")

    def served(self, endpoint: str) -> bool:
        """Whether the endpoint is there and has traffic."""
        listed = {each.name for each in self.team.workspace.online_endpoints.list()}
        return endpoint in listed and bool(self.team.traffic(endpoint))

    def send(self, queue: str, body: bytes, message_id: str | None = None, **properties: str) -> None:
        """Send bytes to a queue, as any outsider would."""
        with self._bus.get_queue_sender(queue) as sender:
            message = ServiceBusMessage(body, message_id=message_id, application_properties={**properties})
            sender.send_messages(message)

    @contextmanager
    def broken(self, name: str, version: str) -> Iterator[None]:
        """Something that nobody can read lies where the release is kept, while the block lasts."""
        blob = self._blobs.get_blob_client("state", f"{release_key(name, version)}.json")
        blob.upload_blob(b"{", metadata={"model": name, "version": version, "stage": "broken"})
        yield
        blob.delete_blob()

    def image(self, digest: str) -> dict[str, Any] | None:
        """The document of an image, or None."""
        blob = self._blobs.get_blob_client("state", f"images/{digest.removeprefix('sha256:')}.json")
        return json.loads(blob.download_blob().readall()) if blob.exists() else None

    def quarantined(self) -> list[dict[str, Any]]:
        """Every quarantine case, with its body."""
        container = self._blobs.get_container_client("quarantine")
        names = [blob.name for blob in container.list_blobs() if blob.name.endswith(".json")]
        cases = [json.loads(container.download_blob(name).readall()) for name in names]
        return [{**case, "body": container.download_blob(f"{case['id']}.body").readall()} for case in cases]

    def witness(self) -> list[dict[str, Any]]:
        """What really happened in the cloud, by its own log."""
        return [json.loads(line) for line in self.platform.witness_log.read_text().splitlines()]

    def get(self, path: str) -> Any:
        """What the app answers to a GET; raises requests.HTTPError."""
        answer = requests.get(f"{self.platform.url}{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, content: Any, headers: dict[str, str]) -> requests.Response:
        """A POST to the app."""
        return requests.post(f"{self.platform.url}{path}", json=content, headers=headers, timeout=30)
