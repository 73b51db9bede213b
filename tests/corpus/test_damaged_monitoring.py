"""Whatever becomes of authentic payloads of monitors on their way, each is understood or refused."""

import contextlib
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import strict_json
from shared.contracts.ignored import Ignored
from shared.contracts.malformed import Malformed
from shared.contracts.monitoring import hear
from shared.contracts.monitoring.signals import Signal
from shared.contracts.packed import Record, records
from shared.core.identity import digest_of
from tests.corpus.expectations import matching, name_of, needs_corpus, sample
from tests.corpus.monitor_notes import read

MONITORS = (
    "drift-monitoring/aml-*",
    "drift-monitoring/apim-*",
    "drift-monitoring/azmon-*",
    "drift-monitoring/content-safety*",
    "drift-monitoring/eventhub-metrics*",
    "drift-monitoring/evidently*",
    "drift-monitoring/nannyml*",
    "drift-monitoring/whylogs*",
)
pytestmark = needs_corpus


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def changed(expected: Mapping[str, Any]) -> bool:
    """Whether the expectation itself says that something is wrong."""
    judged = (
        expected.get("breach"),
        expected.get("schema"),
        expected.get("events"),
        expected.get("pass_rates_below_threshold"),
        expected.get("columns_over_threshold"),
        expected.get("failed_tests"),
        expected.get("drifted_columns_count"),
    )
    return any(judged)


@matching(*MONITORS)
def test_what_says_that_something_changed_is_a_signal_and_nothing_else_is(expectation: Path) -> None:
    body, expected = read(expectation)
    outcomes = [heard.outcome for heard in hear(body)]
    signals = [outcome for outcome in outcomes if isinstance(outcome, Signal)]
    assert all(isinstance(outcome, Signal | Ignored | Malformed) for outcome in outcomes)
    assert bool(signals) == changed(expected)
    for signal in signals:
        assert signal.resolved == (expected.get("resolved") is not None)


@matching(*MONITORS)
def test_a_damaged_payload_of_a_monitor_is_understood_or_refused(expectation: Path) -> None:
    body, _ = sample(expectation)
    chance = random.Random(name_of(expectation))
    for _ in range(20):
        damaged = bytearray(body[: chance.choice([len(body), chance.randrange(len(body))])])
        for _ in range(min(chance.randrange(1, 20), len(damaged))):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]",:0e-\\\n&* \xff')
        with contextlib.suppress(Malformed):
            assert hear(bytes(damaged))


JUNK = (None, True, 0, -1.5, "", "NaN", "1e999", "\x00", [], {}, [None], [[]], {"a": 1}, [{"name": "a", "value": 2}])


@matching(*MONITORS)
def test_a_payload_in_which_anything_stands_anywhere_is_understood_or_refused(expectation: Path) -> None:
    body, _ = sample(expectation)
    values = [record.value for record in records(body) if isinstance(record, Record)]
    chance = random.Random(name_of(expectation))
    for _ in range(60):
        changed = json.loads(json.dumps(values))
        for _ in range(chance.choice((1, 1, 3))):
            swap(changed, chance)
        with contextlib.suppress(Malformed):
            for heard in hear(as_json(changed)):
                if isinstance(heard.outcome, Signal):
                    assert digest_of([heard.outcome.identity, dict(heard.outcome.observed), heard.outcome.features])


def swap(value: Any, chance: random.Random) -> None:
    """Put junk at one place inside of a list or an object, or take that place away."""
    while True:
        key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.2:
            break
        value = inner
    if isinstance(value, dict) and chance.random() < 0.2:
        del value[key]
    else:
        value[key] = json.loads(json.dumps(chance.choice(JUNK)))


@matching("drift-monitoring/azmon-common-*", "drift-monitoring/aml-*", "drift-monitoring/content-safety*")
@pytest.mark.parametrize("pack", ["array", "lines", "records"])
def test_many_records_in_one_body_are_each_told_whatever_the_shape_and_whoever_is_beside(
    expectation: Path, pack: str
) -> None:
    body, _ = sample(expectation)
    value = strict_json.loads(body)
    value = value[0] if isinstance(value, list) else value
    shapes: dict[str, Callable[[list[Any]], bytes]] = {
        "array": as_json,
        "lines": lambda values: b"\n".join(as_json(each) for each in values) + b"\n{broken",
        "records": lambda values: as_json({"records": values}),
    }
    outcomes = [heard.outcome for heard in hear(shapes[pack]([value, {"poison": True}, value]))]
    (alone,) = (heard.outcome for heard in hear(body))
    assert outcomes.count(alone) == 2
    assert sum(isinstance(outcome, Malformed) for outcome in outcomes) == (2 if pack == "lines" else 1)
