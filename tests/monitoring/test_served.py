"""Windows of inference data add up whatever order events come in, stay small, and are read only as what they are."""

import contextlib
import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.monitoring.edetector import Evidence
from shared.monitoring.reference_documents import decode_usual, encode_usual
from shared.monitoring.references import Example, Usual, usual_of
from shared.monitoring.rows import answer_of, batch_of, prediction_of, readings_of, row_of
from shared.monitoring.served import (
    ANSWERS,
    RAW_ROWS,
    Answers,
    Record,
    Window,
    answered,
    counted,
    decode_window,
    encode,
    reframed,
    rows_of,
    smallest,
)
from shared.monitoring.tiers import judged, together
from shared.monitoring.trials import LIMITS, tried
from tests.simulated import served

NEW = Window(endpoint="e", deployment="d", start=0.0, seconds=60.0)
names = st.sampled_from(["age", "income", "job", "prediction", "probability", "probabilities", "label", "score", "x"])
NOBODY = np.array([], dtype=np.float64)


@pytest.fixture(scope="module")
def usual() -> Usual:
    """The reference of a model."""
    return usual_of(served.examples(600, seed=1), "test data", splits=100)


def records(count: int, seed: int, name: str = "q") -> list[Record]:
    """What a collector brings of so many requests."""
    rows = served.requests(count, seed)
    sides = (("inputs", 0), ("outputs", 1))
    return [
        Record(collection=side, correlation=f"{name}{n}", rows=[row[place]])
        for side, place in sides
        for n, row in enumerate(rows)
    ]


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, 80), max_size=3))
def test_a_window_is_the_same_however_its_records_are_packed_into_events(usual: Usual, cuts: list[int]) -> None:
    every = records(40, seed=2)
    places = [0, *sorted(cuts), len(every)]
    window = NEW
    for fence, (start, stop) in enumerate(itertools.pairwise(places)):
        window = counted(window, rows_of(every[start:stop]), fence, usual, "digest")
    whole = counted(NEW, rows_of(every), window.fence, usual, "digest")
    assert json.loads(encode(window)) == json.loads(encode(whole))
    assert decode_window(encode(window)) == window


def test_rows_that_came_before_the_reference_are_counted_by_it(usual: Usual) -> None:
    before = counted(NEW, rows_of(records(30, seed=2, name="a")), 1, None, "")
    after = counted(before, rows_of(records(30, seed=3, name="b")), 2, usual, "digest")
    assert not after.raw_inputs
    assert together(usual, [after], NOBODY).rows == 60
    assert together(usual, [reframed(before, usual, "digest")], NOBODY).rows == 30


def test_a_window_without_a_reference_keeps_few_rows_and_short_texts() -> None:
    long = [Record(collection="inputs", correlation=str(n), rows=[{"text": "x" * 5_000}]) for n in range(2 * RAW_ROWS)]
    window = counted(NEW, rows_of(long), 1, None, "")
    assert len(window.raw_inputs) == RAW_ROWS
    assert max(len(row["text"]) for row in window.raw_inputs.values()) == 1_000
    wide = {str(n): "x" * 1_000 for n in range(64)}
    more = [Record(collection="outputs", correlation=str(n), rows=[wide]) for n in range(RAW_ROWS)]
    assert len(encode(counted(window, rows_of(more), 2, None, ""))) < 2_000_000


def test_of_very_many_answers_the_same_ones_are_kept_as_of_their_labels() -> None:
    keys = {f"q{n}#0": n for n in range(3 * ANSWERS)}
    shuffled = {key: keys[key] for key in sorted(keys, reverse=True)}
    assert smallest(keys, ANSWERS) == smallest(shuffled, ANSWERS)
    many = [Record(collection="outputs", correlation=f"q{n}", rows=["a"]) for n in range(3 * ANSWERS)]
    kept = answered(Answers(endpoint="e", deployment="d"), rows_of(many), 1).answers
    assert kept.keys() == smallest(keys, ANSWERS).keys()


OUTPUTS = {
    "a single value": ("clerk", ("clerk", None)),
    "a number": (3.0, ("3", None)),
    "a list of values": ([0.2, 0.8], (None, None)),
    "names": ({"prediction": "a", "probability": 0.7}, ("a", 0.7)),
    "chances by class": ({"probabilities": {"a": 0.2, "b": 0.8}}, ("b", 0.8)),
    "chances in a list": ({"probabilities": [0.6, 0.4]}, ("0", 0.6)),
    "a chance that is none": ({"prediction": "a", "probability": 7}, ("a", None)),
    "chances of nothing": ({"probabilities": {"a": "high"}}, (None, None)),
}


@pytest.mark.parametrize(("value", "told"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_answer_tells_its_class_and_how_sure_it_is(value: object, told: tuple[str | None, float | None]) -> None:
    assert prediction_of(answer_of(value)) == told


def test_texts_of_many_kinds_and_lists_are_read_by_their_length() -> None:
    rows = [row_of({"question": f"{'why ' * n}?", "history": [0] * n, "language": "en"}) for n in range(200)]
    batch = batch_of(readings_of(rows), rows)
    assert list(batch) == ["question length", "history length", "language"]
    assert batch["history length"].tolist() == list(range(200))


def test_labels_may_be_classes_or_scores_and_nothing_else() -> None:
    values: list[Any] = ["a", 1, True, {"label": "b"}, {"score": 0.5}, {"score": 7}, 0.5, None, ["a"]]
    rows = rows_of([Record(collection="labels", correlation="q", rows=values)])
    assert list(rows.labels.values()) == ["a", "1", "True", "b"]
    assert (list(rows.scores.values()), rows.odd) == ([0.5], 4)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)
collections = st.sampled_from(["inputs", "outputs", "labels"])
odd_records = st.builds(
    Record, collection=collections, correlation=st.text(max_size=5), rows=st.lists(anything, max_size=4)
)


class Unprinted:
    """A reference that no failure prints, because it is long."""

    def __init__(self, usual: Usual) -> None:
        self.usual = usual

    def __repr__(self) -> str:
        return "the reference"


@pytest.fixture(scope="module")
def unprinted(usual: Usual) -> Unprinted:
    """The reference of a model."""
    return Unprinted(usual)


@settings(max_examples=50)
@given(odd=st.lists(odd_records, max_size=4))
def test_whatever_a_collector_sends_is_counted_so_that_it_never_holds_up_its_partition(
    unprinted: Unprinted, odd: list[Record]
) -> None:
    usual, rows = unprinted.usual, rows_of(odd)
    raw = counted(NEW, rows, 1, None, "")
    assert decode_window(encode(raw)) == raw
    for window, times in ((counted(NEW, rows, 1, usual, "digest"), 1), (counted(raw, rows, 2, usual, "digest"), 2)):
        most = max(len(rows.inputs), len(rows.outputs))
        assert together(usual, [decode_window(encode(window))], NOBODY).rows == times * most
    assert answered(Answers(endpoint="e", deployment="d"), rows, 1).fence == 1
    assert readings_of([*rows.inputs.values()]) is not None


def test_a_reference_survives_its_document(usual: Usual) -> None:
    body = encode_usual(usual)
    assert encode_usual(decode_usual(body)) == body
    assert usual.estimator
    assert usual.accuracy == pytest.approx(0.9, abs=0.05)


def test_too_few_rows_make_no_reference() -> None:
    with pytest.raises(ValueError, match="too few"):
        usual_of([Example(inputs={"a": 1.0})] * 499, "test data")


@pytest.mark.parametrize("odd", [None, -1, 2.5, "x", [], {}, [1, "a"], [[9]], True], ids=str)
def test_a_reference_that_was_tampered_with_is_refused_or_judges(usual: Usual, odd: object) -> None:
    chance = random.Random(str(odd))
    for _ in range(8):
        document = json.loads(encode_usual(usual))
        holder = chance.choice(list(objects(document)))
        holder[chance.choice(sorted(holder))] = odd
        with contextlib.suppress(ValueError):
            read = tried(json.dumps(document).encode())
            window = counted(NEW, rows_of(records(20, seed=5)), 1, read, "digest")
            assert judged(read, together(read, [window], NOBODY), LIMITS, "e", Evidence()).contract.gate == "contract"


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Every object within a document that has a key."""
    if isinstance(value, dict) and value:
        yield value
        for inner in value.values():
            yield from objects(inner)
