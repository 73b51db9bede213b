"""What the outside world does to the house, in the words of a story."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from local.principal import principal
from shared.asking import Reply
from shared.core.identity import digest_of
from tests.simulated.house import House
from tests.simulated.registry import REGISTRY, digest_named

MODEL, ENDPOINT = "churn", "churn-api"
ONNX = b"\x08\x08\x12\x08skl2onnx:\x00"
SAMPLE = b'{"input_data": [[1.0, 2.0]]}'
ANNA, BERT, CARL, OLGA = "Anna", "Bert", "Carl", "Olga"


def push_model(
    house: House,
    version: str,
    *,
    image: str = "",
    weights: bytes = ONNX,
    by: str = CARL,
    metrics: Mapping[str, str] | None = None,
) -> None:
    """Put the model version and its image (one of its own, or the one named) into their registries."""
    name = image or f"churn-{version}"
    environment = f"env-{version}:1"
    tags = {"environment": environment, "endpoint": ENDPOINT, "submitted_by": by}
    tags |= {f"metrics.{name}": value for name, value in (metrics or {}).items()}
    files = {"model.onnx": weights, "sample_request.json": SAMPLE}
    house.models.add(MODEL, version, files, tags, by)
    house.models.add_environment(environment, name)
    house.images.add(name)


def announce(house: House, version: str, event_id: str = "", tag: str = "") -> None:
    """Let Event Grid say that the model version was registered."""
    event = {
        "id": event_id or f"registered-{version}",
        "topic": "/subscriptions/s/workspaces/w",
        "eventType": "Microsoft.MachineLearningServices.ModelRegistered",
        "eventTime": _iso(house.clock.now()),
        "data": {"modelName": MODEL, "modelVersion": version, "modelTags": {"say": tag}},
    }
    house.bus.put("model-events", msgspec.json.encode([event]))


def register(house: House, version: str, *, image: str = "", weights: bytes = ONNX, by: str = CARL) -> None:
    """Push the model version and announce it."""
    push_model(house, version, image=image, weights=weights, by=by)
    announce(house, version)


def report(house: House, image: str, *, critical: int = 0) -> bytes:
    """A Trivy report of the image now, with `critical` findings."""
    rows = [
        {"VulnerabilityID": f"CVE-2026-{1000 + n}", "PkgName": "openssl", "Severity": "CRITICAL"}
        for n in range(critical)
    ]
    content = {
        "SchemaVersion": 2,
        "ReportID": digest_of([image, critical, house.clock.now()]),
        "CreatedAt": _iso(house.clock.now()),
        "ArtifactName": image,
        "ArtifactType": "container_image",
        "Metadata": {"RepoDigests": [f"{REGISTRY}/{image}@{digest_named(image)}"]},
        "Results": [{"Class": "os-pkgs", "Target": image, "Vulnerabilities": rows}],
    }
    return msgspec.json.encode(content)


def scan(house: House, image: str, *, critical: int = 0) -> None:
    """Let a scanner send its report of the image."""
    house.bus.put("scan-results", report(house, image, critical=critical))


def answer(house: House, version: str, person: str, decision: str = "approve", digest: str | None = None) -> Reply:
    """Let a person say yes or no to the image that the release runs on, or to another `digest`."""
    header = principal(person, f"id-of-{person}", ["Gatehouse.Approver"])
    said = {"decision": decision, "digest": house.release(MODEL, version).digest if digest is None else digest}
    return house.people.approval(MODEL, version, {"x-ms-client-principal": header}, msgspec.json.encode(said))


def demand(house: House, version: str, action: str, person: str = OLGA, comment: str = "because") -> Reply:
    """Let an operator abort, pause, resume or roll back ("rollback") the release."""
    header = {"x-ms-client-principal": principal(person, f"id-of-{person}", ["Gatehouse.Operator"])}
    return house.operators.demand(action, MODEL, version, header, msgspec.json.encode({"comment": comment}))


def waive(house: House, image: str, ids: Sequence[str] | str, hours: float = 10, person: str = OLGA) -> Reply:
    """Let a person waive findings of the image, "all" or by their ids."""
    said = {"ids": ids, "reason": "not reachable", "hours": hours}
    return house.waivers.grant(digest_named(image), security(person), msgspec.json.encode(said))


def security(person: str = OLGA) -> dict[str, str]:
    """The header of a person who may waive findings."""
    return {"x-ms-client-principal": principal(person, f"id-of-{person}", ["Gatehouse.Security"])}


def redrive(house: House, case: str, person: str = OLGA, body: bytes = b"") -> Reply:
    """Let an operator send a quarantine case again, with what `body` gives."""
    header = {"x-ms-client-principal": principal(person, f"id-of-{person}", ["Gatehouse.Operator"])}
    return house.custody.redrive(case, header, body)


def bring_to_approval(house: House, version: str, image: str = "") -> None:
    """Register the version with a clean scan and run until it waits for people."""
    register(house, version, image=image)
    house.run()
    scan(house, image or f"churn-{version}")
    house.run()


def bring_live(house: House, version: str, image: str = "") -> None:
    """Take the version through a good life until it serves everything."""
    bring_to_approval(house, version, image)
    answer(house, version, ANNA)
    house.run()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
