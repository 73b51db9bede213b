"""One release in every stage and every fact in the ways it can turn out, for the generated pages and their tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.core import facts
from shared.core.evidence import (
    Approval,
    ArtifactFile,
    Dismissals,
    Finding,
    ImageReference,
    Inspection,
    PackageCheck,
    SbomReport,
    Scan,
    Waiver,
)
from shared.core.lifecycle import decide
from shared.core.orders import InspectModel, ShiftTraffic
from shared.core.policy import ApprovalPolicy, PackagePolicy, Policy
from shared.core.release import Release, Stage
from shared.core.windows import Traffic

NOW = 10_000.0
DEADLINE = 9_000.0
DIGEST = "sha256:" + "a" * 64
POLICY = Policy(name="usual", scenario="classical", approval=ApprovalPolicy(required=2))
IMAGE = ImageReference(registry="registry.example", repository="churn", digest=DIGEST)
WELL = Traffic(requests=1000, errors=0, latency={"30": 1000})
BADLY = Traffic(requests=1000, errors=500, latency={"30": 1000})
SHIFT = ShiftTraffic(document="", key="0.1.ShiftTraffic", weight=50)
WAITED_FOR = InspectModel(document="", key="0.0.InspectModel")

INSPECTION = Inspection(
    tags={},
    metrics={},
    files=(ArtifactFile(path="model.onnx", size=10, format="onnx"),),
    artifact="f" * 64,
    environment="env:1",
    endpoint="churn-api",
    sample="sample_request.json",
    submitted_by=("carl",),
)
CLEAN = Scan(
    digest=DIGEST,
    scanner="trivy",
    scanned_at=NOW,
    counts={},
    fixable={},
    secrets=0,
    misconfigurations=0,
    worst_findings=(),
    report="c" * 64,
)
FINDING = Finding(id="CVE-2026-1", severity="CRITICAL", package="openssl", installed="3", fixed_in="")
CRITICAL = replace(CLEAN, counts={"CRITICAL": 1}, worst_findings=(FINDING,), report="d" * 64)
WAIVER = Waiver(
    id="w" * 32,
    ids=(FINDING.id,),
    reason="not reachable",
    person="olga",
    tenant="t",
    name="Olga",
    roles=POLICY.quarantine.waiver_roles,
    at=NOW,
    until=NOW + 3_600.0,
)
WAIVED = Dismissals(waivers=(WAIVER,), revision=2)
SBOM = SbomReport(digest=DIGEST, tool="syft", format="spdx 2.3", packages=3, made_at=NOW, report="e" * 64)
INSIDE = PackageCheck(sbom=SBOM, allowed=3, excepted=0, refused=0, denied=0, worst=(), at=NOW)
APPROVAL = Approval(person="bert", tenant="t", name="Bert", digest=DIGEST, at=NOW)


@dataclass(frozen=True)
class Sample:
    """One way a fact can turn out: `how` in words, and what the release is like where that matters (`given`)."""

    how: str
    fact: facts.ReleaseFact
    given: Mapping[str, Any] = field(default_factory=dict)


def release_in(stage: Stage, **given: Any) -> Release:
    """A release in `stage`, ten percent on its way in the canary, its deadline set."""
    born = decide(None, _fact(facts.ModelRegistered), POLICY, 0.0)
    assert born is not None
    release = replace(
        born.record,
        stage=stage,
        deadline=DEADLINE,
        inspection=None if stage is Stage.REGISTERED else INSPECTION,
        image=None if stage in (Stage.REGISTERED, Stage.VALIDATING) else IMAGE,
        weight=10 if stage is Stage.CANARY else 0,
        outstanding=(WAITED_FOR,),
    )
    return replace(release, **given)


def samples(stage: Stage) -> list[Sample]:
    """Every fact about releases, in every way it can turn out for a release in `stage`."""
    return [*_on_the_way(), *_by_people(stage), *_by_operators(), *_in_production(), *_at_any_time(stage)]


def _fact[F: facts.ReleaseFact](kind: type[F], **content: Any) -> F:
    return kind(id=kind.__name__, at=NOW, model="churn", version="7", **content)


def _on_the_way() -> list[Sample]:
    unfit = replace(INSPECTION, sample="")
    return [
        Sample("", _fact(facts.ModelRegistered)),
        Sample("passes every gate", _fact(facts.ModelInspected, inspection=INSPECTION)),
        Sample("fails a gate", _fact(facts.ModelInspected, inspection=unfit)),
        Sample("", _fact(facts.ModelMissing, reason="missing")),
        Sample("", _fact(facts.ImageIdentified, image=IMAGE)),
        Sample("", _fact(facts.ImageUnusable, reason="unusable")),
        Sample("within the limits", _scanned(CLEAN)),
        Sample("above the limits", _scanned(CRITICAL)),
        Sample("above the limits while the version before is still deployed", _scanned(CRITICAL), {"previous": "6"}),
        Sample("too old", _scanned(replace(CLEAN, scanned_at=NOW - 1e6))),
        Sample("of another image", _scanned(replace(CLEAN, digest="sha256:" + "b" * 64))),
        *_about_the_image(),
        *_deployed("staging"),
        *_deployed("production"),
        Sample("200 in time", _fact(facts.SmokeTested, code=200, latency_ms=9.0, detail="")),
        Sample("anything else", _fact(facts.SmokeTested, code=500, latency_ms=9.0, detail="answered 500")),
    ]


def _about_the_image() -> list[Sample]:
    def dismissed(known: Dismissals) -> facts.FindingsDismissed:
        return _fact(facts.FindingsDismissed, digest=DIGEST, dismissals=known)

    refused, over = {"scans": (CRITICAL,)}, Dismissals(revision=3)
    promoted = _fact(facts.ImagePromoted, image=replace(IMAGE, repository="trusted/churn"))
    name = f"{IMAGE.registry}/{IMAGE.repository}:1"
    return [
        Sample("enough of them", dismissed(WAIVED), refused),
        Sample("too few of them", dismissed(over), refused),
        Sample("before any scan", dismissed(WAIVED)),
        Sample("", promoted, {"scans": (CLEAN,)}),
        Sample("of an image that failed meanwhile", promoted, refused),
        Sample("", _fact(facts.TagMoved, name=name, digest=DIGEST, to="sha256:" + "b" * 64)),
        Sample("", _fact(facts.RescanDue, digest=DIGEST, scanned_at=0.0)),
        *_of_packages(),
        Sample("", _fact(facts.ImageDiscarded, digest=DIGEST)),
    ]


def _of_packages() -> list[Sample]:
    blocking = {"policy": replace(POLICY, packages=PackagePolicy(enforce="block"))}
    clean = {"scans": (CLEAN,)}
    outside = replace(INSIDE, allowed=2, denied=1, worst=("zmq 0.0.0: it is denied",))
    return [
        Sample("", _fact(facts.PackagesListed, sbom=SBOM)),
        Sample("inside the rules", _fact(facts.PackagesJudged, check=INSIDE), clean),
        Sample("outside the rules, where the policy only reports", _fact(facts.PackagesJudged, check=outside), clean),
        Sample("outside the rules, where the policy blocks", _fact(facts.PackagesJudged, check=outside), blocking),
    ]


def _scanned(scan: Scan) -> facts.ScanReported:
    return _fact(facts.ScanReported, scan=scan)


def _deployed(place: str) -> list[Sample]:
    ready = _fact(facts.DeploymentReady, place=place, endpoint="churn-api", deployment="r-7")
    return [Sample(f"in {place}", ready), Sample(f"in {place}", _fact(facts.DeploymentFailed, place=place, reason="?"))]


def _by_people(stage: Stage) -> list[Sample]:
    person = {"stage": stage, "digest": DIGEST, "person": "anna", "tenant": "t", "name": "Anna"}
    return [
        Sample("the last one needed", _fact(facts.ApprovalGiven, **person), {"approvals": (APPROVAL,)}),
        Sample(
            "the last one needed, while paused",
            _fact(facts.ApprovalGiven, **person),
            {"approvals": (APPROVAL,), "paused": "Olga"},
        ),
        Sample("more are needed", _fact(facts.ApprovalGiven, **person)),
        Sample("for another image", _fact(facts.ApprovalGiven, **person | {"digest": "sha256:" + "b" * 64})),
        Sample("by the submitter", _fact(facts.ApprovalGiven, **person | {"person": "carl"})),
        Sample("", _fact(facts.ApprovalRefused, **person)),
    ]


def _by_operators() -> list[Sample]:
    person = {"person": "olga", "tenant": "t", "name": "Olga", "comment": "?"}
    approved = (APPROVAL, replace(APPROVAL, person="anna"))
    paused = {"paused": "Olga"}
    resumed = _fact(facts.ReleaseResumed, **person)
    return [
        Sample("", _fact(facts.ReleaseAborted, **person)),
        Sample("", _fact(facts.ReleasePaused, **person)),
        Sample("while a shift of traffic is put off", _fact(facts.ReleasePaused, **person), {"outstanding": (SHIFT,)}),
        Sample("of a release that is paused already", _fact(facts.ReleasePaused, **person), paused),
        Sample("of a paused release", resumed, paused),
        Sample("of a paused release that enough people approved", resumed, paused | {"approvals": approved}),
        Sample("of a release that is not paused", resumed),
        Sample(
            "while the version before is still deployed", _fact(facts.RollbackDemanded, **person), {"previous": "6"}
        ),
        Sample("without a version before", _fact(facts.RollbackDemanded, **person)),
    ]


def _in_production() -> list[Sample]:
    def measured(weight: int, canary: Traffic, stable: Traffic | None) -> facts.CanaryMeasured:
        return _fact(facts.CanaryMeasured, weight=weight, windows=6, canary=canary, stable=stable)

    def shifted(weight: int) -> facts.TrafficShifted:
        return _fact(facts.TrafficShifted, weight=weight, weights={"r-7": weight}, epoch=1)

    restored = _fact(facts.TrafficRestored, weights={"r-6": 100}, epoch=2)
    return [
        Sample("to a part", shifted(50)),
        Sample("to all of it", shifted(100)),
        Sample("taken away by the roll-back of another version", shifted(0)),
        Sample("to all of it at once, because no other version is live", shifted(100), {"weight": 0}),
        Sample("did well", measured(10, WELL, WELL)),
        Sample("did well alone", measured(100, WELL, None), {"weight": 100}),
        Sample("too few requests", measured(10, Traffic(), WELL)),
        Sample("did well, but is paused", measured(10, WELL, WELL), {"paused": "Olga"}),
        Sample("did worse", measured(10, BADLY, WELL)),
        Sample("at another weight", measured(50, WELL, WELL)),
        Sample("by a canary", restored, {"ending": Stage.ROLLED_BACK}),
        Sample("by a live release", restored, {"ending": Stage.RECALLED}),
        Sample(
            "with nobody to go back to",
            _fact(facts.NothingToRestore),
            {"ending": Stage.RECALLED, "previous": "6", "reason": "new findings"},
        ),
        Sample("", _fact(facts.DeploymentRemoved, endpoint="churn-api", deployment="r-7")),
        Sample("", _fact(facts.Promoted, previous="6")),
        Sample("", _fact(facts.Superseded, by="8", until=NOW + 86_400.0)),
        Sample("of a version that was live", _fact(facts.Superseded, by="8", until=NOW + 86_400.0), {"weight": 100}),
        Sample("", _fact(facts.Overtaken, by="8")),
        Sample("of a version that was live", _fact(facts.Reinstated, instead_of="8"), {"weight": 100}),
        Sample(
            "of a version that was live, while another one is live in its place",
            _fact(facts.Reinstated, instead_of="8"),
            {"weight": 100, "successors": ("8", "9")},
        ),
        Sample("of a version that never was live", _fact(facts.Reinstated, instead_of="8")),
    ]


def _at_any_time(stage: Stage) -> list[Sample]:
    waited = replace(_fact(facts.OrderAbandoned, order="InspectModel", reason="?"), answers=WAITED_FOR.key)
    return [
        Sample("of this stage", _fact(facts.DeadlinePassed, stage=stage, deadline=DEADLINE)),
        Sample(
            "of this stage, for a waiver",
            _fact(facts.DeadlinePassed, stage=stage, deadline=DEADLINE),
            {"held": True, "scans": (CRITICAL,)},
        ),
        Sample("of a stage before", _fact(facts.DeadlinePassed, stage=stage, deadline=1.0)),
        Sample("", _fact(facts.OrderDone, note="done")),
        Sample("one that the stage waits for", waited),
        Sample("any other", _fact(facts.OrderAbandoned, order="Notify", reason="?")),
    ]
