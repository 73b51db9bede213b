"""A model's own files are judged on the way, and what speaks against one is the release's reason."""

import pickle
from dataclasses import replace

import pytest

from shared.core.policy import ValidationPolicy
from shared.core.release import Stage
from tests.contracts.artifacts.hostile import HARMLESS, HOSTILE
from tests.simulated.house import POLICY, House
from tests.simulated.story import MODEL, register

PICKLES = replace(POLICY, validation=ValidationPolicy(formats=("onnx", "pickle"), maximum_artifact_megabytes=1))


def judged(weights: bytes, policy: ValidationPolicy | None = None) -> tuple[Stage, str]:
    house = House(replace(PICKLES, validation=policy) if policy else PICKLES)
    register(house, "1", weights=weights)
    house.run()
    release = house.release(MODEL, "1")
    return release.stage, release.reason


@pytest.mark.parametrize("name", ["protocol 0", "call of os.system", "INST", "an element type that lies about objects"])
def test_a_release_with_a_hostile_pickle_is_rejected_with_the_file_and_the_place(name: str) -> None:
    stage, reason = judged(HOSTILE[name])
    assert stage is Stage.REJECTED
    assert "model.onnx is refused: byte" in reason


def test_a_pickle_is_let_through_where_the_policy_allows_it_and_refused_where_not() -> None:
    assert judged(HARMLESS["an estimator"])[0] is Stage.QUARANTINED
    stage, reason = judged(HARMLESS["an estimator"], ValidationPolicy())
    assert stage is Stage.REJECTED
    assert "model.onnx is in pickle format, which runs code when it is loaded" in reason


def test_a_model_that_takes_too_much_reading_is_rejected_with_what_to_do() -> None:
    stage, reason = judged(pickle.dumps(b"x" * 2_000_000))
    assert stage is Stage.REJECTED
    assert "raise validation.maximum_artifact_megabytes" in reason
