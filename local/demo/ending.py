"""How the demonstration ended: each release beside what was planned, and what must be true of the world then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.demo.plot import ACTS, ENDPOINT, MODEL, REPOSITORY
from shared.core.identity import deployment_name

if TYPE_CHECKING:
    from local.demo.models import Candidate
    from local.demo.team import Team


@dataclass(frozen=True, slots=True)
class Claim:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What people heard on the way: rulings about the package outside of the list, and the news of the rejection."""

    before: str
    after: str
    rejection: Mapping[str, Any]


def ended(releases: Mapping[str, Mapping[str, Any]], models: "Mapping[str, Candidate]") -> list[Ended]:
    """How each release ended; `releases` as the app shows them, by version."""
    return [
        Ended(
            MODEL, version, models[version].title, act.ending, releases[version]["stage"], releases[version]["reason"]
        )
        for version, act in ACTS.items()
    ]


def claims(
    team: "Team",
    releases: Mapping[str, Mapping[str, Any]],
    digests: Mapping[str, str],
    heard: Heard,
    witnessed: list[dict[str, Any]],
) -> list[Claim]:
    """What must be true; `witnessed` is the cloud's own log of what really happened."""
    made = {line.get("deployment") for line in witnessed if line["effect"].startswith("deployment")}
    return [
        *_refused(team, digests["2"], heard.rejection, witnessed),
        *_rebuilt(team, releases["3"], digests["3"], heard),
        Claim("no deployment was ever made of version 2", deployment_name(MODEL, "2") not in made),
        Claim("no deployment was ever made of version 5", deployment_name(MODEL, "5") not in made),
        Claim("version 4 had its chance", deployment_name(MODEL, "4") in made),
        Claim("every ledger is whole", all(release["ledger_whole"] for release in releases.values())),
    ]


def _refused(team: "Team", digest: str, news: Mapping[str, Any], witnessed: list[dict[str, Any]]) -> list[Claim]:
    locked = any(line["effect"] == "image-locked" and line.get("digest") == digest for line in witnessed)
    told = "grace" in news["requesters"] and "CVE-2024-3094" in news["reason"]
    return [
        Claim(
            "the image with critical findings was locked, and is gone",
            locked and not team.has_image(REPOSITORY, digest),
        ),
        Claim(
            "its requester was told why, and where the trace is", told and news["ledger"] == f"/api/releases/{MODEL}/2"
        ),
        Claim("its own ledger still says why it went", team.image(digest)["stage"] == "removed"),
    ]


def _rebuilt(team: "Team", release: Mapping[str, Any], digest: str, heard: Heard) -> list[Claim]:
    image = team.image(digest)
    posted = any(entry["fact"] == "ImagePushed" for entry in image["ledger"])
    excepted = [check["excepted"] for check in release["packages"]]
    trusted = (release["trusted"] or {}).get("repository")
    return [
        Claim("version 3 serves all traffic", team.traffic(ENDPOINT) == {deployment_name(MODEL, "3"): 100}),
        Claim(
            "the rebuilt image was known by the registry's webhook, and cleared", posted and image["stage"] == "cleared"
        ),
        Claim("it is deployed from its copy in the trusted repository", trusted == f"trusted/{REPOSITORY}"),
        Claim("a package outside of the list needed an exception", heard.before == "exception"),
        Claim("the exception that was granted let it in", heard.after == "allowed" and excepted == [1]),
    ]
