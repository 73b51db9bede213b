"""Read a model and say what is there; the gates judge it."""

import math
from collections.abc import Sequence
from dataclasses import replace

from shared.contracts import wire
from shared.contracts.artifacts import format_of
from shared.contracts.artifacts.content import Budget, Content
from shared.contracts.artifacts.judging import Surroundings, refusal_of
from shared.core.evidence import ArtifactFile, Inspection
from shared.core.facts import ModelInspected, ModelMissing
from shared.core.gates import NEUTRAL
from shared.core.identity import digest_of, model_key
from shared.core.orders import InspectModel
from shared.core.policy import ValidationPolicy
from shared.core.release import Release
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, told
from shared.ports import BlobView, Impossible, ModelView

MAXIMUM_FILES = 200
HEAD_BYTES = 64
LONGEST_REFUSAL = 500
METRIC_PREFIX = "metrics."
SAMPLES = ("sample_request.json", "input_example.json", "serving_input_example.json")


def inspect_model(order: InspectModel, release: Release, world: World, _attempt: int) -> Outcome:
    """Tell ModelInspected with everything the validation gates read, or ModelMissing."""
    model = world.models.model(release.model, release.version)
    if model is None:
        reason = f"model {release.name} does not exist in the workspace; register it under a new version"
        return Done((told(ModelMissing, order, release, world, reason=reason),))
    try:
        inspection = _inspected(model, release, world)
    except Impossible as problem:
        return Done((told(ModelMissing, order, release, world, reason=f"the files can not be read: {problem}"),))
    return Done((told(ModelInspected, order, release, world, inspection=inspection),))


def _inspected(model: ModelView, release: Release, world: World) -> Inspection:
    blobs = world.models.files(model.path, MAXIMUM_FILES + 1)
    files = _files(model.path, blobs[:MAXIMUM_FILES], release.policy.validation, world)
    declared = declared_metrics(model)
    champion = _champion(release.model, world)
    return Inspection(
        tags=dict(model.tags),
        metrics={name: value for name, value in declared.items() if isinstance(value, float)},
        unreadable_metrics={name: value for name, value in declared.items() if isinstance(value, str)},
        files=files,
        artifact=digest_of([[blob.path, blob.size, blob.checksum] for blob in blobs]) if blobs else "",
        environment=model.tags.get("environment", ""),
        endpoint=model.tags.get("endpoint", ""),
        endpoint_model=_owner(model.tags.get("endpoint", ""), world),
        sample=sample_of([file.path for file in files]),
        submitted_by=tuple(by for by in (model.tags.get("submitted_by"), model.created_by) if by),
        champion_version=champion.version if champion else "",
        champion_metrics=champion.metrics if champion else {},
        truncated=len(blobs) > MAXIMUM_FILES,
    )


def _files(folder: str, blobs: Sequence[BlobView], policy: ValidationPolicy, world: World) -> tuple[ArtifactFile, ...]:
    budget = Budget(policy.maximum_artifact_megabytes * 1024 * 1024)
    around = Surroundings(policy, frozenset(blob.path for blob in blobs))
    return tuple(_file(folder, blob, around, budget, world) for blob in blobs)


def _file(folder: str, blob: BlobView, around: Surroundings, budget: Budget, world: World) -> ArtifactFile:
    """What the file is; the content of one in a format that the policy refuses is not looked at any more."""
    head = world.models.read(folder, blob.path, HEAD_BYTES) if blob.size else b""
    found = ArtifactFile(path=blob.path, size=blob.size, format=format_of(blob.path, head))
    if found.format not in (*around.policy.formats, *NEUTRAL):
        return found
    content = Content(blob.size, lambda offset, length: world.models.read(folder, blob.path, length, offset), budget)
    return replace(found, refusal=refusal_of(blob.path, found.format, content, around)[:LONGEST_REFUSAL])


def declared_metrics(model: ModelView) -> dict[str, float | str]:
    """The values of the tags and properties `metrics.<name>`: finite numbers, or the text that is none.

    Properties win over tags, because the registry does not let them change.
    """
    found = {**model.tags, **model.properties}
    return {
        name.removeprefix(METRIC_PREFIX): _number(value)
        for name, value in found.items()
        if name.startswith(METRIC_PREFIX)
    }


def _number(text: str) -> float | str:
    try:
        value = float(text)
    except ValueError:
        return text[:60]
    return value if math.isfinite(value) else text[:60]


def sample_of(paths: list[str]) -> str:
    """The path of the model's own sample request: the shallowest file of a known name, "" when there is none."""
    samples = [path for path in paths if path.rsplit("/", 1)[-1] in SAMPLES]
    return min(samples, key=lambda path: (path.count("/"), SAMPLES.index(path.rsplit("/", 1)[-1])), default="")


def _owner(endpoint: str, world: World) -> str:
    return world.traffic_of(endpoint)[0].model if endpoint else ""


def _champion(model: str, world: World) -> wire.Champion | None:
    stored = world.documents.read(model_key(model))
    return wire.decode_champion(stored.data) if stored else None
