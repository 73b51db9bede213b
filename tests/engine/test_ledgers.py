"""Long ledgers leave their documents without a loss, and every change of a stored one is found."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.audit import Audited, audit
from shared.contracts import wire
from shared.contracts.malformed import Malformed
from shared.core.facts import ImageOrderDone, OrderDone
from shared.core.identity import fact_id, image_key, release_key
from shared.core.ledger import REMEMBERED, first_broken
from shared.core.record import Record
from shared.histories import FULL, KEPT, archived, export_all, whole
from shared.ports import Conflict, Unavailable
from shared.replay import replay
from tests.simulated import story
from tests.simulated.faults import Crash, Fault
from tests.simulated.house import House
from tests.simulated.story import MODEL

KEY = release_key(MODEL, "1")
LIMIT = 256 * 1024
NOTE = "x" * 2500


def done(number: int, note: str = NOTE) -> OrderDone:
    return OrderDone(id=fact_id("done", str(number)), at=float(number), model=MODEL, version="1", note=note)


def registered() -> House:
    house = House()
    story.register(house, "1")
    house.run(1)
    return house


def whole_record(house: House, key: str = KEY) -> Record:
    return whole(wire.decode_record(key, house.documents.under(key)[key]), key, house.ledgers)


def spilling(house: House, count: int) -> None:
    for number in range(count):
        house.engine.handle(done(number))


def test_a_document_stays_small_however_long_its_ledger_is() -> None:
    house, sizes = registered(), []
    house.documents.watchers.append(lambda key, data: sizes.append(len(data)))
    spilling(house, 200)
    assert len(sizes) == 200
    assert FULL < max(sizes) < LIMIT
    record = whole_record(house)
    assert first_broken(record.ledger) is None
    assert [entry.fact_id for entry in record.ledger[-200:]] == [done(number).id for number in range(200)]
    assert replay(record).agrees


def test_an_image_s_document_spills_too() -> None:
    house, digest = House(), "sha256:" + "a" * 64
    for number in range(200):
        house.engine.handle(ImageOrderDone(id=fact_id("done", str(number)), at=1.0, digest=digest, note=NOTE))
    key = image_key(digest)
    assert len(house.documents.under(key)[key]) < LIMIT
    record = whole_record(house, key)
    assert len(record.ledger) == 200
    assert first_broken(record.ledger) is None


def test_a_fact_whose_entry_was_spilled_counts_no_second_time() -> None:
    house = registered()
    spilling(house, 120)
    before = house.documents.under(KEY)
    spilling(house, 120)
    assert house.documents.under(KEY) == before


def test_a_fact_that_a_document_has_forgotten_is_looked_up_in_the_exported_ledger() -> None:
    house = registered()
    for number in range(REMEMBERED + 400):
        house.engine.handle(done(number, "short"))
    release = house.release(MODEL, "1")
    assert release.spilled.forgotten > 0
    house.engine.handle(done(0, "short"))
    assert house.release(MODEL, "1") == release


def test_people_see_the_whole_history_of_a_release_that_spilled() -> None:
    house = registered()
    spilling(house, 120)
    reply = house.people.release(MODEL, "1")
    assert reply.content["ledger_whole"] is True
    assert [entry["n"] for entry in reply.content["ledger"]] == list(range(len(reply.content["history"])))
    assert house.people.replay(MODEL, "1").content["agrees"] is True


def test_people_are_told_when_the_spilled_part_of_a_ledger_is_gone() -> None:
    house = registered()
    spilling(house, 120)
    house.ledgers.cut(KEY, 500)
    assert house.people.release(MODEL, "1").content["ledger_whole"] is False


FAULTS = st.sampled_from([Fault.REFUSED, Fault.LOST_ANSWER, Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.OWN_CONFLICT])
CALLS = st.sampled_from(["ledgers.append", "ledgers.read", "documents.write", "documents.read"])


@settings(deadline=None, max_examples=30)
@given(plan=st.dictionaries(st.integers(0, 250), st.tuples(CALLS, FAULTS), max_size=60), copies=st.booleans())
def test_no_crash_between_export_and_write_loses_or_doubles_an_entry(
    plan: dict[int, tuple[str, Fault]], copies: bool
) -> None:
    house, calls = registered(), 0

    def pick(call: str) -> Fault | None:
        nonlocal calls
        calls += 1
        where, fault = plan.get(calls, ("", Fault.REFUSED))
        return fault if where == call else None

    house.faults.pick = pick
    for number in range(60):
        deliver(house, number)
        if copies:
            deliver(house, number)
    house.faults.pick = lambda call: None
    export_all(house.documents, house.ledgers)
    record = whole_record(house)
    ids = [entry.fact_id for entry in record.ledger][-60:]
    assert ids == [done(number).id for number in range(60)]
    assert archived(KEY, house.ledgers) == record.ledger
    assert [each.broken for each in audit(house.documents, house.ledgers)] == [None, None]


def deliver(house: House, number: int) -> None:
    """Deliver one fact until it is settled, as the broker does."""
    while True:
        try:
            house.engine.handle(done(number, NOTE * 2))
        except (Crash, Unavailable, Conflict):
            continue
        return


def test_an_export_copies_what_is_new_and_then_nothing() -> None:
    house = registered()
    records = house.documents.under("releases/") | house.documents.under("images/")
    entries = sum(len(wire.decode_record(key, body).ledger) for key, body in records.items())
    assert export_all(house.documents, house.ledgers) == entries
    assert export_all(house.documents, house.ledgers) == 0
    spilling(house, 3)
    assert export_all(house.documents, house.ledgers) == 3
    assert archived(KEY, house.ledgers) == whole_record(house).ledger


def test_an_export_that_lost_its_answer_is_not_made_twice() -> None:
    house = registered()
    left = [Fault.LOST_ANSWER]
    house.faults.pick = lambda call: left.pop() if call == "ledgers.append" and left else None
    export_all(house.documents, house.ledgers)
    assert export_all(house.documents, house.ledgers) == 0
    assert archived(KEY, house.ledgers) == whole_record(house).ledger


def test_a_document_is_not_spilled_where_its_exported_ledger_was_cut() -> None:
    house = registered()
    spilling(house, 120)
    house.ledgers.cut(KEY, 0)
    with pytest.raises(Malformed, match="were spilled from"):
        spilling_from(house, 120)


def spilling_from(house: House, start: int) -> None:
    for number in range(start, start + 120):
        house.engine.handle(done(number))


def lived() -> House:
    """A release that is live, one that was refused, their images, and everything exported."""
    house = House()
    story.bring_live(house, "1")
    story.register(house, "2")
    house.run()
    story.scan(house, "churn-2", critical=1)
    house.run()
    export_all(house.documents, house.ledgers)
    return house


HOUSE = lived()
STORED = HOUSE.documents.under("releases/") | HOUSE.documents.under("images/")


def audited(house: House) -> list[Audited]:
    return list(audit(house.documents, house.ledgers))


def test_what_nobody_changed_is_whole() -> None:
    found = audited(HOUSE)
    assert len(found) == 5
    assert [each.broken for each in found] == [None] * 5
    assert [each.exported for each in found] == [each.entries for each in found]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(STORED)), st.data())
def test_any_character_changed_in_a_stored_document_is_found(key: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(STORED[key]) - 1))
    changed = bytearray(STORED[key])
    changed[place] ^= 1 << data.draw(st.integers(0, 6))
    HOUSE.documents.overwrite(key, bytes(changed))
    found = {each.document: each.broken for each in audited(HOUSE)}
    HOUSE.documents.overwrite(key, STORED[key])
    assert [broken for name, broken in found.items() if broken] == [found[key]], bytes(changed[place - 40 : place + 40])


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(STORED)), st.data())
def test_any_character_changed_in_an_exported_ledger_is_found(key: str, data: st.DataObject) -> None:
    kept = HOUSE.ledgers.read(key).data
    place = data.draw(st.integers(0, len(kept) - 1))
    changed = bytearray(kept)
    changed[place] ^= 1 << data.draw(st.integers(0, 6))
    HOUSE.ledgers.overwrite(key, bytes(changed))
    found = {each.document: each.broken for each in audited(HOUSE)}
    HOUSE.ledgers.overwrite(key, kept)
    assert [broken for name, broken in found.items() if broken] == [found[key]]


def change(key: str, edit: Callable[[dict[str, object]], None]) -> Audited:
    content = json.loads(STORED[key])
    edit(content)
    HOUSE.documents.overwrite(key, json.dumps(content).encode())
    found = next(each for each in audited(HOUSE) if each.document == key)
    HOUSE.documents.overwrite(key, STORED[key])
    return found


def test_a_release_that_was_made_live_by_hand_is_found_by_deciding_its_history_again() -> None:
    found = change(release_key(MODEL, "2"), lambda content: content.update(stage="live"))
    assert found.broken is not None
    assert "'live', but 'rejected' follows from the ledger" in found.broken.what


def test_a_policy_that_was_softened_is_found() -> None:
    def soften(content: dict[str, object]) -> None:
        policy = content["policy"]
        assert isinstance(policy, dict)
        policy["approval"]["required"] = 0

    found = change(KEY, soften)
    assert found.broken is not None
    assert "not the one that its digest names" in found.broken.what


def test_a_document_that_was_set_back_is_found_by_its_export() -> None:
    house = lived()
    old = house.documents.under(KEY)[KEY]
    spilling(house, 1)
    export_all(house.documents, house.ledgers)
    house.documents.overwrite(KEY, old)
    (found,) = [each for each in audited(house) if each.broken]
    assert found.broken is not None
    assert "it was set back" in found.broken.what
    assert found.broken.entry == found.entries


def test_a_ledger_that_was_forged_with_new_hashes_differs_from_its_export() -> None:
    house = lived()
    record = house.release(MODEL, "1")
    forged = replace(record, ledger=house.release(MODEL, "1").ledger[: -KEPT or None])
    other = House()
    other.documents.write(KEY, wire.encode_record(forged), None)
    other.engine.handle(done(1, "forged"))
    house.documents.overwrite(KEY, other.documents.under(KEY)[KEY])
    found = next(each for each in audited(house) if each.document == KEY)
    assert found.broken is not None
    assert found.broken.entry is not None


def test_a_document_that_was_deleted_is_missed() -> None:
    house = lived()
    house.documents.remove(KEY)
    found = next(each for each in audited(house) if each.document == KEY)
    assert found.broken is not None
    assert "the document is gone" in found.broken.what
