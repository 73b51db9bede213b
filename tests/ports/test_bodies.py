"""Claims about bodies: what is kept is kept exactly, once, and can be trusted."""

import hashlib

import pytest

from shared.ports import Impossible
from tests.ports.real_side import RealSide
from tests.ports.side import Side, unique


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"x" * 300_000])
def test_a_body_is_named_by_its_hash_and_reads_back(side: Side, body: bytes) -> None:
    digest = side.bodies.keep(body)

    assert digest == hashlib.sha256(body).hexdigest()
    assert side.bodies.read(digest) == body


def test_keeping_a_body_twice_is_free(side: Side) -> None:
    body = unique().encode()

    assert side.bodies.keep(body) == side.bodies.keep(body)
    assert side.bodies.read(hashlib.sha256(body).hexdigest()) == body


def test_a_body_that_was_never_kept_is_impossible_and_named(side: Side) -> None:
    digest = hashlib.sha256(unique().encode()).hexdigest()

    with pytest.raises(Impossible, match=digest):
        side.bodies.read(digest)


def test_a_body_that_was_changed_in_storage_is_not_believed(real: RealSide) -> None:
    digest = real.bodies.keep(unique().encode())
    real.container("claims").upload_blob(digest, b"something else", overwrite=True)

    with pytest.raises(Impossible, match=f"{digest} was changed in storage"):
        real.bodies.read(digest)


def test_keeping_a_body_does_not_write_over_what_lies_there(real: RealSide) -> None:
    body = unique().encode()
    digest = real.bodies.keep(body)
    before = real.container("claims").get_blob_client(digest).get_blob_properties().etag

    real.bodies.keep(body)

    assert real.container("claims").get_blob_client(digest).get_blob_properties().etag == before
