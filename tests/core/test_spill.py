"""A document that spilled its oldest entries is the same release with the same chain."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from docs.samples import NOW, release_in, samples
from shared.core.facts import OrderDone
from shared.core.ledger import MARK_LENGTH, REMEMBERED, Spilled, first_broken, head
from shared.core.lifecycle import decide
from shared.core.record import Seen, seen, spill
from shared.core.release import Release, Stage

FACTS = [replace(sample.fact, id=f"fact {n}", body=f"{n:064x}") for n, sample in enumerate(samples(Stage.VALIDATING))]


def told(release: Release, number: int) -> Release:
    decision = decide(release, FACTS[number], None, NOW + number)
    assert decision is not None
    return decision.record


def lived(spills: dict[int, int]) -> Release:
    """A release that met every fact, and spilled all but so many entries after some of them."""
    release = release_in(Stage.VALIDATING)
    for number in range(len(FACTS)):
        release = told(release, number)
        if number in spills:
            release = spill(release, spills[number])
    return release


WHOLE = lived({})
spills = st.dictionaries(st.integers(0, len(FACTS) - 1), st.integers(0, 12))


@given(spills)
def test_spilling_changes_neither_the_chain_nor_the_state_nor_the_orders(spills: dict[int, int]) -> None:
    release = lived(spills)
    assert head(release.ledger, release.spilled.hash) == head(WHOLE.ledger)
    assert first_broken(release.ledger, release.spilled) is None
    assert release.entries == WHOLE.entries
    assert replace(release, ledger=(), spilled=Spilled()) == replace(WHOLE, ledger=())


@given(spills, st.integers(0, len(FACTS) - 1))
def test_a_spilled_fact_is_known_again_and_with_another_body_is_a_conflict(spills: dict[int, int], number: int) -> None:
    release, fact = lived(spills), FACTS[number]
    assert seen(release, fact) is Seen.APPLIED
    assert seen(release, replace(fact, body="")) is Seen.APPLIED
    assert seen(release, replace(fact, body="f" * 64)) is Seen.CONFLICT
    assert seen(release, replace(fact, id=f"{fact.id} again")) is Seen.NEW


@given(spills, st.integers(0, len(FACTS) - 1))
def test_the_orders_of_a_spilled_fact_are_found(spills: dict[int, int], number: int) -> None:
    expected = WHOLE.caused_by(FACTS[number])
    assert lived(spills).caused_by(FACTS[number]) == expected


def test_some_orders_outlive_the_spilling_of_their_entry() -> None:
    release = spill(WHOLE, 0)
    assert any(release.decided(order) is None for order in release.outstanding)
    assert all(order.given >= NOW for order in release.outstanding if order.given)


@given(spills, st.integers(1, 40))
def test_a_break_behind_the_spilled_entries_is_found_where_it_is(spills: dict[int, int], back: int) -> None:
    release = lived(spills)
    if not release.ledger:
        return
    place = max(0, len(release.ledger) - back)
    broken = list(release.ledger)
    broken[place] = replace(broken[place], sentence="other")
    assert first_broken(broken, release.spilled) == release.spilled.count + place
    forged = replace(release.spilled, hash="0" * 63 + "1")
    assert first_broken(release.ledger, forged) == release.spilled.count


def test_what_is_remembered_is_bounded_and_what_is_forgotten_is_counted() -> None:
    entry = WHOLE.ledger[0]
    many = [replace(entry, n=n, fact_id=f"{n:064x}"[::-1], body=f"{n:064x}") for n in range(REMEMBERED + 10)]
    spilled = Spilled().after(many[:2000]).after(many[2000:])
    assert len(spilled.marks) == REMEMBERED * MARK_LENGTH
    assert spilled.forgotten == 10
    assert spilled.find(many[9].fact_id) is None
    assert [spilled.find(many[n].fact_id) for n in (10, REMEMBERED + 9)] == [
        (10, many[10].body[:8]),
        (REMEMBERED + 9, many[-1].body[:8]),
    ]


@given(st.lists(st.text("0123456789abcdef", min_size=64, max_size=64), max_size=12, unique=True), st.data())
def test_a_mark_never_stands_for_a_fact_that_was_not_spilled(ids: list[str], data: st.DataObject) -> None:
    entries = [replace(WHOLE.ledger[0], n=n, fact_id=each) for n, each in enumerate(ids)]
    spilled = Spilled().after(entries)
    shift = data.draw(st.integers(1, 31))
    other = (spilled.marks + spilled.marks)[shift : shift + 64].ljust(64, "z")
    found = spilled.find(other)
    assert found is None or ids[found[0]][:24] == other[:24]


def test_a_fact_that_gatehouse_itself_told_is_known_without_a_body() -> None:
    done = OrderDone(id="own", at=NOW, model="churn", version="7", note="done")
    decision = decide(WHOLE, done, None, NOW)
    assert decision is not None
    assert seen(spill(decision.record, 0), done) is Seen.APPLIED
