"""Claims about exported ledgers: lines go to their exact end, once, and nothing is ever changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from local.verify import audited, run, told
from shared.adapters.ledgers import BlobLedgers
from shared.contracts import wire
from shared.core.facts import ModelRegistered, OrderDone
from shared.core.lifecycle import decide
from shared.core.policy import Policy
from shared.core.record import Decision
from shared.core.release import Release
from shared.histories import export_all
from shared.ledgers import Kept
from shared.listing import labels
from shared.ports import Conflict
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique


def test_a_ledger_that_was_never_written_is_empty(side: Side) -> None:
    assert side.ledgers.read(unique("releases/")) == Kept(b"", 0)


def test_lines_read_back_in_the_order_in_which_they_were_added(side: Side) -> None:
    key = unique("releases/")
    side.ledgers.append(key, b"one\ntwo\n", 0, 2)
    side.ledgers.append(key, "drei…\n".encode(), 8, 3)
    assert side.ledgers.read(key) == Kept("one\ntwo\ndrei…\n".encode(), 16)
    assert side.ledgers.read(key, newest=8) == Kept("drei…\n".encode(), 16)
    assert side.ledgers.read(key, newest=99).data.startswith(b"one")


@pytest.mark.parametrize("position", [0, 3, 5])
def test_lines_for_another_place_than_the_end_are_a_conflict_and_change_nothing(side: Side, position: int) -> None:
    key = unique("releases/")
    side.ledgers.append(key, b"one\n", 0, 1)
    with pytest.raises(Conflict, match=key):
        side.ledgers.append(key, b"two\n", position, 2)
    assert side.ledgers.read(key).data == b"one\n"


def test_the_number_of_entries_is_listed_by_document(side: Side) -> None:
    folder = unique()
    side.ledgers.append(f"{folder}/a", b"one\n", 0, 1)
    side.ledgers.append(f"{folder}/b", b"one\ntwo\n", 0, 2)
    side.ledgers.append(f"{folder}/a", b"two\n", 4, 2)
    side.ledgers.append(f"{unique()}/c", b"one\n", 0, 1)
    assert side.ledgers.lengths(f"{folder}/") == {f"{folder}/a": 2, f"{folder}/b": 2}


def test_a_full_part_is_followed_by_another_and_all_reads_as_one(real: RealSide) -> None:
    key, ledgers = unique("rolled/"), BlobLedgers(real.container("ledgers"), blocks=2)
    lines = [b"%d\n" % n for n in range(5)]
    for n, line in enumerate(lines):
        ledgers.append(key, line, 2 * n, n + 1)
    parts = [blob.name for blob in real.container("ledgers").list_blobs(name_starts_with=key)]
    assert parts == [f"{key}.0000.jsonl", f"{key}.0001.jsonl", f"{key}.0002.jsonl"]
    assert ledgers.read(key) == Kept(b"".join(lines), 10)
    assert ledgers.read(key, newest=5).data == b"\n3\n4\n"
    assert ledgers.lengths("rolled/")[key] == 5
    with pytest.raises(Conflict):
        ledgers.append(key, b"again\n", 8, 5)


def test_of_many_who_add_at_the_same_end_exactly_one_lands_even_into_a_new_part(real: RealSide) -> None:
    key, ledgers = unique("raced/"), BlobLedgers(real.container("ledgers"), blocks=1)

    def lands(place: tuple[int, int]) -> bool:
        number, position = place
        try:
            ledgers.append(key, b"%d\n" % number, position, 1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        for position in (0, 2, 4):
            assert sum(pool.map(lands, [(number, position) for number in range(6)])) == 1
    assert ledgers.read(key).length == 6


def stored_release(real: RealSide, model: str) -> Release:
    """A release with two entries, stored and exported."""
    policy = Policy(name="usual", scenario="classical")
    born = decided(None, ModelRegistered(id=f"r {model}", at=1.0, model=model, version="1"), policy)
    noted = decided(born.record, OrderDone(id=f"d {model}", at=2.0, model=model, version="1", note="done"), None)
    release = noted.record
    real.documents.write(release.key, wire.encode_record(release), None, labels(release))
    export_all(real.documents, real.ledgers)
    return release


def decided(release: Release | None, fact: ModelRegistered | OrderDone, policy: Policy | None) -> Decision[Release]:
    decision = decide(release, fact, policy, fact.at)
    assert decision is not None
    return decision


def test_a_flipped_character_in_storage_is_found_and_named_by_the_command(
    real: RealSide, capsys: pytest.CaptureFixture[str]
) -> None:
    model = unique("churn")
    release = stored_release(real, model)
    blob = real.container("state").get_blob_client(f"{release.key}.json")
    good = blob.download_blob().readall()
    mine = {each.document: each for each in audited(real.platform.env)}[release.key]
    assert (mine.broken, mine.entries, mine.exported) == (None, 2, 2)

    blob.upload_blob(good.replace(b"done", b"gone", 1), overwrite=True)
    assert run(as_json=False) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert f"{model}:1, entry 1: content, number or link of this entry is wrong" in said

    blob.upload_blob(good, overwrite=True)
    found = {each.document: each for each in audited(real.platform.env)}
    assert found[release.key].broken is None
    assert str(told([found[release.key]])["whole"]) == "True"


def test_a_command_without_a_storage_in_the_environment_says_what_to_do(
    real: RealSide, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("StateStorage")
    assert run(as_json=True) == 1
    assert "source .local/env" in capsys.readouterr().err
