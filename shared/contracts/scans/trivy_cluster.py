"""Trivy's reports from Kubernetes: of a whole cluster, and the operator's VulnerabilityReport of one container."""

from dataclasses import dataclass

import msgspec

from shared.contracts.malformed import Malformed
from shared.contracts.scans.parsed import IMAGES_ONLY, ParsedReport, Row, counted, is_digest, seconds
from shared.contracts.scans.trivy import failed, row_of
from shared.contracts.scans.trivy_report import Result
from shared.contracts.shapes import Instant, decode


class _Resource(msgspec.Struct, frozen=True):
    results: list[Result] | None = msgspec.field(name="Results", default=None)


class _Cluster(msgspec.Struct, frozen=True, rename="pascal"):
    cluster_name: str
    vulnerabilities: list[_Resource] | None = None
    misconfigurations: list[_Resource] | None = None


class _Vulnerability(msgspec.Struct, frozen=True, rename="camel", gc=False):
    id: str = msgspec.field(name="vulnerabilityID")
    resource: str = ""
    installed_version: str = ""
    fixed_version: str = ""
    severity: str = ""


class _Artifact(msgspec.Struct, frozen=True):
    repository: str = ""
    tag: str = ""
    digest: str = ""


class _Registry(msgspec.Struct, frozen=True):
    server: str = ""


class _Found(msgspec.Struct, frozen=True, rename="camel"):
    vulnerabilities: list[_Vulnerability]
    artifact: _Artifact
    registry: _Registry = _Registry()
    summary: dict[str, int] | None = None
    update_timestamp: Instant | None = None


class _Metadata(msgspec.Struct, frozen=True):
    name: str = ""
    uid: str = ""


class _Container(msgspec.Struct, frozen=True):
    report: _Found
    kind: str
    metadata: _Metadata = _Metadata()


_CLUSTER, _CONTAINER = msgspec.json.Decoder(_Cluster), msgspec.json.Decoder(_Container)


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutCluster:
    """Which cluster was scanned."""

    cluster_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutContainer:
    """Which container was scanned, and the operator's own counts.

    `digest` is as given: beside a tag it is of the image's configuration, which no registry knows.
    """

    name: str
    registry: str
    repository: str
    tag: str
    digest: str
    summary: dict[str, int]


def parse_cluster(body: bytes) -> ParsedReport[AboutCluster]:
    """The report of 'trivy k8s', which is about many images and so opens no gate; raises Malformed."""
    report = decode(body, _CLUSTER)
    vulnerable = [result for resource in report.vulnerabilities or () for result in resource.results or ()]
    configured = [result for resource in report.misconfigurations or () for result in resource.results or ()]
    reason = f"this is a report of a Kubernetes cluster; {IMAGES_ONLY}: use 'trivy image --format json'"
    return ParsedReport(
        scanner="trivy",
        format="trivy-k8s-json",
        digest="",
        scanned_at=None,
        refusal=Malformed(reason, "ClusterName"),
        vulnerabilities=counted([row_of(row) for result in vulnerable for row in result.vulnerabilities or ()]),
        misconfigurations=failed(row for result in configured for row in result.misconfigurations or ()),
        about=AboutCluster(cluster_name=report.cluster_name),
    )


def parse_container(body: bytes) -> ParsedReport[AboutContainer]:
    """The Kubernetes resource VulnerabilityReport of Trivy's operator; raises Malformed."""
    container = decode(body, _CONTAINER)
    report, artifact = container.report, container.report.artifact
    rows = [
        Row(row.id, row.severity, row.resource, row.installed_version, row.fixed_version)
        for row in report.vulnerabilities
    ]
    return ParsedReport(
        scanner="trivy-operator",
        format="VulnerabilityReport",
        digest=artifact.digest if is_digest(artifact.digest) and not artifact.tag else "",
        digest_place="report.artifact.digest",
        scanned_at=seconds(report.update_timestamp),
        time_place="report.updateTimestamp",
        report_id=f"{container.metadata.uid}@{report.update_timestamp}" if container.metadata.uid else "",
        refusal=_refusal(container.kind, report),
        vulnerabilities=counted(rows),
        about=AboutContainer(
            name=container.metadata.name,
            registry=report.registry.server,
            repository=artifact.repository,
            tag=artifact.tag,
            digest=artifact.digest,
            summary=report.summary or {},
        ),
    )


def _refusal(kind: str, report: _Found) -> Malformed | None:
    if kind != "VulnerabilityReport":
        return Malformed(f"a Kubernetes resource {kind[:40]!r}; send the VulnerabilityReport of the container", "kind")
    if report.summary is None:
        return Malformed("the operator's own counts are missing, so nothing shows that it ended", "report.summary")
    told = sum(report.summary.values())
    if told != len(report.vulnerabilities):
        reason = f"the summary counts {told} finding(s), the report holds {len(report.vulnerabilities)}; send all of it"
        return Malformed(reason, "report.summary")
    return None
