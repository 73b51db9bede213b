"""Read a model and say what is there; the gates judge it."""

import math

from shared.contracts import wire
from shared.contracts.artifacts import format_of
from shared.core.evidence import ArtifactFile, Inspection
from shared.core.facts import ModelInspected, ModelMissing
from shared.core.identity import digest_of, model_key
from shared.core.orders import InspectModel
from shared.core.release import Release
from shared.performers.outcomes import Done, Outcome
from shared.performers.world import World, told
from shared.ports import BlobView, Impossible, ModelView

MAXIMUM_FILES = 200
HEAD_BYTES = 64
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
    files = tuple(_file(model.path, blob, world) for blob in blobs[:MAXIMUM_FILES])
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


def _file(folder: str, blob: BlobView, world: World) -> ArtifactFile:
    head = world.models.read(folder, blob.path, HEAD_BYTES) if blob.size else b""
    return ArtifactFile(path=blob.path, size=blob.size, format=format_of(blob.path, head))


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
