"""An archive is opened only when every reader finds the same members in it."""

import io
import struct
import zipfile

import pytest

from shared.contracts.artifacts.content import Content
from tests.contracts.artifacts.hostile import SHAPES
from tests.contracts.artifacts.judge import refusal
from tests.contracts.artifacts.steps import (
    EMPTY_TUPLE,
    MARK,
    TUPLE,
    called,
    number,
    pickled,
    stacked,
    text,
    zipped,
)

STORAGE = MARK + text("storage") + stacked("torch", "FloatStorage") + text("0") + text("cpu") + number(4) + TUPLE + b"Q"
TENSOR = called(
    stacked("torch._utils", "_rebuild_tensor_v2"),
    STORAGE,
    number(0),
    number(4) + b"\x85",
    number(1) + b"\x85",
    b"\x89",
    called(stacked("collections", "OrderedDict")),
)
STATE = pickled(called(stacked("collections", "OrderedDict")), text("weight"), TENSOR, b"s", protocol=2)
MEMBERS = {"m/data.pkl": STATE, "m/byteorder": b"little", "m/data/0": bytes(16), "m/version": b"3\n"}
GOOD = zipped(MEMBERS)


def changed(old: bytes, new: bytes, *, times: int = 1) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new, times)


def test_a_state_dictionary_is_let_through_packed_or_not() -> None:
    assert refusal("m.pt", GOOD) == ""
    assert refusal("m.bin", zipped(MEMBERS, deflated=True)) == ""


def streamed() -> bytes:
    """An archive written to a pipe: sizes follow the members."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, body in MEMBERS.items():
            archive.writestr(name, body)
    return pipe.getvalue()


def large() -> bytes:
    """The same archive with a zip64 end, as torch writes it."""
    end = GOOD[-22:]
    count, length, start = struct.unpack("<8xHxxLL2x", end)[0], *struct.unpack("<12xLL2x", end)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(GOOD) - 22, 1)
    return GOOD[:-22] + record + locator + end


def test_an_archive_with_sizes_behind_its_members_or_a_zip64_end_is_let_through() -> None:
    assert refusal("m.pt", streamed()) == ""
    assert refusal("m.pt", large()) == ""


def with_member(name: str, body: bytes = b"") -> bytes:
    return zipped({**MEMBERS, name: body})


def twice(name: str) -> bytes:
    other = "x" * len(name)
    return with_member(other, SHAPES["protocol 2"]).replace(other.encode(), name.encode())


HOSTILE = {
    "a class of its own": zipped({**MEMBERS, "m/data.pkl": pickled(stacked("net", "Net") + EMPTY_TUPLE + b"\x81")}),
    "an estimator": zipped({"m/data.pkl": pickled(stacked("sklearn.svm._classes", "SVC") + EMPTY_TUPLE + b"\x81")}),
    "no pickle": zipped({"m/data/0": b""}),
    "two pickles": with_member("n/data.pkl", STATE),
    "TorchScript": with_member("m/code/__torch__.py", b"import os"),
    "a member twice": twice("m/data.pkl"),
    "a member twice in another case": twice("M/DATA.PKL"),
    "a name that goes up": with_member("../data/1"),
    "a name that goes up inside": with_member("m/../../data/1"),
    "an absolute name": with_member("/m/data/1"),
    "a name for Windows": with_member("m\\data\\1"),
    "a drive": with_member("C:/data/1"),
    "an empty part": with_member("m//data/1"),
    "a bomb": zipped({**MEMBERS, "m/data/1": bytes(50_000_000)}, deflated=True),
    "an archive in the archive": with_member("m/data.zip", GOOD),
    "bytes before": b"PK\x03\x04" + bytes(26) + GOOD,
    "bytes behind": GOOD + b"\0",
    "a comment": GOOD[:-2] + b"\x01\0x",
    "two archives": GOOD + GOOD,
    "another name in the member's header": changed(b"m/data.pkl", b"m/data.pkk"),
    "another name in the directory": changed(b"m/data.pkl", b"m/data/99.", times=9).replace(
        b"m/data/99.", b"m/data.pkl", 1
    ),
    "another method in the member's header": GOOD[:8] + b"\x08" + GOOD[9:],
    "encrypted": GOOD[:6] + b"\x01" + GOOD[7:],
    "another size in the member's header": GOOD[:18] + bytes([GOOD[18] - 1]) + GOOD[19:],
    "another checksum in the member's header": GOOD[:14] + bytes([GOOD[14] ^ 1]) + GOOD[15:],
    "another count": GOOD[:-12] + b"\x03\0\x03\0" + GOOD[-8:],
    "another place of the directory": GOOD[:-6] + bytes([GOOD[-6] - 1]) + GOOD[-5:],
    "a zip64 end elsewhere": large().replace(b"PK\x06\x07\0\0\0\0", b"PK\x06\x07\0\0\0\0\0", 1),
    "a zip64 end that says another place": large()[:-50] + b"\x07" + large()[-49:],
    "packed by bzip2": GOOD.replace(b"PK\x03\x04\x14\0\0\0\0\0", b"PK\x03\x04\x14\0\0\0\x0c\0"),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(32),
    "tar": b"m/data.pkl".ljust(257, b"\0") + b"ustar" + bytes(250),
    "nothing but an end": b"PK\x05\x06" + bytes(18),
    "nothing": b"",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_an_archive_that_could_be_read_in_two_ways_is_refused(body: bytes) -> None:
    assert refusal("m.pt", body)


def test_an_archive_that_is_cut_anywhere_is_refused() -> None:
    assert [end for end in range(len(GOOD)) if not refusal("m.pt", GOOD[:end])] == []


def test_any_changed_byte_of_the_directory_is_noticed_or_means_nothing() -> None:
    """What changes no name, size, place or method may differ: dates, versions, attributes."""
    start = GOOD.index(b"PK\x01\x02")
    for place in range(start, len(GOOD)):
        body = GOOD[:place] + bytes([GOOD[place] ^ 0x41]) + GOOD[place + 1 :]
        if not refusal("m.pt", body):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                assert {name: archive.read(name) for name in archive.namelist()} == MEMBERS


def test_bytes_beyond_the_file_are_never_asked_for() -> None:
    asked = []

    def fetch(offset: int, length: int) -> bytes:
        asked.append(offset + length)
        return GOOD[offset : offset + length]

    from shared.contracts.artifacts.torch_files import judge_torch

    judge_torch(Content(len(GOOD), fetch))
    assert max(asked) <= len(GOOD)
