"""Claims about the storage of data: each read, copy and removal is of one content, and assets are written once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from shared.core.facts import BlobVersion
from shared.ports import Conflict, Impossible
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique


def uploaded(side: Side, body: bytes = b"alcohol\n9.5\n") -> BlobVersion:
    return side.upload_data(f"{unique()}/ä b%.csv", body)


def test_a_blob_is_found_with_its_etag_and_size(side: Side) -> None:
    blob = uploaded(side)

    assert side.data.look(replace(blob, etag="", size=0)) == blob
    assert side.data.look(replace(blob, path=unique())) is None
    assert blob.account == side.data.account


@pytest.mark.parametrize(("offset", "length", "part"), [(0, 4, b"0123"), (6, 10, b"6789"), (10, 5, b""), (99, 5, b"")])
def test_any_part_of_a_content_can_be_read(side: Side, offset: int, length: int, part: bytes) -> None:
    assert side.data.read(uploaded(side, b"0123456789"), length, offset) == part


def test_an_empty_content_is_read_as_nothing(side: Side) -> None:
    assert side.data.read(uploaded(side, b""), 10) == b""


def test_another_content_is_never_read_for_the_one_that_arrived(side: Side) -> None:
    old = uploaded(side)
    side.upload_data(old.path, b"something else")

    with pytest.raises(Conflict):
        side.data.read(old, 100)
    with pytest.raises(Conflict):
        side.data.copy(old, "bronze", unique())


def test_what_is_not_there_can_not_be_read_or_copied(side: Side) -> None:
    nowhere = replace(uploaded(side), path=unique())

    with pytest.raises(Conflict):
        side.data.read(nowhere, 100)
    with pytest.raises(Conflict):
        side.data.copy(nowhere, "bronze", unique())


def test_a_container_that_is_not_there_is_named(real: RealSide) -> None:
    with pytest.raises(Impossible, match="nothing-here"):
        real.data.copy(uploaded(real), "nothing-here", unique())
    with pytest.raises(Impossible, match="nothing-here"):
        real.data.read(replace(uploaded(real), container="nothing-here"), 10)


def test_a_copy_has_the_content_and_is_made_once(side: Side) -> None:
    blob, path = uploaded(side), f"{unique()}/v000001/ä b.csv"

    first = side.data.copy(blob, "bronze", path)
    assert first is not None
    assert (first.container, first.path, first.size) == ("bronze", path, blob.size)
    assert side.data_at("bronze", path) == b"alcohol\n9.5\n"
    assert side.data.copy(blob, "bronze", path) == first


def test_copies_that_are_made_at_once_are_one_copy(real: RealSide) -> None:
    blob, path = uploaded(real, b"x" * 100_000), unique()

    with ThreadPoolExecutor(6) as many:
        copies = list(many.map(lambda _: real.data.copy(blob, "bronze", path), range(12)))

    assert len({copy.etag for copy in copies if copy}) == 1
    assert all(copies)


def test_a_copy_never_takes_the_place_of_another_content(side: Side) -> None:
    path = unique()
    side.data.copy(uploaded(side, b"one"), "bronze", path)

    with pytest.raises(Impossible, match="another content"):
        side.data.copy(uploaded(side, b"two"), "bronze", path)
    assert side.data_at("bronze", path) == b"one"


def test_only_the_named_content_is_removed(side: Side) -> None:
    old = uploaded(side)
    new = side.upload_data(old.path, b"newer")

    side.data.remove(old)
    assert side.data_at("landing", old.path) == b"newer"
    side.data.remove(new)
    side.data.remove(new)
    assert side.data_at("landing", old.path) is None


def test_a_document_is_written_over_the_one_before(side: Side) -> None:
    path = f"{unique()}/reasons.json"
    for body in (b"{}", b'{"rows": 3}'):
        side.data.write("data-quarantine", path, body)

    assert side.data_at("data-quarantine", path) == b'{"rows": 3}'


def test_an_asset_is_registered_once_and_never_on_another_blob(side: Side) -> None:
    name, blob = unique(), uploaded(side)
    for _ in range(2):
        side.assets.register(name, 1, blob, "", {"rows": "2"})

    assert side.asset_place(name, "1").endswith(blob.path.rpartition("/")[2])
    with pytest.raises(Impossible):
        side.assets.register(name, 1, replace(blob, path=unique()), "", {})


def test_an_asset_of_a_datastore_is_known_by_it(real: RealSide) -> None:
    name = unique()
    real.assets.register(name, 7, uploaded(real), "workspaceblobstore", {"rows": "2"})

    asset = real.workspace.data.get(name, "7")
    assert "/datastores/workspaceblobstore/paths/" in asset.path
    assert asset.tags == {"rows": "2"}
