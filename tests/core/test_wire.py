"""What is written on the wire is read back as it was, to the last hash."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeAliasType, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.samples import NOW, release_in, samples
from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core import images, watching
from shared.core.facts import IMAGE_FACTS, MODEL_FACTS, RELEASE_FACTS, Fact, ImageFact
from shared.core.ledger import first_broken
from shared.core.lifecycle import decide
from shared.core.orders import ORDERS, WATCH_ORDERS, Order
from shared.core.release import Stage
from shared.core.traffic import Endpoint
from shared.core.watch_policy import CostPolicy, WatchPolicy

SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(codec="utf-8"), max_size=20),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    WatchPolicy: st.builds(WatchPolicy, test_every_hours=st.floats(1, 1e6), costs=st.builds(CostPolicy)),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of the type, as facts, orders and their evidence use types."""
    if kind is Order:
        return st.one_of([any_of(each) for each in (*ORDERS, *WATCH_ORDERS)])
    if isinstance(kind, TypeAliasType):
        return any_of(kind.__value__)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if is_dataclass(kind) and kind not in SCALARS:
        make: Any = kind
        hints = get_type_hints(kind)
        return st.builds(make, **{each.name: any_of(hints[each.name]) for each in fields(kind)})
    arguments = get_args(kind)
    if get_origin(kind) in (dict, Mapping):
        return st.dictionaries(any_of(arguments[0]), any_of(arguments[1]), max_size=3)
    if get_origin(kind) is tuple:
        if arguments[-1] is ...:
            return st.lists(any_of(arguments[0]), max_size=2).map(tuple)
        return st.tuples(*map(any_of, arguments))
    return st.one_of([any_of(each) for each in arguments]) if arguments else SCALARS[kind]


release_facts = st.one_of([any_of(kind) for kind in RELEASE_FACTS])
image_facts = st.one_of([any_of(kind) for kind in IMAGE_FACTS])
model_facts = st.one_of([any_of(kind) for kind in MODEL_FACTS])


@given(release_facts | image_facts | model_facts)
def test_every_fact_is_read_back_as_it_was(fact: Fact) -> None:
    assert wire.decode_fact(wire.encode_fact(fact)) == fact


@given(st.builds(wire.Errand, order=any_of(Order), attempt=st.integers(0, 1000), due=SCALARS[float]))
def test_every_errand_is_read_back_as_it_was(errand: wire.Errand) -> None:
    assert wire.decode_errand(wire.encode_errand(errand)) == errand


@given(st.lists(model_facts, max_size=4))
def test_a_watch_keeps_its_hashes_whatever_reached_it(reached: list[Any]) -> None:
    watch = None
    for fact in reached:
        watch = watching.decide(watch, replace(fact, model="churn"), NOW).record
    if watch is not None:
        again = wire.decode_record(watch.key, wire.encode_record(watch))
        assert first_broken(again.ledger) is None
        assert wire.encode_record(again) == wire.encode_record(watch)


@given(st.sampled_from(list(Stage)), st.lists(release_facts, max_size=3))
def test_a_release_keeps_its_hashes_whatever_reached_it(stage: Stage, reached: list[Any]) -> None:
    release = release_in(stage)
    for fact in reached:
        decision = decide(release, fact, None, NOW)
        assert decision is not None
        release = decision.record
    again = wire.decode_record(release.key, wire.encode_record(release))
    assert first_broken(again.ledger) is None
    assert wire.encode_record(again) == wire.encode_record(release)


@given(st.sampled_from(list(Stage)), release_facts)
def test_an_entry_gives_back_the_fact_that_it_recorded(stage: Stage, fact: Any) -> None:
    decision = decide(release_in(stage), fact, None, NOW)
    assert decision is not None
    stored = wire.decode_record(decision.record.key, wire.encode_record(decision.record))
    assert wire.fact_of(stored.ledger[-1]) == fact
    (line,) = wire.decode_entries(decision.record.key, wire.encode_entries(stored.ledger[-1:]))
    assert line == stored.ledger[-1]


@given(st.lists(image_facts, min_size=1, max_size=4))
def test_an_image_keeps_its_hashes_whatever_reached_it(reached: list[ImageFact]) -> None:
    image = None
    for fact in reached:
        image = images.decide(image, replace(fact, digest="sha256:1"), NOW).record
    assert image is not None
    again = wire.decode_record(image.key, wire.encode_record(image))
    assert again == wire.decode_record(image.key, wire.encode_record(again))
    assert first_broken(again.ledger) is None


@pytest.mark.parametrize("stage", Stage)
def test_a_release_of_every_stage_is_the_same_after_its_storage(stage: Stage) -> None:
    for sample in samples(stage):
        release = release_in(stage, **sample.given)
        assert replace(wire.decode_release(release.key, wire.encode_record(release)), ledger=()) == replace(
            release, ledger=()
        )


@given(any_of(Endpoint))
def test_the_document_of_an_endpoint_is_read_back_as_it_was(endpoint: Endpoint) -> None:
    assert wire.decode_endpoint(wire.encode_endpoint(endpoint)) == endpoint


@given(st.binary(max_size=60))
def test_bytes_that_are_no_message_are_refused_with_a_reason(body: bytes) -> None:
    for decode in (wire.decode_fact, wire.decode_errand, wire.decode_endpoint):
        with pytest.raises(Malformed, match=r"\w"):
            decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind": "Unheard", "id": "1"}',
        b'{"kind": "OrderDone", "id": 5, "at": 1, "model": "m", "version": "1", "note": ""}',
        b'{"kind": "OrderDone", "id": "5", "at": 1, "model": "m", "version": "1"}',
        b'{"kind": ["OrderDone"]}',
    ],
)
def test_a_fact_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        wire.decode_fact(body)
