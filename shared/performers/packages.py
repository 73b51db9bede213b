"""Bring bills of materials to releases, and judge the packages in them."""

from dataclasses import replace

from shared.contracts.packages.versions import holds
from shared.contracts.sbom import parse_sbom
from shared.contracts.sbom.listing import listing_of
from shared.core.evidence import PackageCheck, SbomReport
from shared.core.facts import PackagesJudged, PackagesListed
from shared.core.identity import fact_id
from shared.core.images import Image
from shared.core.orders import BringSbom, JudgePackages
from shared.core.packages import Judgement, Rules, Ruling, judge
from shared.core.release import Release
from shared.granted import grants
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, finished, told

WORST = 20


def bring_sbom(order: BringSbom, image: Image, world: World, _attempt: int) -> Outcome:
    """Bring one bill of materials of the image to one release."""
    listed = PackagesListed(
        id=fact_id("sbom", order.sbom.report, order.model, order.version),
        at=world.clock.now(),
        actor=order.sbom.tool,
        model=order.model,
        version=order.version,
        sbom=order.sbom,
    )
    done = finished(order, image, world, f"{order.model}:{order.version} was told what {order.sbom.tool} listed")
    return Done((listed, *done.facts))


def judge_packages(order: JudgePackages, release: Release, world: World, _attempt: int) -> Outcome:
    """Tell PackagesJudged: the kept document under the release's policy and the exceptions that count now.

    Vulnerabilities are left to the gate of scans, which knows how severe they are.
    """
    now, policy = world.clock.now(), release.policy
    listing = listing_of(parse_sbom(world.bodies.read(order.sbom.report)))
    excepted = grants(world.documents, release.model, policy.scenario, now)
    rules = Rules(policy=policy.packages, holds=holds, grants=excepted)
    judgements = judge(rules, (replace(package, vulnerabilities=()) for package in listing.packages))
    check = checked(order.sbom, judgements, now)
    return Done((told(PackagesJudged, order, release, world, check=check),))


def checked(sbom: SbomReport, judgements: tuple[Judgement, ...], now: float) -> PackageCheck:
    """The judgements in numbers, with the worst of them in words."""
    denied = [each for each in judgements if each.ruling is Ruling.DENIED]
    refused = [each for each in judgements if each.ruling is Ruling.EXCEPTION]
    allowed = [each for each in judgements if each.ruling is Ruling.ALLOWED]
    excepted = sum(bool(each.exception) for each in allowed)
    return PackageCheck(
        sbom=sbom,
        allowed=len(allowed) - excepted,
        excepted=excepted,
        refused=len(refused),
        denied=len(denied),
        worst=tuple(each.sentence()[:300] for each in (denied + refused)[:WORST]),
        at=now,
    )
