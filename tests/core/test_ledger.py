"""A ledger shows every change that was made to it afterwards."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from docs.samples import NOW, release_in, samples
from shared.contracts import wire
from shared.core.ledger import Entry, first_broken
from shared.core.lifecycle import decide
from shared.core.release import Release, Stage


def lived() -> Release:
    """A release that many facts reached."""
    release = release_in(Stage.VALIDATING)
    for number, sample in enumerate(samples(Stage.VALIDATING)):
        decision = decide(release, replace(sample.fact, id=f"fact {number}"), None, NOW)
        assert decision is not None
        release = decision.record
    return release


RELEASE = lived()
STORED = wire.encode_record(RELEASE)


def test_a_ledger_is_whole_before_and_after_its_storage() -> None:
    assert len(RELEASE.ledger) > 20
    assert first_broken(RELEASE.ledger) is None
    assert first_broken(wire.decode_record(RELEASE.key, STORED).ledger) is None


VERDICTS = next(entry.verdicts for entry in RELEASE.ledger if entry.verdicts)
OTHERS: dict[str, Any] = {"n": 99, "at": 1.5, "data": {"other": 1}, "verdicts": VERDICTS * 2, "orders": ("Other",)}


@given(st.integers(0, len(RELEASE.ledger) - 1), st.sampled_from([each.name for each in fields(Entry)]))
def test_any_changed_field_of_any_entry_is_found_where_it_is(number: int, name: str) -> None:
    ledger = list(RELEASE.ledger)
    other = OTHERS.get(name, f"{getattr(ledger[number], name)}x")
    ledger[number] = replace(ledger[number], **{name: other})
    assert first_broken(ledger) == number


@given(st.integers(0, len(RELEASE.ledger) - 1), st.integers(0, 10_000))
def test_any_changed_bit_of_a_text_is_found(number: int, bit: int) -> None:
    entry = RELEASE.ledger[number]
    text = entry.sentence.encode()
    place = bit % (len(text) * 8)
    flipped = bytearray(text)
    flipped[place // 8] ^= 1 << place % 8
    ledger = list(RELEASE.ledger)
    ledger[number] = replace(entry, sentence=flipped.decode("latin-1"))
    assert first_broken(ledger) == number


@given(st.data())
def test_a_missing_doubled_or_moved_entry_is_found(data: st.DataObject) -> None:
    ledger = list(RELEASE.ledger)
    number = data.draw(st.integers(0, len(ledger) - 2))
    assert first_broken(ledger[:number] + ledger[number + 1 :]) == number
    assert first_broken(ledger[: number + 1] + ledger[number:]) == number + 1
    ledger[number], ledger[number + 1] = ledger[number + 1], ledger[number]
    assert first_broken(ledger) == number
