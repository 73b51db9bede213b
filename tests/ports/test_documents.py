"""Claims about documents: nobody writes over what they have not read."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.ports import Conflict, Unavailable
from shared.settings import Connection
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique


def test_a_missing_document_reads_as_none(side: Side) -> None:
    assert side.documents.read(unique("releases/")) is None


@pytest.mark.parametrize("body", [b"{}", b"", '{"größe": "π"}'.encode(), b"x" * 300_000])
def test_a_document_reads_back_byte_for_byte(side: Side, body: bytes) -> None:
    key = unique("releases/")

    side.documents.write(key, body, None)

    stored = side.documents.read(key)
    assert stored is not None
    assert stored.data == body


def test_creating_what_is_there_is_a_conflict_and_changes_nothing(side: Side) -> None:
    key = unique("releases/")
    side.documents.write(key, b"first", None)

    with pytest.raises(Conflict, match=key):
        side.documents.write(key, b"second", None)

    stored = side.documents.read(key)
    assert stored is not None
    assert stored.data == b"first"


def test_a_write_over_the_tag_that_was_read_lands_and_gives_a_new_tag(side: Side) -> None:
    key = unique("releases/")
    side.documents.write(key, b"first", None)
    first = side.documents.read(key)
    assert first is not None

    side.documents.write(key, b"second", first.etag)

    second = side.documents.read(key)
    assert second is not None
    assert second.data == b"second"
    assert second.etag != first.etag


def test_a_document_is_as_old_as_its_last_write(side: Side) -> None:
    key = unique("releases/")
    side.documents.write(key, b"first", None)
    side.wait(2.1)
    first = side.documents.read(key)
    assert first is not None
    assert 1 <= first.age <= 10

    side.documents.write(key, b"second", first.etag)

    second = side.documents.read(key)
    assert second is not None
    assert 0 <= second.age <= 1


def test_even_the_same_bytes_give_a_new_tag(side: Side) -> None:
    key = unique("releases/")
    side.documents.write(key, b"same", None)
    first = side.documents.read(key)
    assert first is not None

    side.documents.write(key, b"same", first.etag)

    with pytest.raises(Conflict):
        side.documents.write(key, b"other", first.etag)


def test_a_stale_tag_is_a_conflict_that_names_the_document(side: Side) -> None:
    key = unique("releases/")
    side.documents.write(key, b"first", None)
    stale = side.documents.read(key)
    assert stale is not None
    side.documents.write(key, b"second", stale.etag)

    with pytest.raises(Conflict, match=key):
        side.documents.write(key, b"third", stale.etag)

    stored = side.documents.read(key)
    assert stored is not None
    assert stored.data == b"second"


def test_a_tag_for_a_document_that_is_not_there_is_a_conflict(side: Side) -> None:
    known, missing = unique("releases/"), unique("releases/")
    side.documents.write(known, b"{}", None)
    tagged = side.documents.read(known)
    assert tagged is not None

    with pytest.raises(Conflict):
        side.documents.write(missing, b"{}", tagged.etag)

    assert side.documents.read(missing) is None


def test_labels_of_the_last_write_are_listed_under_the_prefix_in_order(side: Side) -> None:
    folder = unique()
    side.documents.write(f"{folder}/b", b"{}", None, {"stage": "validating", "due": "1800000000"})
    side.documents.write(f"{folder}/a", b"{}", None, {"stage": "live", "model": "churn-2.0_x"})
    side.documents.write(f"{unique()}/c", b"{}", None, {"stage": "elsewhere"})
    before = side.documents.read(f"{folder}/b")
    assert before is not None

    side.documents.write(f"{folder}/b", b"{}", before.etag, {"stage": "staging", "due": ""})

    listed = [(key, dict(labels)) for key, labels in side.documents.labelled(f"{folder}/")]
    assert listed == [
        (f"{folder}/a", {"stage": "live", "model": "churn-2.0_x"}),
        (f"{folder}/b", {"stage": "staging", "due": ""}),
    ]


def test_a_write_without_labels_takes_the_old_ones_away(side: Side) -> None:
    key = unique("releases/")
    side.documents.write(key, b"{}", None, {"stage": "live"})
    stored = side.documents.read(key)
    assert stored is not None

    side.documents.write(key, b"{}", stored.etag)

    assert [(each, dict(labels)) for each, labels in side.documents.labelled(key)] == [(key, {})]


def test_nothing_under_a_prefix_is_an_empty_list(side: Side) -> None:
    assert list(side.documents.labelled(f"{unique()}/")) == []


def test_of_many_who_write_over_one_tag_exactly_one_lands(real: RealSide) -> None:
    key = unique("releases/")
    real.documents.write(key, b"first", None)
    stored = real.documents.read(key)
    assert stored is not None

    def lands(number: int) -> bool:
        try:
            real.documents.write(key, b"%d" % number, stored.etag)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        landed = list(pool.map(lands, range(8)))

    winner = real.documents.read(key)
    assert sum(landed) == 1
    assert winner is not None
    assert winner.data == b"%d" % landed.index(True)


def test_storage_that_refuses_the_identity_is_unavailable_and_says_what_to_check(real: RealSide) -> None:
    from shared.adapters.blobs import BlobDocuments, connect

    string = real.settings.state_storage.string.replace("AccountKey=E", "AccountKey=F")
    with connect(Connection(string=string)) as service:
        documents = BlobDocuments(service.get_container_client("state"))
        with pytest.raises(Unavailable, match="check the roles"):
            documents.read("health")
