"""What a live version is compared with: the profile that came with the model, else what production served first."""

from collections.abc import Sequence

from shared.core.watch import Watch
from shared.core.watch_policy import DAY
from shared.inference import InferenceData
from shared.monitoring.reference_documents import encode_usual
from shared.monitoring.references import LEAST_ROWS, Example, splits_for, usual_of
from shared.monitoring.rows import prediction_of
from shared.monitoring.served import Window
from shared.monitoring.trials import tried
from shared.performers.world import World
from shared.ports import Impossible

PROFILE = "reference_profile.json"
LARGEST = 8 * 1024 * 1024
BEFORE_LIVE = 7 * DAY
MODEL, PRODUCTION = "model", "production"


def fixed(watch: Watch, world: World, data: InferenceData, now: float) -> str:
    """Fix the reference of the live version, for ever; "" for the model's own, else what is compared when.

    A profile beside the model that can not be read is said, and does not count. Raises Unavailable.
    """
    brought = _brought(watch, world)
    if isinstance(brought, bytes):
        data.fix(watch.endpoint, watch.deployment, brought, MODEL)
        return ""
    windows = data.windows(watch.endpoint, watch.deployment, max(0.0, watch.since - BEFORE_LIVE), now)
    examples = _examples(windows)
    if len(examples) < LEAST_ROWS:
        return f"{brought}; production served {len(examples)} of the {LEAST_ROWS} row(s) that make a reference"
    try:
        usual = usual_of(examples, f"production from {windows[0].start:.0f}", splits_for(watch.policy.alpha))
    except ValueError as problem:
        return f"{brought}; {problem}"
    data.fix(watch.endpoint, watch.deployment, encode_usual(usual), PRODUCTION)
    return f"{brought}; the first {usual.rows} row(s) of production are what later ones are compared with"


def _brought(watch: Watch, world: World) -> bytes | str:
    """The profile beside the model, or why there is none."""
    model = world.models.model(watch.model, watch.version)
    if model is None:
        return "the model is no longer registered"
    try:
        body = world.models.read(model.path, PROFILE, LARGEST + 1)
    except Impossible:
        return f"the model brought no {PROFILE}"
    if len(body) > LARGEST:
        return f"{PROFILE} has more than {LARGEST} bytes"
    try:
        tried(body)
    except ValueError as problem:
        return f"{PROFILE} can not be used: {problem}"
    return body


def _examples(windows: Sequence[Window]) -> list[Example]:
    """The rows that windows without a reference kept, by request, with the labels that have come."""
    inputs = {key: row for window in windows for key, row in window.raw_inputs.items()}
    outputs = {key: row for window in windows for key, row in window.raw_outputs.items()}
    labels = {key: label for window in windows for key, label in window.labels.items()}
    keys = dict.fromkeys([*inputs, *outputs])
    return [
        Example(inputs=inputs.get(key), outputs=(row := outputs.get(key)), right=_right(row, labels.get(key)))
        for key in keys
    ]


def _right(row: dict[str, object] | None, label: str | None) -> bool | None:
    prediction = prediction_of(row)[0] if row else None
    return None if prediction is None or label is None else prediction == label
